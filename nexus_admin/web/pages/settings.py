"""/settings: every setting with its value and where that came from; some can be changed while the app runs."""

from __future__ import annotations

from itertools import groupby

from starlette.responses import Response

from nexus_admin.domain.errors import Invalid
from nexus_admin.domain.target import Target
from nexus_admin.web.visit import Door, Visit

HOUSE = Target("nexus")


def show(visit: Visit) -> Response:
    """GET /settings: grouped by the first part of their keys."""
    return _page(visit)


def _page(visit: Visit, status: int = 200, wrong: str = "", typed: str = "", problem: str = "") -> Response:
    """Draw them; *problem* is why *typed* was refused for the setting *wrong*."""
    listed = visit.perform("settings.view", HOUSE)
    groups = [(name, list(batch)) for name, batch in groupby(listed, key=lambda one: one[0].key.partition(".")[0])]
    may_change = visit.kernel.access.decide(visit.actor, "settings.change", "nexus", None).allowed
    return visit.page(
        "settings.html",
        status,
        wrong=wrong,
        typed=typed,
        problem=problem,
        groups=groups,
        may_change=may_change,
        themes=list(visit.kernel.themes.values()),
        here="/settings",
    )


def change(visit: Visit) -> Response:
    """POST /settings: store a value, or go back to what lies below it."""
    key = visit.form.get("key", "")
    value = None if visit.form.get("back") else visit.form.get("value", "")
    try:
        undo = visit.perform("settings.change", HOUSE, {"key": key, "value": value})
    except Invalid as error:
        return _page(visit, error.status, key, value or "", " ".join(error.fields.values()))
    return visit.go("/settings", f"{key} is {'back to its default' if value is None else 'changed'}.", undo)


DOORS = (
    Door("/settings", show, "settings.view"),
    Door("/settings", change, "settings.change", ("POST",)),
)
