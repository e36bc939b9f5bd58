"""Rows that somebody was at lately, with the titles that they have now and that the asker may see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from nexus_admin.actions.house.activity import Activity, Deed
from nexus_admin.domain.errors import NexusError
from nexus_admin.domain.target import Target
from nexus_admin.screens.formats import ago
from nexus_admin.screens.marks import hue
from nexus_admin.web.visit import Visit

HOUSE = Target("nexus")


def recent(visit: Visit, activity: Activity | None = None) -> list[dict[str, Any]]:
    """Return options of the palette for the rows that the actor opened or changed last."""
    activity = activity or visit.perform("account.activity", HOUSE)
    return told(visit, activity.mine)


def told(visit: Visit, deeds: Iterable[Deed]) -> list[dict[str, Any]]:
    """Return *deeds* to rows that are there and that the actor may list, as lines and options."""
    deeds = list(deeds)
    titles = _titles(visit, deeds)
    lines = []
    for deed in deeds:
        title = titles.get((deed.source, deed.resource), {}).get(deed.key)
        if title is None:
            continue
        resource = visit.kernel.sources.get(deed.source).schema.resources[deed.resource]
        table = Target(deed.source, deed.resource).path
        who = "" if deed.actor == visit.actor.id else deed.who
        lines.append({
            "label": title, "href": f"{visit.locale.base}{table}/{deed.key}", "icon": resource.icon, "hue": hue(table),
            "detail": f"{deed.verb} {ago(deed.at, visit.locale.now)}", "meta": resource.singular, "verb": deed.verb,
            "who": who, "at": deed.at.isoformat(), "when": ago(deed.at, visit.locale.now),
        })  # fmt: skip
    return lines


def _titles(visit: Visit, deeds: list[Deed]) -> dict[tuple[str, str], dict[str, str]]:
    """Return titles by table and key: one statement a table. A source that is down has none, and harms nobody."""
    keys: dict[tuple[str, str], list[str]] = defaultdict(list)
    for deed in deeds:
        keys[deed.source, deed.resource].append(deed.key)
    found = {}
    for (source, resource), wanted in keys.items():
        try:
            found[source, resource] = visit.perform("row.titles", Target(source, resource), {"keys": wanted})
        except NexusError:
            continue
    return found
