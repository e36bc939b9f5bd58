"""Rows by their keys, and rows that refer to others: conditions that no filter asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from nexus_admin.domain.resource import Resource
from nexus_admin.language.dialects import Condition

Pairs = Sequence[tuple[str, str]]


def key_condition(table: sa.FromClause, resource: Resource, values: Mapping[str, Any]) -> Condition:
    """Return the condition that a row of *table* has the key *values*, which are by column."""
    return same_values(table, {name: values[name] for name in resource.key})


def same_values(table: sa.FromClause, values: Mapping[str, Any]) -> Condition:
    """Return the condition that a row of *table* has all of *values*, which are by column."""
    return sa.and_(*(table.c[name] == value for name, value in values.items()))


def bound_key(table: sa.FromClause, resource: Resource) -> Condition:
    """Return the condition that a row of *table* has the key whose values are bound as `k0`, `k1`, …"""
    return same_values(
        table, {name: sa.bindparam(f"k{at}", type_=table.c[name].type) for at, name in enumerate(resource.key)}
    )


def among_keys(table: sa.FromClause, columns: Sequence[str], count: int = 0) -> Condition:
    """Return the condition that *columns* of a row are among what is bound as `keys`: values, or tuples of them.

    With a *count*, one column is among so many values, each bound by itself: such a statement is compiled once.
    """
    if len(columns) == 1:
        column = table.c[columns[0]]
        if count:
            return column.in_([sa.bindparam(f"key{at}", type_=column.type) for at in range(count)])
        return column.in_(sa.bindparam("keys", expanding=True, type_=column.type))
    return sa.tuple_(*(table.c[name] for name in columns)).in_(sa.bindparam("keys", expanding=True))


def referring(pairs: Pairs, far: sa.FromClause, rows: Sequence[Mapping[str, Any]]) -> Condition:
    """Return the condition that a row of *far* refers to one of *rows*, which are raw, by *pairs* (theirs, its own)."""
    if len(pairs) == 1:
        ours, theirs = pairs[0]
        return far.c[theirs].in_([row[ours] for row in rows if row[ours] is not None])
    return sa.or_(sa.false(), *(same_values(far, {theirs: row[ours] for ours, theirs in pairs}) for row in rows))


def referring_to(pairs: Pairs, near: sa.FromClause, far: sa.FromClause, wanted: Condition) -> Condition:
    """Return the condition that a row of *far* refers to a row of *near* that satisfies *wanted*."""
    tie = same_values(far, {theirs: near.c[ours] for ours, theirs in pairs})
    return sa.exists(sa.select(sa.literal(1)).select_from(near).where(tie, wanted)).correlate(far)
