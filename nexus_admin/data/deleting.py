"""Deleting a row together with what the database deletes along: every row is recorded, so that it can come back."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from nexus_admin.data import asking
from nexus_admin.data.dependents import Way, ways_to
from nexus_admin.data.impact import impact
from nexus_admin.data.labels import title_of
from nexus_admin.data.scope import Scope
from nexus_admin.data.values.keys import key_of
from nexus_admin.data.writing import locked, stored, writable
from nexus_admin.domain.audit import Change
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import Conflict, Forbidden, Refused
from nexus_admin.domain.resource import Resource
from nexus_admin.domain.row import Row
from nexus_admin.language.formula_columns import stored_columns
from nexus_admin.language.keys import key_condition, referring

MOST = 500
"""Rows that one deletion may take along; more belong into a bulk deletion."""


@dataclass(frozen=True, slots=True)
class _Taken:
    """A row that goes, or loses its reference, together with another."""

    resource: Resource
    key: str
    raw: dict[str, Any]
    before: Row
    goes: bool


def delete(scope: Scope, name: str, segment: str) -> list[Change]:
    """Delete one row.

    Returns:
        Every row that went or lost its reference, in the order in which it happens: what hung on the row
        first, the row itself last. Walked backwards, they can be put back.

    Raises:
        NotFound: there is no such row, or not for this actor.
        Refused: other rows hold it, or more than 500 would go along.
        Forbidden: rows would go along that the actor may not delete or change.
    """
    resource = writable(scope, name)
    scope.permitted("row.delete", name)
    before = locked(scope, resource, "row.delete", segment)
    taken = _collect(scope, resource, segment)
    table = scope.table(name)
    with scope.attempt(name, {}, lambda: _holders(scope, name, segment)):
        done = scope.connection.execute(
            sa.delete(table).where(key_condition(table, resource, scope.key(name, segment)))
        )
    if done.rowcount == 0:
        raise Conflict(f"This {resource.singular.lower()} was not deleted: it went away, or the database let it be.")
    changes = [_change(scope, one) for one in reversed(taken)]
    return [*changes, Change(resource.source, name, segment, before, None, title_of(resource, before, segment))]


def _holders(scope: Scope, name: str, segment: str) -> list[str]:
    """Return the titles of the tables whose rows keep this one from going, as far as the actor may know of them."""
    hits = impact(scope, name, segment).hits
    return list(dict.fromkeys(hit.title for hit in hits if hit.effect == "block" and hit.resource))


def _change(scope: Scope, one: _Taken) -> Change:
    after = None if one.goes or not one.key else stored(scope, one.resource, one.key)
    title = title_of(one.resource, one.before, one.key)
    return Change(one.resource.source, one.resource.name, one.key, one.before, after, title)


def _collect(scope: Scope, resource: Resource, segment: str) -> list[_Taken]:
    """Return what goes along, nearest first."""
    table = scope.table(resource.name)
    condition = key_condition(table, resource, scope.key(resource.name, segment))
    row = scope.connection.execute(sa.select(*stored_columns(table)).where(condition)).one()
    level = [(resource, dict(zip(_names(table), row, strict=True)))]
    seen = {(resource.name, segment)}
    taken: list[_Taken] = []
    while level:
        following: list[tuple[Resource, dict[str, Any]]] = []
        for near in {one.name: one for one, _ in level}.values():
            parents = [raw for one, raw in level if one.name == near.name]
            for way in ways_to(scope, near):
                fresh = _hanging_rows(scope, way, parents, MOST - len(taken) + 1) if way.effect != "block" else []
                fresh = [one for one in fresh if not one.key or (one.resource.name, one.key) not in seen]
                seen |= {(one.resource.name, one.key) for one in fresh}
                taken += fresh
                following += [(one.resource, one.raw) for one in fresh if one.goes]
                if len(taken) > MOST:
                    raise Refused(
                        f"Deleting this {resource.singular.lower()} would take along more than {MOST} other rows. "
                        f"Delete {scope.named(way.far.name)} first."
                    )
        level = following
    return taken


def _names(table: sa.Table) -> list[str]:
    return [one.name for one in stored_columns(table)]


def _hanging_rows(scope: Scope, way: Way, parents: list[dict[str, Any]], limit: int) -> list[_Taken]:
    table = scope.table(way.far.name)
    condition = referring(way.pairs, table, parents)
    rows = scope.connection.execute(sa.select(*stored_columns(table)).where(condition).limit(limit)).all()
    if not rows:
        return []
    _check_rights(scope, way, condition, len(rows), limit)
    names = _names(table)
    found = []
    for row in rows:
        raw = dict(zip(names, row, strict=True))
        key = key_of([raw[name] for name in way.far.key]) if way.far.key else ""
        found.append(_Taken(way.far, key, raw, scope.decoded(way.far.name, raw), way.effect == "delete"))
    return found


def _check_rights(scope: Scope, way: Way, condition: sa.ColumnElement[bool], number: int, limit: int) -> None:
    """Refuse where the database would do to these rows what the actor may not."""
    action = "row.delete" if way.effect == "delete" else "row.update"
    decision = scope.decision(action, way.far.name)
    done = "delete" if way.effect == "delete" else "change"
    allowed = decision.allowed
    table = scope.table(way.far.name)
    rule = asking.rule(scope, way.far, action, table) if allowed else None
    if rule is not None:
        some = sa.select(sa.literal(1)).select_from(table).where(condition, rule).limit(limit).subquery()
        allowed = scope.connection.execute(sa.select(sa.func.count()).select_from(some)).scalar_one() == number
    if not allowed:
        known = scope.named(way.far.name)
        reason = f": {decision.reason}" if known != "rows" else "."
        raise Forbidden(f"This would also {done} {known} that you may not {done}{reason}")
