"""/extensions: what is loaded, what failed and why, and letting one go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from starlette.responses import Response

from nexus_admin.domain.target import Target
from nexus_admin.kernel.declared import Declared
from nexus_admin.kernel.middleware import way_of
from nexus_admin.screens.extension_cards import KINDS, cards
from nexus_admin.web.visit import Door, Visit

HOUSE = Target("nexus")


def show(visit: Visit) -> Response:
    """GET /extensions?kind=: a card for each."""
    statuses = visit.perform("extension.view", HOUSE)
    kind = visit.query.get("kind", "")
    counts = Counter(status.extension.kind for status in statuses)
    kinds = [("", "All", len(statuses)), *((name, f"{title}s", counts[name]) for name, (title, *_) in KINDS.items())]
    shown = [status for status in statuses if status.extension.kind == kind or kind not in KINDS]
    return visit.page(
        "extensions.html",
        kinds=kinds,
        kind=kind if kind in KINDS else "",
        cards=cards(shown, _brought(visit.kernel.declared)),
        way=way_of(visit.kernel.declared.middleware) if not kind else [],
        may_switch=visit.kernel.access.decide(visit.actor, "extension.switch", "nexus", None).allowed,
        here="/extensions",
    )


def switch(visit: Visit) -> Response:
    """POST /extensions: switch one on or off."""
    name, on = visit.form.get("name", ""), visit.form.get("on") == "1"
    visit.perform("extension.switch", HOUSE, {"name": name, "on": on})
    return visit.go("/extensions", said=f"{name} is switched {'on' if on else 'off'}.")


def _brought(declared: Declared) -> Mapping[str, Counter[str]]:
    """Count what each extension declared, by noun."""
    found: dict[str, Counter[str]] = {}
    nouns: dict[str, Iterable[Any]] = {
        "action": declared.actions, "page": declared.pages.values(), "widget": declared.widgets.values(),
        "field kind": declared.kinds.values(), "exporter": declared.exporters.values(),
        "middleware": declared.middleware, "listener": declared.listeners, "check": declared.checks,
    }  # fmt: skip
    for noun, things in nouns.items():
        for thing in things:
            found.setdefault(thing.owner, Counter())[noun] += 1
    return found


DOORS = (
    Door("/extensions", show, "extension.view"),
    Door("/extensions", switch, "extension.switch", ("POST",)),
)
