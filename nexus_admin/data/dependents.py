"""Rows that hang on another row by declared foreign keys, and what the database does with them when it goes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from nexus_admin.data.scope import Scope
from nexus_admin.domain.resource import Resource

Effect = Literal["delete", "set null", "set default", "block"]

_EFFECTS: dict[str, Effect] = {
    "cascade": "delete", "set null": "set null", "set default": "set default",
    "restrict": "block", "no action": "block",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Way:
    """A foreign key that leads here from another table.

    Args:
        name: The relation that it belongs to, as the row that goes has it.
        pairs: Pairs (our column, their column).
        near: The resource of the row that goes.
        far: The resource of the rows that hang on it.
        effect: What happens to those.
    """

    name: str
    pairs: tuple[tuple[str, str], ...]
    near: Resource
    far: Resource
    effect: Effect


def ways_to(scope: Scope, resource: Resource) -> Iterator[Way]:
    """Return the declared foreign keys that point at *resource*, those of join tables too."""
    seen = set()
    for relation in resource.relations:
        if not relation.many or not relation.declared:
            continue
        to, pairs = relation.to, relation.pairs
        if relation.through is not None:
            to, pairs = relation.through.resource, relation.through.near
        if pairs and (to, frozenset(pairs)) not in seen:
            seen.add((to, frozenset(pairs)))
            yield Way(relation.name, pairs, resource, scope.resource(to), _EFFECTS[relation.on_delete])


def rows_on(way: Way, far: sa.FromClause, parents: Sequence[dict[str, Any]]) -> sa.ColumnElement[bool]:
    """Return the condition that a row of *far* hangs on one of *parents*, which are raw rows."""
    pairs = way.pairs
    if len(pairs) == 1:
        ours, theirs = pairs[0]
        return far.c[theirs].in_([row[ours] for row in parents if row[ours] is not None])
    return sa.or_(sa.false(), *(sa.and_(*(far.c[theirs] == row[ours] for ours, theirs in pairs)) for row in parents))


def hanging(
    way: Way, near: sa.FromClause, far: sa.FromClause, parent: sa.ColumnElement[bool]
) -> sa.ColumnElement[bool]:
    """Return the condition that a row of *far* hangs on a row of *near* that satisfies *parent*."""
    tie = sa.and_(*(far.c[theirs] == near.c[ours] for ours, theirs in way.pairs))
    return sa.exists(sa.select(sa.literal(1)).select_from(near).where(tie, parent)).correlate(far)
