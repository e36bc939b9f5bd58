"""Before a role is saved: what somebody would see with it, and why. Decided as that somebody, never shown to others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from nexus_admin.access import Access
from nexus_admin.access.algebra import narrowed
from nexus_admin.access.book import RoleBook
from nexus_admin.access.explain import Explanation
from nexus_admin.access.masks import mask
from nexus_admin.access.rules import settled
from nexus_admin.actions.access.roles import read_role
from nexus_admin.actions.sources.known import Sources
from nexus_admin.actions.unit import Unit
from nexus_admin.data.rows import Rows
from nexus_admin.data.source import DataSource
from nexus_admin.domain.action import Action
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.errors import NotFound
from nexus_admin.domain.expression import And, Comparison
from nexus_admin.domain.resource import Relation, Resource
from nexus_admin.domain.row import ListRequest, Row, RowCount, RowPage
from nexus_admin.language.variables import Variables

SAMPLE = 3
MOST_FAR = 1000
ACTIONS_SHOWN = ("row.list", "row.read", "row.create", "row.update", "row.delete", "rows.import", "rows.export")


class As(BaseModel):
    """As whom, and under which roles."""

    model_config = ConfigDict(extra="forbid")

    user: str | None = Field(None, description="The id of an account; none for somebody who holds only `role`.")
    role: dict[str, Any] | None = Field(None, description="A role that is not saved yet; it counts as if it were.")
    holds: str | None = Field(None, description="The role that somebody without an account is thought to hold.")


class Asked(As):
    """A question: may they do this, there?"""

    action: str = Field(max_length=200)
    source: str
    resource: str | None = None
    key: str | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What somebody would see of a table.

    Args:
        actor: As whom it was decided.
        resource: The table.
        decision: What they may list of it.
        may: The actions that they may do there.
        shown: How many rows they would see; None where they may not list it.
        total: How many whoever asks sees.
        sample: The first rows as they would see them.
    """

    actor: Actor
    resource: Resource
    decision: Decision
    may: tuple[str, ...]
    shown: RowCount | None
    total: RowCount
    sample: RowPage | None


def preview(unit: Unit, data: As) -> Preview:
    """Count and show rows of the target's table as somebody else would see them, and never more than whoever asks."""
    access = unit.service(Access)
    source, resource = unit.source, unit.target.resource or ""
    assert source is not None
    table = source.schema.resource(resource)
    actor, book = _who(access, data)

    def decide(action: str, name: str) -> Decision:
        theirs = access.decisions.fresh(book, actor, action, source.name, source.schema.resource(name))
        mine = access.decide(unit.actor, action, source.name, source.schema.resource(name))
        if not (theirs.allowed and mine.allowed):
            return theirs if mine.allowed else mine
        # The statement runs as them, and `me` of my own rule is still whoever asks.
        bound = replace(mine, rows=None if mine.rows is None else settled(mine.rows, unit.actor))
        return narrowed(theirs, bound)

    rows = _rows(source, unit.connection, decide, actor)
    decision = decide("row.list", resource)
    total = unit.all_rows.count(resource, ListRequest(), "estimate")
    may = tuple(action for action in ACTIONS_SHOWN if decide(action, resource).allowed)
    if not decision.allowed:
        return Preview(actor, table, decision, may, None, total, None)
    fields = tuple(name for name in table.list_fields if decision.shows(name))
    sample = rows.list(resource, ListRequest(limit=SAMPLE, fields=fields))
    shown = rows.count(resource, ListRequest(), "estimate")
    return Preview(actor, table, decision, may, shown, total, sample)


def explain(unit: Unit, data: Asked) -> Explanation:
    """Say why somebody may or may not do something: every grant that was looked at, and the one that decided."""
    access = unit.service(Access)
    actor, book = _who(access, data)
    access.permissions.check(data.action)
    if data.source not in unit.service(Sources).names():
        return access.explain.why(actor, data.action, data.source, data.resource, book=book)
    source = unit.service(Sources).get(data.source)
    table = None if data.resource is None else source.schema.resource(data.resource)
    if table is not None and data.field:
        table.field(data.field)
    if table is None or not data.key:
        return access.explain.why(actor, data.action, data.source, table, field=data.field or None, book=book)

    def mine(action: str, name: str) -> Decision:
        return access.decide(unit.actor, action, source.name, source.schema.resource(name))

    # The row is read as whoever asks may see it: they learn nothing from the answer that they could not read.
    with source.read() as connection:
        rows = _rows(source, connection, mine, unit.actor)
        row = rows.one(table.name, data.key, "row.list")
        return access.explain.why(
            actor, data.action, data.source, table,
            row=row, field=data.field or None, related=partial(_far, rows), book=book,
        )  # fmt: skip


def _far(rows: Rows, relation: Relation, row: Row) -> list[Row]:
    """Return the rows at the other end of *relation*, as far as whoever asks sees them."""
    if relation.through is None:
        return _matching(rows, relation.to, [(theirs, row.get(ours)) for ours, theirs in relation.pairs])
    through = relation.through
    joins = _matching(rows, through.resource, [(theirs, row.get(ours)) for ours, theirs in through.near])
    return [
        far
        for join in joins
        for far in _matching(rows, relation.to, [(theirs, join.get(ours)) for ours, theirs in through.far])
    ]


def _matching(rows: Rows, resource: str, values: list[tuple[str, Any]]) -> list[Row]:
    if any(value is None for _, value in values):
        return []
    where = And(tuple(Comparison((name,), "eq", value) for name, value in values))
    return rows.list(resource, ListRequest(where=where, limit=MOST_FAR)).rows


def _rows(source: DataSource, connection: Any, decide: Callable[[str, str], Decision], actor: Actor) -> Rows:
    return Rows(source, connection, decide, Variables(actor, datetime.now(UTC), ZoneInfo("UTC")), mask)


def _who(access: Access, data: As) -> tuple[Actor, RoleBook]:
    """Return the actor that is meant, and the roles as they would be."""
    book = access.roles.book()
    if data.role is not None:
        draft = access.roles.checked(read_role(data.role))
        book = RoleBook({**book.roles, draft.name: draft}.values())
    if data.user is None:
        held = book.closure([data.holds] if data.holds else [])
        return Actor("user:nobody-yet", name=f"somebody with the role {data.holds}", roles=held), book
    actor, user = access.actor_of_user(data.user), access.users.get(data.user)
    if actor is None:
        raise NotFound(f"{user.email} is shut out, so there is nothing that they see.")
    names = user.roles if data.holds is None or data.holds in user.roles else (*user.roles, data.holds)
    return replace(actor, roles=book.closure(names)), book


ACTIONS = (
    Action("access.preview", As, preview, "Preview as", on="resource", writes=False, icon="eye"),
    Action("access.explain", Asked, explain, "Why?", on="house", writes=False, transaction=False, icon="help"),
)
