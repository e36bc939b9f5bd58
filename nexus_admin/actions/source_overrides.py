"""What clicks laid over the tables of a source, as the ledger keeps it: one value for each place.

`{"orders": {"title": "Sales", "fields": {"status": {"hidden": True}}}}` is
`{"orders/title": "Sales", "orders/fields/status/hidden": True}`; parts are spelled as in addresses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nexus_admin.actions import source_records as records
from nexus_admin.actions.unit import Unit
from nexus_admin.domain.address import segment, text_of
from nexus_admin.domain.audit import Change

HOUSE = "nexus"
OVERRIDES = "source_overrides"


def placed(overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return every value by its place."""
    return dict(_walk(overrides, ""))


def _walk(given: Mapping[str, Any], above: str) -> Iterator[tuple[str, Any]]:
    for name, value in given.items():
        place = f"{above}{segment(name)}"
        if isinstance(value, Mapping):
            yield from _walk(value, f"{place}/")
        else:
            yield place, value


def replaced(overrides: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return *overrides* with *values* by place in the place of what was there; None for nothing."""
    found = {**placed(overrides), **values}
    made: dict[str, Any] = {}
    for place, value in found.items():
        if value is None:
            continue
        *above, last = map(text_of, place.split("/"))
        at = made
        for name in above:
            at = at.setdefault(name, {})
        at[last] = value
    return made


def standing(overrides: Mapping[str, Any], places: Iterable[str]) -> dict[str, Any]:
    """Return what stands at each of *places*, None for nothing."""
    found = placed(overrides)
    return {place: found.get(place) for place in places}


def keep(unit: Unit, name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Keep what is laid over the tables of the source called *name*, and note what changed."""
    records.keep_overrides(unit.connection, name, after)
    note(unit, name, before, after)
    unit.emit("source.answered", source=name)


def note(unit: Unit, name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Note what changed of it."""
    old, new = placed(before), placed(after)
    places = [place for place in {**old, **new} if old.get(place) != new.get(place)]
    if places:
        was, now = ({place: one.get(place) for place in places} for one in (old, new))
        unit.record(Change(HOUSE, OVERRIDES, name, was, now, name))
