"""Pages of a list: by key after a cursor, so that the last page costs what the first one does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from nexus_admin.data.asking import Paths, Question
from nexus_admin.data.conditions import Conditions
from nexus_admin.data.cursors import Cursor, bound_to, read_cursor, write_cursor
from nexus_admin.data.ordering import Key, after, order_by, sort_keys
from nexus_admin.data.scope import Scope
from nexus_admin.domain.errors import BadRequest
from nexus_admin.domain.resource import Resource
from nexus_admin.domain.row import ListRequest
from nexus_admin.language.names import join_path
from nexus_admin.language.shape import Shape


@dataclass(frozen=True, slots=True)
class Found:
    """Raw rows of a page, and where it goes on."""

    raws: Sequence[Sequence[Any]]
    next: str | None = None
    previous: str | None = None
    sort: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Leg:
    """One stretch of a sorted list.

    Where a list is sorted by a column that takes NULL, the rows with a value come first and those
    without come after, each read by a statement of its own: both can follow an index, and no engine's
    own opinion of where NULLs belong matters.

    Args:
        keys: What orders the rows of this stretch.
        filled: Whether the first column has a value here; None where all rows are one stretch.
        nulls: Which values of the cursor are NULL, one for each of `keys`; None to begin at the stretch's end.
    """

    keys: tuple[Key, ...]
    filled: bool | None = None
    nulls: tuple[bool, ...] | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    """A list, settled: what it selects, how it is sorted, and what its cursors are bound to."""

    question: Question
    shape: Shape
    keys: tuple[Key, ...]
    paths: Paths
    bound: str
    limit: int

    @property
    def places(self) -> tuple[int, ...]:
        """Places of the sort's columns among those that are selected."""
        wanted = list(dict.fromkeys((*self.paths, *(key.path for key in self.keys))))
        return tuple(wanted.index(key.path) for key in self.keys)


def page(scope: Scope, resource: Resource, request: ListRequest, paths: Paths) -> Found:
    """Return raw rows of one page: by key after a cursor, by offset where rows have no key or a jump is asked for.

    Raises:
        UnknownField, BadExpression: the sort or filter names what is not there, or not for this actor.
        BadRequest: the cursor is not ours, or belongs to another question.
    """
    question = Question(scope, resource, "row.list")
    shape = question.shape(request.where, request.search)
    keys = sort_keys(question.sight, resource, request.sort)
    sort = tuple(f"-{join_path(key.path)}" if key.down else join_path(key.path) for key in keys)
    bound = bound_to(resource.name, sort, shape, [repr(value) for value in question.lowering.values])
    asked = _Asked(question, shape, keys, paths, bound, max(1, min(request.limit, 1000)))
    if not resource.key or request.offset:
        return replace(_by_offset(asked, request), sort=sort)
    cursor = read_cursor(request.cursor, bound, len(keys)) if request.cursor else None
    return replace(_by_key(asked, cursor), sort=sort)


def first_rows(scope: Scope, resource: Resource, shape_of: str, limit: int, paths: Paths) -> Sequence[Sequence[Any]]:
    """Return the first rows that contain the words of *shape_of*, in the resource's own order."""
    question = Question(scope, resource, "row.list")
    shape = question.shape(search=shape_of)
    keys = sort_keys(question.sight, resource, ())
    return _by_key(_Asked(question, shape, keys, paths, "", limit), None).raws


def _by_key(asked: _Asked, cursor: Cursor | None) -> Found:
    backwards = cursor is not None and cursor.backwards
    rows: list[Sequence[Any]] = []
    for leg in _legs(asked.keys, cursor):
        wanted = asked.limit + 1 - len(rows)
        if wanted > 0:
            given = {}
            if cursor is not None and leg.nulls is not None:
                values = cursor.values[len(cursor.values) - len(leg.keys) :]
                given = {f"c{at}": value for at, value in enumerate(values)}
            rows += asked.question.run(_statement(asked, leg, backwards, False), {**given, "limit": wanted})
    more = len(rows) > asked.limit
    del rows[asked.limit :]
    if backwards:
        rows.reverse()
    if not rows:
        return Found(rows)
    following, earlier = (True, more) if backwards else (more, cursor is not None)
    return Found(
        rows, _mark(asked, rows[-1], False) if following else None, _mark(asked, rows[0], True) if earlier else None
    )


def _mark(asked: _Asked, row: Sequence[Any], backwards: bool) -> str:
    return write_cursor(Cursor(tuple(row[place] for place in asked.places), backwards), asked.bound)


