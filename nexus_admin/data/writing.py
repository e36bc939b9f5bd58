"""Creating and changing rows: inside the actor's rule before and after, and never over somebody else's change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from nexus_admin.data import asking
from nexus_admin.data.inputs import (
    changed_values,
    check_expected,
    fields_to_write,
    like,
    new_values,
    not_there,
    untouched,
)
from nexus_admin.data.labels import title_of
from nexus_admin.data.pointing import check_targets
from nexus_admin.data.scope import Scope
from nexus_admin.data.values.keys import key_of
from nexus_admin.data.values.version import row_version
from nexus_admin.domain.audit import Change
from nexus_admin.domain.errors import Conflict, Forbidden, PreconditionFailed, ReadOnly, SourceFailed
from nexus_admin.domain.resource import Resource
from nexus_admin.domain.row import Row
from nexus_admin.language.formula_columns import stored_columns


def create(scope: Scope, name: str, given: Mapping[str, Any]) -> Change:
    """Add a row.

    Returns:
        The change; `after` is the row as the database made it, defaults and triggers included.

    Raises:
        Forbidden: the actor may not create here, not write one of the fields, or not such a row.
        Invalid: a sentence for each field that does not fit, or breaks a rule of the table.
        ReadOnly: the table takes no rows.
    """
    resource = writable(scope, name)
    decision = scope.permitted("row.create", name)
    values = new_values(scope, resource, decision, given)
    raws = scope.raws(name, {column: like(value, None) for column, value in values.items()})
    with scope.attempt(name, values):
        key, after = insert(scope, resource, raws)
    if key:
        found, within = held(scope, resource, "row.create", key)
        check_rule(scope, resource, "row.create", within, "You may not create a row like this")
        after = found or after
    check_targets(scope, resource, {**values, **after}, values.keys())
    return Change(resource.source, name, key, None, after, title_of(resource, after, key))


def insert(scope: Scope, resource: Resource, raws: Mapping[str, Any]) -> tuple[str, Row]:
    """Insert raw values; return the new key and what the database answered with."""
    table = scope.table(resource.name)
    statement = sa.insert(table).values({table.c[name]: raw for name, raw in raws.items()})
    wanted = [table.c[name] for name in resource.key] or stored_columns(table)
    if scope.connection.dialect.insert_returning:
        row = scope.connection.execute(statement.returning(*wanted)).one()
        raw = dict(zip((one.name for one in wanted), row, strict=True))
        return (key_of(tuple(row)) if resource.key else ""), scope.decoded(resource.name, raw)
    known = {name: raws[name] for name in resource.key if raws.get(name) is not None}
    missing = [name for name in resource.key if name not in known]
    if len(missing) > 1 or (missing and resource.field(missing[0]).kind != "integer"):
        raise ReadOnly(f"{resource.title}: this database cannot say which key a new row gets. Give the key yourself.")
    result = scope.connection.execute(statement)
    if missing:
        known[missing[0]] = result.lastrowid
    return (key_of([known[name] for name in resource.key]) if resource.key else ""), {}


def update(
    scope: Scope,
    name: str,
    segment: str,
    given: Mapping[str, Any],
    expected: Mapping[str, Any] | None = None,
    version: str | None = None,
) -> Change:
    """Change fields of one row; only those that differ are written.

    Args:
        scope: Where and who.
        name: The resource.
        segment: The row's key.
        given: New values, or the texts of a form, by field.
        expected: What the editor saw in those fields; None to trust. Changes of others in other fields stay.
        version: The row's version as it was read; None to trust.

    Raises:
        NotFound: there is no such row, or not for this actor.
        Conflict: the same field was changed by somebody else: base, theirs and yours.
        PreconditionFailed: the row has another version.
        Invalid, Forbidden, ReadOnly: as `create`.
    """
    resource = writable(scope, name)
    decision = scope.permitted("row.update", name)
    fields = fields_to_write(resource, decision, given)
    before = locked(scope, resource, "row.update", segment)
    if version is not None and version != row_version(shown(scope, resource, before)):
        raise PreconditionFailed(f"This {resource.singular.lower()} has changed since you read it. Read it again.")
    values = changed_values(scope, untouched(fields, given, expected), given, before)
    check_expected(resource, scope.decision("row.read", name), values, expected or {}, before)
    not_there(scope, resource, scope.decision("row.read", name), {**before, **values}, values)
    if not values:
        return Change(resource.source, name, segment, before, before, title_of(resource, before, segment))
    return write(scope, resource, segment, before, values)


def write(scope: Scope, resource: Resource, segment: str, before: Row, values: Row) -> Change:
    """Write *values* over a locked row and read it again.

    Raises:
        Forbidden: the row would leave the actor's rule.
        Conflict: the row went away.
    """
    name = resource.name
    raws = scope.raws(name, values)
    with scope.attempt(name, values):
        done = asking.change(scope, resource, segment, raws)
    if done == 0:
        raise Conflict(f"This {resource.singular.lower()} was not changed: it went away, or the database let it be.")
    key = segment
    if not raws.keys().isdisjoint(resource.key):
        was = scope.key(name, segment)
        key = key_of([raws.get(column, was[column]) for column in resource.key])
    after, within = held(scope, resource, "row.update", key)
    if after is None:
        raise SourceFailed(f"The changed row of {resource.title} cannot be found again, so nothing was changed.")
    check_rule(scope, resource, "row.update", within, "You may not change a row so that it leaves what you may edit")
    check_targets(scope, resource, after, values.keys())
    return Change(resource.source, name, key, before, after, title_of(resource, after, key))


def writable(scope: Scope, name: str) -> Resource:
    """Return the resource, if its table takes writes.

    Raises:
        ReadOnly: it does not, and why.
    """
    resource = scope.resource(name)
    if not resource.writable:
        raise ReadOnly(resource.why_read_only or f"{resource.title} cannot be written.")
    return resource


def locked(scope: Scope, resource: Resource, action: str, segment: str) -> Row:
    """Return the whole row, held until the transaction ends.

    Raises:
        NotFound: it is not there, or outside of what the actor may reach by *action*.
    """
    before, within = held(scope, resource, action, segment, lock=True)
    if before is None or not within:
        raise scope.absent(resource, segment)
    return before


def stored(scope: Scope, resource: Resource, segment: str) -> Row | None:
    """Return the whole row as it stands, in the clear and without any rule; None if there is none."""
    return held(scope, resource, "", segment)[0]


def held(scope: Scope, resource: Resource, action: str, segment: str, lock: bool = False) -> tuple[Row | None, bool]:
    """Return the whole row as it stands, in the clear, and whether it is one of those that *action* reaches."""
    raw = asking.held(scope, resource, action, segment, lock)
    if raw is None:
        return None, False
    return scope.decoded_row(resource.name, raw), bool(raw[-1])


def shown(scope: Scope, resource: Resource, row: Row) -> Row:
    """Return the part of a whole row that the actor may read."""
    decision = scope.decision("row.read", resource.name)
    fields = (field for field in resource.fields if decision.reads(field.name) and not field.secret)
    return {field.name: row[field.name] for field in fields if not field.computed}


def check_rule(scope: Scope, resource: Resource, action: str, within: bool, sentence: str) -> None:
    """Refuse a write that left the actor's rule; the transaction is rolled back by the error.

    Raises:
        Forbidden: it did.
    """
    if not within:
        raise Forbidden(f"{sentence}: {scope.decision(action, resource.name).reason}")
