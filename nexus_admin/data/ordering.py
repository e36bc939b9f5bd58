"""The order of a list: what it is sorted by, ties broken by the key, and what comes after a row of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from nexus_admin.domain.errors import BadExpression
from nexus_admin.domain.kinds import family
from nexus_admin.domain.resource import Resource
from nexus_admin.language.names import join_path, split_path
from nexus_admin.language.paths import Sight

MOST_KEYS = 8
_SORTABLE = frozenset({"text", "number", "date", "datetime", "time", "boolean", "choice"})


@dataclass(frozen=True, slots=True)
class Key:
    """One thing to sort by. NULLs come last, whichever way it runs."""

    path: tuple[str, ...]
    down: bool = False
    nullable: bool = True


Ordered = Sequence[tuple[sa.ColumnElement[Any], Key]]


def sort_keys(sight: Sight, resource: Resource, asked: tuple[str, ...]) -> tuple[Key, ...]:
    """Return what to sort by: what is asked for, else the resource's own order; the key breaks ties.

    Raises:
        UnknownField: a path is not there, or not for this actor.
        BadExpression: too much is asked for, or what has no order.
    """
    if len(asked) > MOST_KEYS:
        raise BadExpression(f"A list is sorted by at most {MOST_KEYS} fields.")
    keys: dict[tuple[str, ...], Key] = {}
    for text in asked or tuple(one for one in resource.sort if sight.reads(resource.name, (one.lstrip("-"),))):
        down = text.startswith("-")
        path = split_path(text.removeprefix("-")) if text.removeprefix("-") not in resource.by_name else (text[down:],)
        way = sight.way(resource, path)
        if family(way.field.kind) not in _SORTABLE or way.field.secret:
            raise BadExpression(f"{join_path(path)} ({way.field.kind}) has no order to sort by.")
        keys.setdefault(path, Key(path, down, way.field.nullable or len(path) > 1))
    down = next(iter(keys.values())).down if keys else False
    for name in resource.key:
        keys.setdefault((name,), Key((name,), down, nullable=False))
    return tuple(keys.values())


def order_by(ordered: Ordered, backwards: bool, dialect: str) -> list[sa.ColumnElement[Any]]:
    """Return the ORDER BY; read backwards, all of it is turned round."""
    made: list[sa.ColumnElement[Any]] = []
    for column, key in ordered:
        down = key.down != backwards
        directed: sa.ColumnElement[Any] = column.desc() if down else column.asc()
        if key.nullable and dialect == "mysql":
            made.append(column.is_(None).desc() if backwards else column.is_(None).asc())
        elif key.nullable:
            directed = directed.nulls_first() if backwards else directed.nulls_last()
        made.append(directed)
    return made


def after(ordered: Ordered, nulls: tuple[bool, ...], backwards: bool, dialect: str) -> sa.ColumnElement[bool]:
    """Return the condition that a row comes after the one whose sort values are bound as `c0`, `c1`, …

    Args:
        ordered: Columns and what they are sorted by.
        nulls: Which of the bound values are NULL.
        backwards: Whether rows before it are wanted.
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
    ways: list[sa.ColumnElement[bool]] = []
    same: list[sa.ColumnElement[bool]] = []
    for (column, key), bind, null in zip(ordered, binds, nulls, strict=True):
        beyond = _beyond(column, key, bind, null, backwards)
        if beyond is not None:
            ways.append(sa.and_(*same, beyond))
        same.append(column.is_(None) if null else column == bind)
    return sa.and_(sa.or_(sa.false(), *ways), _bound(ordered[0], binds[0], backwards))


def _bound(
    first: tuple[sa.ColumnElement[Any], Key], bind: sa.BindParameter[Any], backwards: bool
) -> sa.ColumnElement[bool]:
    """Return what the first column says by itself: an index can begin there."""
    column, key = first
    if key.nullable:
        return sa.true()
    return column <= bind if key.down != backwards else column >= bind


def _beyond(
    column: sa.ColumnElement[Any], key: Key, bind: sa.BindParameter[Any], null: bool, backwards: bool
) -> sa.ColumnElement[bool] | None:
    if null:
        return column.is_not(None) if backwards else None
    passed = column < bind if key.down != backwards else column > bind
    return sa.or_(passed, column.is_(None)) if key.nullable and not backwards else passed
