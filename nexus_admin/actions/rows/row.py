"""Reading one row, and writing: `row.read`, `row.create`, `row.update`, `row.delete` and their kin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from nexus_admin.access import Access
from nexus_admin.actions.narrowing import narrowed, shown
from nexus_admin.actions.rows.describing import known_relation
from nexus_admin.actions.unit import Unit
from nexus_admin.data.impact import Impact
from nexus_admin.domain.action import Action, Nothing
from nexus_admin.domain.audit import Change
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.errors import PreconditionFailed
from nexus_admin.domain.resource import Resource, Schema
from nexus_admin.domain.row import Row
from nexus_admin.language.conditions import unseen


class ReadInput(BaseModel):
    """How much of a row to read."""

    model_config = ConfigDict(extra="forbid")

    labels: bool = Field(True, description="Also the titles of the rows that it points to.")


class Values(BaseModel):
    """Values by field name, as JSON or as texts of a form."""

    model_config = ConfigDict(extra="forbid")

    values: dict[str, Any]


class Edit(Values):
    """New values, and what the editor saw in those fields before."""

    expected: dict[str, Any] | None = Field(None, description="Values by field name as they were read; None to trust.")
    version: str | None = Field(None, description="The row's ETag as it was read; None to trust.")


class Removal(BaseModel):
    """Which version of the row to delete."""

    model_config = ConfigDict(extra="forbid")

    version: str | None = Field(None, description="The row's ETag as it was read; None to trust.")


class LinkInput(BaseModel):
    """Which far row to tie to the target's row."""

    model_config = ConfigDict(extra="forbid")

    relation: str
    key: str


@dataclass(frozen=True, slots=True)
class Record:
    """A row with all that a screen needs to draw it.

    Args:
        schema: The source's schema.
        resource: What it is a row of.
        decision: What the actor may see of it.
        row: Its values.
        key: Its key segment.
        title: How it is called.
        labels: For each to-one relation: the far row's title by the far key's segment.
        may: Which of `row.update`, `row.delete`, `row.create` the actor may do here.
        unseen: Fields that are not there in this row, under the conditions laid over them; their values are in it.
    """

    schema: Schema
    resource: Resource
    decision: Decision
    row: Row
    key: str
    title: str
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    may: frozenset[str] = frozenset()
    unseen: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Done:
    """What a writing action did, as far as the actor may see it.

    Args:
        changes: The rows before and after.
        entry: By which it can be taken back.
        row: The row as `row.read` shows it now; None where that has to be asked.
    """

    changes: tuple[Change, ...]
    entry: str
    row: Row | None = None

    @property
    def key(self) -> str:
        """The key of the row that was asked for; after a deletion the one that it had."""
        return self.changes[-1].key


def read_row(unit: Unit, data: ReadInput) -> Record:
    """Return one row."""
    resource = resource_of(unit)
    key = unit.target.key or ""
    rows = unit.all_rows
    row = rows.one(resource.name, key, unit.action.needs)
    labels = rows.labels(resource.name, [row]) if data.labels else {}
    assert unit.source is not None
    return Record(
        unit.source.schema, resource, unit.decision, row, key, rows.title(resource.name, row, key), labels, may(unit),
        unseen(unit.source.schema, resource, row, unit.variables),
    )  # fmt: skip


def may(unit: Unit) -> frozenset[str]:
    """Return which of the writing actions the actor may do on the target's resource."""
    resource = resource_of(unit)
    if unit.source is None or unit.source.read_only or not resource.writable:
        return frozenset()
    names = ("row.create", "row.update", "row.delete")
    return frozenset(name for name in names if unit.decide(name, resource.name).allowed)


def _done(unit: Unit, *changes: Change) -> Done:
    """Return what was done, to be told to the actor: values and titles that they may not read stay in the ledger."""
    return Done(tuple(narrowed(unit, one) for one in changes), unit.entry, _as_read(unit, changes[-1]))


def _as_read(unit: Unit, change: Change) -> Row | None:
    """Return the row that was written, where the actor may read all of it and every row that they may write."""
    resource = resource_of(unit)
    decision = unit.decide("row.read", resource.name)
    if change.after is None or not decision.reads_all or decision.rows not in (None, unit.decision.rows):
        return None
    if resource.secret or resource.computed:
        return None
    after = change.after
    return {name: after[name] for name in resource.by_name if name in after}


def create_row(unit: Unit, data: Values) -> Done:
    """Add a row."""
    change = unit.all_rows.create(resource_of(unit).name, data.values)
    unit.record(change)
    unit.emit("row.created", key=change.key)
    return _done(unit, change)


def update_row(unit: Unit, data: Edit) -> Done:
    """Change fields of a row; what others changed meanwhile in other fields stays."""
    change = unit.all_rows.update(
        resource_of(unit).name, unit.target.key or "", data.values, data.expected, version=data.version
    )
    if fields := change.fields():
        unit.record(change)
        unit.emit("row.updated", key=change.key, fields=fields)
    return _done(unit, change)


def delete_row(unit: Unit, data: Removal) -> Done:
    """Delete a row and what the database deletes along with it.

    Raises:
        PreconditionFailed: the row has another version; the transaction takes the deletion back.
    """
    resource = resource_of(unit)
    changes = unit.all_rows.delete(resource.name, unit.target.key or "")
    if data.version is not None:
        was = unit.all_rows.version(shown(unit, resource.name, changes[-1].before or {}))
        if was != data.version:
            raise PreconditionFailed(f"This {resource.singular.lower()} has changed since you read it. Read it again.")
    unit.record(*changes)
    unit.emit("row.deleted", key=unit.target.key, rows=len(changes))
    return _done(unit, *changes)


def delete_impact(unit: Unit, _data: Nothing) -> Impact:
    """Say what deleting a row would take along, block or empty."""
    return unit.all_rows.impact(resource_of(unit).name, unit.target.key or "")


def link_rows(unit: Unit, data: LinkInput) -> Done:
    """Tie a far row to this one through the join table."""
    assert unit.source is not None
    known_relation(unit.service(Access), unit.actor, unit.source.schema, resource_of(unit), data.relation)
    change = unit.all_rows.link(resource_of(unit).name, unit.target.key or "", data.relation, data.key)
    unit.record(change)
    return _done(unit, change)


def unlink_rows(unit: Unit, data: LinkInput) -> Done:
    """Untie a far row from this one."""
    change = unit.all_rows.unlink(resource_of(unit).name, unit.target.key or "", data.relation, data.key)
    unit.record(change)
    return _done(unit, change)


def resource_of(unit: Unit) -> Resource:
    """Return the target's resource."""
    assert unit.source is not None
    return unit.source.schema.resource(unit.target.resource or "")


ACTIONS = (
    Action("row.read", ReadInput, read_row, "Open", writes=False),
    Action("row.edit", ReadInput, read_row, "Edit", "row.update", writes=False),
    Action("row.create", Values, create_row, "New", on="resource"),
    Action("row.update", Edit, update_row, "Save"),
    Action("row.impact", Nothing, delete_impact, "Impact", "row.delete", writes=False),
    Action("row.delete", Removal, delete_row, "Delete"),
    Action("row.link", LinkInput, link_rows, "Add", "row.update"),
    Action("row.unlink", LinkInput, unlink_rows, "Remove", "row.update"),
)
