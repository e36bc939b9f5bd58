"""The home page: the sources and their tables."""

from __future__ import annotations

from starlette.responses import Response

from nexus_admin.domain.address import segment
from nexus_admin.screens.menu import menu
from nexus_admin.web.visit import SIGNED_IN, Door, Visit


def home(visit: Visit) -> Response:
    """GET / and /s/{source}: what there is to open."""
    groups = menu(visit.kernel.sources, visit.kernel.access, visit.actor)
    only = visit.path.get("source")
    if only is not None:
        visit.kernel.sources.get(only)
        groups = [group for group in groups if group.path == f"/s/{segment(only)}"]
    return visit.page("home.html", groups=groups, only=only, here="/")


DOORS = (
    Door("/", home, SIGNED_IN),
    Door("/s/{source}", home, SIGNED_IN),
)
