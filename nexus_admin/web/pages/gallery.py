"""/theme/gallery: every component in every state, in the looks that are chosen; nothing on it is of any database."""

from __future__ import annotations

from starlette.responses import Response

from nexus_admin.screens import gallery
from nexus_admin.web.reader import THEMES
from nexus_admin.web.visit import Door, Visit

PATH = "/theme/gallery"
PARTS = (("primitives", "Primitives"), ("form", "Forms"), ("composites", "Composites"), ("layouts", "Layouts"))


def show(visit: Visit) -> Response:
    """GET /theme/gallery?part=&look=: one of four pages of components, in light, dark or high contrast."""
    part, look = visit.query.get("part", ""), visit.query.get("look", "")
    known = dict(PARTS)
    rows, nothing = gallery.lists(visit.kernel.kind, visit.locale, f"{visit.locale.base}{PATH}")
    return visit.page(
        "gallery/index.html",
        parts=PARTS,
        part=part if part in known else PARTS[0][0],
        look=look if look in THEMES else visit.reader.theme,
        looks=THEMES,
        states=gallery.inputs(visit.kernel.kind, visit.locale.zone),
        rows=rows,
        nothing=nothing,
        here="/theme",
    )


DOORS = (Door(PATH, show, "settings.view"),)
