"""Taking changes back: rows return with the very values that they had, keys that the database gave included."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Protocol

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.dml import Insert

from nexus_admin.data.deleting import delete
from nexus_admin.data.inputs import fields_to_write
from nexus_admin.data.labels import title_of
from nexus_admin.data.scope import Scope
from nexus_admin.data.values.show import same
from nexus_admin.data.writing import check_rule, held, locked, stored, writable, write
from nexus_admin.domain.audit import Change
from nexus_admin.domain.errors import Conflict, SourceFailed
from nexus_admin.domain.resource import Field, Resource
from nexus_admin.domain.row import Masked


class Step(Protocol):
    """One write that takes a change back, as an undo is planned."""

    @property
    def verb(self) -> Literal["create", "update", "delete"]:
        """What to do."""
        ...

    @property
    def resource(self) -> str:
        """On which resource."""
        ...

    @property
    def key(self) -> str:
        """The row's key; for a new row the one that it will have."""
        ...

    @property
    def values(self) -> Mapping[str, Any]:
        """What to write, by field."""
        ...

    @property
    def expect(self) -> Mapping[str, Any]:
        """What must stand there now, by field."""
        ...


def apply(scope: Scope, step: Step) -> list[Change]:
    """Do one step of an undo, after comparing what stands there now.

    Returns:
        What changed: one row, or what a deletion took along too.

    Raises:
        Conflict: somebody changed, deleted or made the row since.
        NotFound, Forbidden, ReadOnly, Invalid: as for the same write by hand.
    """
    resource = writable(scope, step.resource)
    if step.verb == "create":
        return [_bring_back(scope, resource, step)]
    before = locked(scope, resource, f"row.{step.verb}", step.key)
    _compare(scope, resource, step, before)
    if step.verb == "delete":
        return delete(scope, resource.name, step.key)
    decision = scope.permitted("row.update", resource.name)
    fields_to_write(resource, decision, step.values)
    values = {
        name: value
        for name, value in step.values.items()
        if not isinstance(value, Masked) and not same(resource.field(name), value, before[name])
    }
    if not values:
        return []
    return [write(scope, resource, step.key, before, values)]


def _compare(scope: Scope, resource: Resource, step: Step, before: Mapping[str, Any]) -> None:
    read = scope.decision("row.read", resource.name)
    differing = [
        name
        for name, value in step.expect.items()
        if name in before and not isinstance(value, Masked) and not same(resource.field(name), value, before[name])
    ]
    if differing:
        fields = {
            name: {"base": step.expect[name], "theirs": before[name], "yours": step.values.get(name)}
            for name in differing
            if read.reads(name) and not resource.field(name).secret
        }
        titles = ", ".join(resource.field(name).title for name in fields) or "It"
        raise Conflict(f"{titles} changed since, so this {resource.singular.lower()} was left as it is.", fields)


def _bring_back(scope: Scope, resource: Resource, step: Step) -> Change:
    """Insert a row with exact values."""
    scope.permitted("row.create", resource.name)
    if step.key and stored(scope, resource, step.key) is not None:
        raise Conflict(f"There is another {resource.singular.lower()} with the key {step.key} now, so none was made.")
    table = scope.table(resource.name)
    values = {
        name: value
        for name, value in step.values.items()
        if name in table.c and not isinstance(value, Masked) and not _computed(resource.by_name.get(name))
    }
    fields = {name: value for name, value in values.items() if name in resource.by_name}
    raws = {table.c[name]: raw for name, raw in {**values, **scope.raws(resource.name, fields)}.items()}
    with scope.attempt(resource.name, values):
        scope.connection.execute(ExactInsert(table).values(raws))
    after, within = held(scope, resource, "row.create", step.key) if step.key else (dict(step.values), True)
    if after is None:
        raise SourceFailed(f"The row that was put back into {resource.title} has another key now; nothing was changed.")
    check_rule(scope, resource, "row.create", within, "You may not create a row like this")
    return Change(resource.source, resource.name, step.key, None, after, title_of(resource, after, step.key))


def _computed(field: Field | None) -> bool:
    """Whether the database refuses a value; SQLite's row number is taken, though it numbers rows itself."""
    return field is not None and field.generated and not field.options.get("synthetic")


class ExactInsert(Insert):
    """An INSERT that also sets what the database would number by itself."""

    inherit_cache = True


@compiles(ExactInsert, "postgresql")
def _overriding(statement: ExactInsert, compiler: Any, **options: Any) -> str:
    """Say that given values go before generated ones. Values are bound, so the last VALUES is the clause."""
    text = str(compiler.visit_insert(statement, **options))
    head, clause, tail = text.rpartition(") VALUES (")
    return f"{head}) OVERRIDING SYSTEM VALUE VALUES ({tail}" if clause else text
