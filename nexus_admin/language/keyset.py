"""The order of a list as SQL, and the condition that a row comes after another one in that order."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from nexus_admin.language.dialects import Column, Condition
from nexus_admin.language.sorting import Key

Ordered = Sequence[tuple[Column, Key]]


def order_by(ordered: Ordered, backwards: bool, dialect: str) -> list[Column]:
    """Return the ORDER BY; read backwards, all of it is turned round."""
    made: list[Column] = []
    for column, key in ordered:
        down = key.down != backwards
        directed: Column = column.desc() if down else column.asc()
        if key.nullable and dialect == "mysql":
            made.append(column.is_(None).desc() if backwards else column.is_(None).asc())
        elif key.nullable:
            directed = directed.nulls_first() if backwards else directed.nulls_last()
        made.append(directed)
    return made


def after(ordered: Ordered, nulls: tuple[bool, ...], backwards: bool, dialect: str) -> Condition:
    """Return the condition that a row comes after the one whose sort values are bound as `c0`, `c1`, …

    Args:
        ordered: Columns and what they are sorted by.
        nulls: Which of the bound values are NULL.
        backwards: Whether rows before it are wanted.
        dialect: Of the source, plain.
    """
    binds = [sa.bindparam(f"c{at}", type_=column.type) for at, (column, _) in enumerate(ordered)]
    plain = not any(nulls) and not any(key.nullable for _, key in ordered)
    if plain and len({key.down for _, key in ordered}) == 1:
        down = ordered[0][1].down != backwards
        if len(ordered) == 1:
            return ordered[0][0] < binds[0] if down else ordered[0][0] > binds[0]
        if dialect != "mysql":  # it reads every row for a comparison of tuples
            here, there = sa.tuple_(*(column for column, _ in ordered)), sa.tuple_(*binds)
            return here < there if down else here > there
    ways: list[Condition] = []
    same: list[Condition] = []
    for (column, key), bind, null in zip(ordered, binds, nulls, strict=True):
        beyond = _beyond(column, key, bind, null, backwards)
        if beyond is not None:
            ways.append(sa.and_(*same, beyond))
        same.append(column.is_(None) if null else column == bind)
    return sa.and_(sa.or_(sa.false(), *ways), _bound(ordered[0], binds[0], backwards))


def _bound(first: tuple[Column, Key], bind: Column, backwards: bool) -> Condition:
    """Return what the first column says by itself: an index can begin there."""
    column, key = first
    if key.nullable:
        return sa.true()
    return column <= bind if key.down != backwards else column >= bind


def _beyond(column: Column, key: Key, bind: Column, null: bool, backwards: bool) -> Condition | None:
    if null:
        return column.is_not(None) if backwards else None
    passed = column < bind if key.down != backwards else column > bind
    return sa.or_(passed, column.is_(None)) if key.nullable and not backwards else passed