def _legs(keys: tuple[Key, ...], cursor: Cursor | None) -> list[Leg]:
    """Return the stretches to read, in the order of reading."""
    nulls = tuple(value is None for value in cursor.values) if cursor else None
    if not keys or not keys[0].nullable or len(keys[0].path) > 1:
        return [Leg(keys, None, nulls)]
    filled = Leg((replace(keys[0], nullable=False), *keys[1:]), True)
    empty = Leg(keys[1:], False)
    if cursor is None or nulls is None:
        return [filled, empty]
    if nulls[0]:
        here = replace(empty, nulls=nulls[1:])
        return [here, filled] if cursor.backwards else [here]
    here = replace(filled, nulls=nulls)
    return [here] if cursor.backwards else [here, empty]


def _by_offset(asked: _Asked, request: ListRequest) -> Found:
    """Page by counting rows off: the way of tables without a key, and of jumps."""
    start, keyed = request.offset, bool(asked.question.resource.key)
    if request.cursor:
        (place,) = read_cursor(request.cursor, asked.bound, 1).values
        if not isinstance(place, int) or not 0 <= place < 2**31:
            raise BadRequest("The cursor cannot be read. Begin with the first page.")
        start = place
    statement = _statement(asked, Leg(asked.keys), False, True)
    rows = list(asked.question.run(statement, {"limit": asked.limit + 1, "offset": start}))
    more = len(rows) > asked.limit
    del rows[asked.limit :]
    if keyed and rows:
        return Found(rows, _mark(asked, rows[-1], False) if more else None, _mark(asked, rows[0], True))
    following = write_cursor(Cursor((start + asked.limit,)), asked.bound) if more else None
    return Found(rows, following, write_cursor(Cursor((max(0, start - asked.limit),)), asked.bound) if start else None)


def _statement(asked: _Asked, leg: Leg, backwards: bool, jump: bool) -> sa.Select[Any]:
    """Return the statement of one stretch; made once for each shape of a list."""
    question, name = asked.question, asked.question.resource.name
    hops = _hops(question, asked.keys, asked.paths)
    cached = ("page", name, asked.shape, asked.keys, leg, asked.paths, backwards, jump, tuple(hops.items()))

    def make() -> sa.Select[Any]:
        conditions = question.conditions()
        table = question.scope.table(name)
        joined = _Joined(conditions, question.resource, table, hops)
        wanted = dict.fromkeys((*asked.paths, *(key.path for key in asked.keys)))
        columns = [joined.column(path).label(f"r{at}") for at, path in enumerate(wanted)]
        ordered = [(joined.column(key.path), key) for key in leg.keys]
        statement = sa.select(*columns).select_from(joined.source)
        statement = statement.where(conditions.of(asked.shape, question.resource, table))
        if leg.filled is not None:
            first = joined.column(asked.keys[0].path)
            statement = statement.where(first.is_not(None) if leg.filled else first.is_(None))
        if leg.nulls is not None:
            statement = statement.where(after(ordered, leg.nulls, backwards, question.scope.dialect))
        statement = statement.order_by(*order_by(ordered, backwards, question.scope.dialect))
        statement = statement.limit(sa.bindparam("limit", type_=sa.Integer))
        return statement.offset(sa.bindparam("offset", type_=sa.Integer)) if jump else statement

    return question.scope.snapshot.once(cached, make)


Hops = dict[tuple[str, ...], Shape | None]


def _hops(question: Question, keys: tuple[Key, ...], paths: Paths) -> Hops:
    """Return the row rule at the end of every to-one relation that is walked to sort or show."""
    hops: Hops = {}
    for path in (*paths, *(key.path for key in keys)):
        resource = question.resource
        for depth in range(1, len(path)):
            relation = question.sight.relation(resource, path[depth - 1])
            if path[:depth] not in hops:
                hops[path[:depth]] = question.lowering.hop(relation)[1]
            resource = question.sight.far(relation)
    return hops


class _Joined:
    """A table with what its to-one relations lead to, each joined once and under its row rule."""

    def __init__(self, conditions: Conditions, resource: Resource, table: sa.Table, hops: Hops) -> None:
        self.source: sa.FromClause = table
        self._tables: dict[tuple[str, ...], tuple[Resource, sa.FromClause]] = {(): (resource, table)}
        for path, rule in hops.items():
            near_resource, near = self._tables[path[:-1]]
            relation = near_resource.relation(path[-1])
            far_resource, far = conditions.schema.resource(relation.to), conditions.alias(relation.to)
            on = conditions.tie(relation, near, far)
            if rule is not None:
                on = sa.and_(on, conditions.of(rule, far_resource, far))
            self.source = self.source.outerjoin(far, on)
            self._tables[path] = far_resource, far

    def column(self, path: tuple[str, ...]) -> sa.ColumnElement[Any]:
        """Return the column at the end of *path*."""
        return self._tables[path[:-1]][1].c[path[-1]]
