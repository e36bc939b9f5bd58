"""What of a row's past an actor may see: the values of a change under the rights of today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from nexus_admin.access.masks import mask
from nexus_admin.actions.unit import Unit
from nexus_admin.domain.audit import Change
from nexus_admin.domain.errors import NotFound
from nexus_admin.domain.resource import Field
from nexus_admin.domain.row import Masked

NEW = "•"
"""What a masked value that was changed has more than the one before, so that the change shows and its values do not."""


def narrowed(unit: Unit, change: Change) -> Change:
    """Return *change* with what the actor may read of it: hidden fields left out, masked and secret ones masked."""
    fields = _fields(unit, change.resource)
    before, after = change.before, change.after
    if _open(unit, change.resource, fields) and not set(before or ()).union(after or ()).difference(fields):
        return change
    changed = set(change.fields())
    return replace(
        change,
        before=None if before is None else shown(unit, change.resource, before, fields),
        after=None if after is None else shown(unit, change.resource, after, fields, changed),
        title=change.title if titled(unit, change.resource) else change.key,
    )


def shown(
    unit: Unit,
    resource: str,
    values: Mapping[str, Any],
    fields: Mapping[str, Field] | None = None,
    changed: set[str] | frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """Return the part of *values* that the actor may see; a masked one that is in *changed* is marked as new."""
    fields = _fields(unit, resource) if fields is None else fields
    decision = unit.decide("row.read", resource) if fields else None
    if _open(unit, resource, fields):
        return {name: value for name, value in values.items() if name in fields}
    found: dict[str, Any] = {}
    for name, value in values.items():
        field = fields.get(name)
        if field is None or decision is None or not decision.shows(name):
            continue
        if decision.reads(name) and not field.secret:
            found[name] = value
        else:
            left = mask(field, value)
            found[name] = Masked(left.shape + NEW) if name in changed else left
    return found


def _open(unit: Unit, resource: str, fields: Mapping[str, Field]) -> bool:
    """Whether the actor may read all of a row's *fields*, and none is secret."""
    readable = bool(fields) and unit.decide("row.read", resource).reads_all
    return readable and not any(one.secret for one in fields.values())


def visible(unit: Unit, resource: str, keys: Iterable[str]) -> set[str]:
    """Return those of *keys* whose rows the actor may see today; of rows that are gone, only where no rule asks."""
    assert unit.source is not None
    known = unit.source.schema.resources.get(resource)
    decisions = [unit.decide(name, resource) for name in ("row.list", "row.read")] if known else []
    if not known or not all(one.allowed for one in decisions):
        return set()
    if all(one.rows is None for one in decisions):
        return set(keys)
    found = set(unit.all_rows.titles(resource, keys)) if known.key else set()
    return {key for key in found if decisions[0].rows == decisions[1].rows or _reads(unit, resource, key)}


def _reads(unit: Unit, resource: str, key: str) -> bool:
    try:
        unit.all_rows.one(resource, key)
    except NotFound:
        return False
    return True


def _fields(unit: Unit, resource: str) -> Mapping[str, Field]:
    """Return the fields of *resource*; none where it is gone or not for this actor."""
    assert unit.source is not None
    known = unit.source.schema.resources.get(resource)
    if known is None or not unit.decide("row.read", resource).allowed:
        return {}
    return known.by_name


def titled(unit: Unit, resource: str) -> bool:
    """Whether the actor may read all that a title was made of."""
    assert unit.source is not None
    known = unit.source.schema.resources.get(resource)
    decision = unit.decide("row.read", resource) if known else None
    return known is not None and decision is not None and all(map(decision.reads, known.title_fields))
