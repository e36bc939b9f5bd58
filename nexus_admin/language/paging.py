"""Pages of a sorted list as SQL: by key after a row, so that the last page costs what the first one does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.resource import Resource
from nexus_admin.language.compile import Compiler
from nexus_admin.language.dialects import Column, ordered
from nexus_admin.language.joins import Joined, Path, lower_hops
from nexus_admin.language.keyset import after, order_by
from nexus_admin.language.selecting import Question
from nexus_admin.language.shape import Shape
from nexus_admin.language.sorting import Key
from nexus_admin.language.spelled import in_time_order, is_spelled


@dataclass(frozen=True, slots=True)
class Listing:
    """A list, settled: which rows, in which order, and what of them is selected; equal ones make one statement.

    Args:
        shape: What the rows satisfy.
        keys: What sorts them.
        paths: To select, each a field or a way to one over to-one relations.
        hops: The row rule at the end of every relation that is walked to sort or show.
    """

    shape: Shape
    keys: tuple[Key, ...]
    paths: tuple[Path, ...]
    hops: tuple[tuple[Path, Shape | None], ...]


@dataclass(frozen=True, slots=True)
class Leg:
    """One stretch of a sorted list.

    Where a list is sorted by a column that takes NULL, the rows with a value come first and those
    without come after, each read by a statement of its own: both can follow an index, and no engine's
    own opinion of where NULLs belong matters.

    Args:
        keys: What orders the rows of this stretch.
        filled: Whether the first column has a value here; None where all rows are one stretch.
        nulls: Which values of the row to go on after are NULL, one for each of `keys`; None to begin at the
            stretch's end.
    """

    keys: tuple[Key, ...]
    filled: bool | None = None
    nulls: tuple[bool, ...] | None = None


@dataclass(frozen=True, slots=True)
class Paged:
    """The statement of one stretch.

    Args:
        statement: Binds `limit`, `offset` for a jump, and `c0`, `c1`, … to go on after a row.
        places: Where the values that sort the list are found in a row.
    """

    statement: sa.Select[Any]
    places: tuple[int, ...]


def settle(question: Question, shape: Shape, keys: tuple[Key, ...], paths: tuple[Path, ...]) -> Listing:
    """Return the list of what satisfies *shape*, with the rules of all that it leads to.

    Raises:
        UnknownField, BadExpression: a path is not there, may not be walked, or walks over many rows.
    """
    hops = lower_hops(question.lowering, question.resource, (*paths, *(key.path for key in keys)))
    return Listing(shape, keys, paths, tuple(hops.items()))


def legs(keys: tuple[Key, ...], nulls: tuple[bool, ...] | None = None, backwards: bool = False) -> list[Leg]:
    """Return the stretches to read, in the order of reading.

    Args:
        keys: What sorts the list.
        nulls: Which values of the row to go on after are NULL; None to begin at the beginning, or at the end backwards.
        backwards: Whether rows before that row are wanted.
    """
    if not keys or not keys[0].nullable or len(keys[0].path) > 1:
        return [Leg(keys, None, nulls)]
    filled = Leg((replace(keys[0], nullable=False), *keys[1:]), True)
    empty = Leg(keys[1:], False)
    if nulls is None:
        return [empty, filled] if backwards else [filled, empty]
    if nulls[0]:
        here = replace(empty, nulls=nulls[1:])
        return [here, filled] if backwards else [here]
    here = replace(filled, nulls=nulls)
    return [here] if backwards else [here, empty]


def page_statement(
    question: Question, listing: Listing, leg: Leg, backwards: bool = False, jump: bool = False
) -> Paged:
    """Return the statement that reads one stretch of *listing*."""
    compiler = question.compiler()
    joined = Joined(compiler, question.resource, question.table, dict(listing.hops))
    columns = [joined.column(path) for path in listing.paths]
    places, sorted_by = [], {}
    for key in listing.keys:
        column = joined.column(key.path)
        sorted_by[key.path] = value = _sorted_by(compiler, question.resource, key.path, column)
        if value is column and key.path in listing.paths:
            places.append(listing.paths.index(key.path))
        else:
            places.append(len(columns))
            columns.append(value)
    in_order = [(sorted_by[key.path], key) for key in leg.keys]
    statement = sa.select(*(column.label(f"r{at}") for at, column in enumerate(columns))).select_from(joined.source)
    statement = statement.where(compiler.of(listing.shape, question.resource, question.table))
    if leg.filled is not None:
        first = joined.column(listing.keys[0].path)
        statement = statement.where(first.is_not(None) if leg.filled else first.is_(None))
    if leg.nulls is not None:
        statement = statement.where(after(in_order, leg.nulls, backwards, compiler.dialect))
    statement = statement.order_by(*order_by(in_order, backwards, compiler.dialect))
    statement = statement.limit(sa.bindparam("limit", type_=sa.Integer))
    if jump:
        statement = statement.offset(sa.bindparam("offset", type_=sa.Integer))
    return Paged(statement, tuple(places))


def _sorted_by(compiler: Compiler, resource: Resource, path: Path, column: Column) -> Column:
    """Return what orders the rows by *column*, the end of *path*; a row number that is no field is its own order."""
    for step in path[:-1]:
        resource = compiler.schema.resource(resource.relations_by_name[step].to)
    field = resource.by_name.get(path[-1])
    if field is not None and is_spelled(field, compiler.dialect):
        return in_time_order(field, column)
    return column if field is None else ordered(field, column, compiler.dialect)
