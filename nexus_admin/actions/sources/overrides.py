"""What clicks laid over the tables of a source, as the ledger keeps it: one value for each place.

`{"orders": {"title": "Sales", "fields": {"status": {"hidden": True}}}}` is
`{"orders/title": "Sales", "orders/fields/status/hidden": True}`; parts are spelled as in addresses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nexus_admin.access import Access
from nexus_admin.actions.sources import records
from nexus_admin.actions.sources.known import Sources
from nexus_admin.actions.unit import Unit
from nexus_admin.domain.address import segment, text_of
from nexus_admin.domain.audit import Change
from nexus_admin.domain.errors import Forbidden
from nexus_admin.domain.resource import Field

HOUSE = "nexus"
OVERRIDES = "source_overrides"
REVEAL = "resource.reveal"
"""The right to take the mark of a secret from a column, and its encryption."""


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
    """Keep what is laid over the tables of the source called *name*, and note what changed.

    Raises:
        Forbidden: a column would not be secret or encrypted any more, and the actor may not reveal any.
    """
    _check_secrets(unit, name, before, after)
    records.keep_overrides(unit.connection, name, after)
    note(unit, name, before, after)
    unit.emit("source.answered", source=name)


def _check_secrets(unit: Unit, name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    # A source that comes back by undo is not there yet: what was laid over it was decided then.
    base = next((one.base for one in unit.service(Sources).statuses() if one.name == name), None)
    decision = unit.service(Access).decide(unit.actor, REVEAL, HOUSE)
    for word, holds in (("secret", _secret), ("encrypted", _encrypted)):
        open_now = [
            f"{resource.name}.{field.name}"
            for resource in (base.resources.values() if base is not None else ())
            for field in resource.fields
            if holds(before, resource.name, field) and not holds(after, resource.name, field)
        ]
        if open_now and not decision.allowed:
            raise Forbidden(f"{', '.join(open_now)} would not be {word} any more: {decision.reason}")


def _secret(overrides: Mapping[str, Any], resource: str, field: Field) -> bool:
    """Whether *field* is secret with *overrides* laid over it."""
    laid = _laid(overrides, resource, field).get("secret")
    return field.secret if laid is None else bool(laid)


def _encrypted(overrides: Mapping[str, Any], resource: str, field: Field) -> bool:
    """Whether *field* is encrypted with *overrides* laid over it."""
    return bool(_laid(overrides, resource, field).get("encrypted"))


def _laid(overrides: Mapping[str, Any], resource: str, field: Field) -> Mapping[str, Any]:
    found: Mapping[str, Any] = overrides.get(resource, {}).get("fields", {}).get(field.name, {})
    return found


def note(unit: Unit, name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Note what changed of it."""
    old, new = placed(before), placed(after)
    places = [place for place in {**old, **new} if old.get(place) != new.get(place)]
    if places:
        was, now = ({place: one.get(place) for place in places} for one in (old, new))
        unit.record(Change(HOUSE, OVERRIDES, name, was, now, name))
