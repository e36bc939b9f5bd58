"""/theme: the themes to choose from; and their stylesheets."""

from __future__ import annotations

from starlette.responses import Response

from nexus_admin.domain.errors import NotFound
from nexus_admin.domain.target import Target
from nexus_admin.web.visit import PUBLIC, Door, Visit

KEY = "appearance.theme"
HOUSE = Target("nexus")
SWATCHES = ("color-accent", "color-accent-hover", "color-accent-subtle", "color-accent-border", "color-link", "chart-1")
LIGHT = ("#2554d8", "#1e47bc", "#ecf1fe", "#adc3f8", "#1f4bc9", "#2f62e4")
DARK = ("#3c69e4", "#3460d8", "#18233f", "#34508f", "#8fb0ff", "#6b95fb")
OWN = {"light": dict(zip(SWATCHES, LIGHT, strict=True)), "dark": dict(zip(SWATCHES, DARK, strict=True))}
"""The house's own swatches: a page that wears a theme has that theme's colours under these names."""


def show(visit: Visit) -> Response:
    """GET /theme: a card for each, with its colours in light and in dark."""
    kernel = visit.kernel
    may_choose = kernel.access.decide(visit.actor, "settings.change", "nexus", None).allowed
    origin = kernel.settings.origin(KEY)
    return visit.page(
        "theme.html",
        themes=list(kernel.themes.values()),
        chosen=kernel.theme.name if kernel.theme else "",
        swatches=SWATCHES,
        own=OWN,
        may_choose=may_choose and origin.layer != "command line",
        here="/theme",
    )


def choose(visit: Visit) -> Response:
    """POST /theme: lay a theme over the house's looks, for everybody."""
    name = visit.form.get("name", "")
    if name and name not in visit.kernel.themes:
        raise NotFound(f"There is no theme called {name!r}.")
    undo = visit.perform("settings.change", HOUSE, {"key": KEY, "value": name})
    return visit.go("/theme", "Everybody sees this theme from now on.", undo)


def stylesheet(visit: Visit) -> Response:
    """GET /x/themes/{name}/{stamp}.css: what a theme lays over the house's tokens; the sign-in page wears it too."""
    theme = visit.kernel.themes.get(visit.path["name"])
    if theme is None:
        raise NotFound("There is no such theme.")
    fresh = visit.path["file"] == f"{theme.stamp}.css"
    keep = "public, max-age=31536000, immutable" if fresh else "no-store"
    return Response(theme.css, media_type="text/css", headers={"cache-control": keep})


DOORS = (
    Door("/theme", show, "settings.view"),
    Door("/theme", choose, "settings.change", ("POST",)),
    Door("/x/themes/{name}/{file}", stylesheet, PUBLIC),
)
