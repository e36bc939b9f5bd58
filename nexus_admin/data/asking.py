"""The statements that read rows: compiled once for each shape of a question, run again with other values.

A row rule is part of every one of them; nothing is read first and filtered afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from nexus_admin.data.conditions import Conditions
from nexus_admin.data.cursors import Cursor, bound_to, read_cursor, write_cursor
from nexus_admin.data.ordering import Key, after, order_by, sort_keys
from nexus_admin.data.scope import Scope
from nexus_admin.domain.errors import BadRequest
from nexus_admin.domain.expression import Expression
from nexus_admin.domain.resource import Resource
from nexus_admin.domain.row import ListRequest
from nexus_admin.language.lower import Lowering
from nexus_admin.language.names import join_path
from nexus_admin.language.paths import Sight
from nexus_admin.language.shape import TRUE, Shape, all_of

Paths = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Found:
    """Raw rows of a page, and where it goes on."""

    raws: Sequence[Sequence[Any]]
    next: str | None = None
    previous: str | None = None
    sort: tuple[str, ...] = ()


class Question:
    """One question under an actor's rights: shapes with their values, and conditions made of them."""

    def __init__(self, scope: Scope, resource: Resource, action: str) -> None:
        self.scope, self.resource, self.action = scope, resource, action
        self.sight = Sight(scope.snapshot.schema, scope.decider(action, resource.name))
        self.lowering = Lowering(self.sight, scope.variables)

    def shape(self, where: Expression | None = None, search: str = "") -> Shape:
        """Return what rows must satisfy: the row rule, the filter, the search."""
        parts = [self.lowering.rule(self.resource) or TRUE]
        if where is not None:
            parts.append(self.lowering.condition(where, self.resource))
        if search.strip():
            parts.append(self.lowering.search(search, self.resource))
        return all_of(parts)

    def conditions(self, bound: bool = False) -> Conditions:
        """Return what makes conditions of shapes; *bound* ones hold their values and are for use at once."""
        snapshot = self.scope.snapshot
        values = self.lowering.values if bound else None
        return Conditions(snapshot.schema, snapshot.tables, self.scope.dialect, values)

    @property
    def values(self) -> dict[str, Any]:
        """Values to bind, by the place that shapes refer to."""
        return {f"v{place}": value for place, value in enumerate(self.lowering.values)}

    def run(self, statement: sa.Select[Any], more: Mapping[str, Any] = {}) -> Sequence[sa.Row[Any]]:
        """Run *statement* with the values of its shapes."""
        return self.scope.connection.execute(statement, {**self.values, **more}).all()


# ── a page ───────────────────────────────────────────────────────────────────────────────────


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
    limit = max(1, min(request.limit, 1000))
    if not resource.key:
        return _by_offset(question, request, paths, (shape, keys, bound, limit, sort))
    cursor = read_cursor(request.cursor, bound, len(keys)) if request.cursor else None
    backwards = cursor is not None and cursor.backwards
    statement, places = _page_statement(question, shape, keys, paths, cursor, bool(request.offset))
    given = {f"c{number}": value for number, value in enumerate(cursor.values)} if cursor else {}
    rows = list(question.run(statement, {**given, "limit": limit + 1, **_jump(request)}))
    more = len(rows) > limit
    del rows[limit:]
    if backwards:
        rows.reverse()
    ends = (more, cursor is not None or request.offset > 0) if not backwards else (True, more)
    marks = [
        write_cursor(Cursor(tuple(rows[at][one] for one in places), at == 0), bound) if rows else "" for at in (-1, 0)
    ]
    return Found(rows, marks[0] if ends[0] and rows else None, marks[1] if ends[1] and rows else None, sort)


def _jump(request: ListRequest) -> dict[str, int]:
    return {"offset": request.offset} if request.offset else {}


def _by_offset(question: Question, request: ListRequest, paths: Paths, made: tuple[Any, ...]) -> Found:
    """Page rows that cannot be told apart: by counting them off."""
    shape, keys, bound, limit, sort = made
    start = request.offset
    if request.cursor:
        (place,) = read_cursor(request.cursor, bound, 1).values
        if not isinstance(place, int) or not 0 <= place < 2**31:
            raise BadRequest("The cursor cannot be read. Begin with the first page.")
        start = place
    statement, _ = _page_statement(question, shape, keys, paths, None, True)
    rows = list(question.run(statement, {"limit": limit + 1, "offset": start}))
    more = len(rows) > limit
    del rows[limit:]
    return Found(
        rows,
        write_cursor(Cursor((start + limit,)), bound) if more else None,
        write_cursor(Cursor((max(0, start - limit),)), bound) if start else None,
        sort,
    )


def _page_statement(
    question: Question, shape: Shape, keys: tuple[Key, ...], paths: Paths, cursor: Cursor | None, jump: bool
) -> tuple[sa.Select[Any], tuple[int, ...]]:
    """Return the statement of a page and the places of the sort's columns; made once for each shape."""
    nulls = tuple(value is None for value in cursor.values) if cursor else None
    backwards = cursor.backwards if cursor else False
    name = question.resource.name
    hops = _hops(question, keys, paths)
    cached = ("page", name, shape, keys, paths, nulls, backwards, jump, tuple(hops.items()))

    def make() -> tuple[sa.Select[Any], tuple[int, ...]]:
        conditions = question.conditions()
        table = question.scope.table(name)
        joined = _Joined(conditions, question.resource, table, hops)
        wanted = dict.fromkeys(paths)
        wanted |= dict.fromkeys(key.path for key in keys)
        places = tuple(list(wanted).index(key.path) for key in keys)
        columns = [joined.column(path) for path in wanted]
        ordered = [(joined.column(key.path), key) for key in keys]
        statement = sa.select(*(one.label(f"r{at}") for at, one in enumerate(columns))).select_from(joined.source)
        statement = statement.where(conditions.of(shape, question.resource, table))
        if nulls is not None:
            statement = statement.where(after(ordered, nulls, backwards))
        statement = statement.order_by(*order_by(ordered, backwards, question.scope.dialect))
        statement = statement.limit(sa.bindparam("limit", type_=sa.Integer))
        return (statement.offset(sa.bindparam("offset", type_=sa.Integer)) if jump else statement), places

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


# ── other questions ──────────────────────────────────────────────────────────────────────────


def one(scope: Scope, resource: Resource, action: str, segment: str, paths: Paths) -> Sequence[Any] | None:
    """Return one raw row that *action* reaches, or None."""
    key = scope.key(resource.name, segment)
    question = Question(scope, resource, action)
    shape = question.shape()
    table = scope.table(resource.name)

    def make() -> sa.Select[Any]:
        wanted = sa.select(*(table.c[path[0]].label(f"r{at}") for at, path in enumerate(paths)))
        ties = [table.c[name] == sa.bindparam(f"k{at}", type_=table.c[name].type) for at, name in enumerate(key)]
        return wanted.select_from(table).where(*ties, question.conditions().of(shape, resource, table))

    statement = scope.snapshot.once(("one", resource.name, shape, paths), make)
    rows = question.run(statement, {f"k{at}": value for at, value in enumerate(key.values())})
    return rows[0] if rows else None


def total(scope: Scope, resource: Resource, request: ListRequest, cap: int | None) -> int:
    """Count rows; with a cap, one more than that at most."""
    question = Question(scope, resource, "row.list")
    shape = question.shape(request.where, request.search)
    table = scope.table(resource.name)

    def make() -> sa.Select[Any]:
        where = question.conditions().of(shape, resource, table)
        if cap is None:
            return sa.select(sa.func.count()).select_from(table).where(where)
        some = sa.select(sa.literal(1).label("one")).select_from(table).where(where).limit(cap + 1).subquery()
        return sa.select(sa.func.count()).select_from(some)

    return int(question.run(scope.snapshot.once(("total", resource.name, shape, cap), make))[0][0])


def by_columns(
    scope: Scope, resource: Resource, columns: tuple[str, ...], keys: Sequence[tuple[Any, ...]], wanted: tuple[str, ...]
) -> Sequence[Sequence[Any]]:
    """Return *columns* and *wanted* of the rows that have one of the *keys* there, as far as they may be listed."""
    question = Question(scope, resource, "row.list")
    shape = question.shape()
    table = scope.table(resource.name)

    def make() -> sa.Select[Any]:
        statement = sa.select(*(table.c[name].label(f"r{at}") for at, name in enumerate((*columns, *wanted))))
        tie = sa.tuple_(*(table.c[name] for name in columns)) if len(columns) > 1 else table.c[columns[0]]
        kind = None if len(columns) > 1 else table.c[columns[0]].type
        among = tie.in_(sa.bindparam("keys", expanding=True, type_=kind))
        return statement.select_from(table).where(among, question.conditions().of(shape, resource, table))

    statement = scope.snapshot.once(("keys", resource.name, shape, columns, wanted), make)
    return question.run(statement, {"keys": list(keys) if len(columns) > 1 else [key[0] for key in keys]})


def matching(
    scope: Scope, resource: Resource, text: str, limit: int, columns: tuple[str, ...]
) -> Sequence[Sequence[Any]]:
    """Return the key and *columns* of rows that contain the words of *text*, in the resource's order."""
    question = Question(scope, resource, "row.list")
    shape = question.shape(search=text)
    keys = sort_keys(question.sight, resource, ())
    paths = tuple(dict.fromkeys((name,) for name in (*resource.key, *columns)))
    statement, _ = _page_statement(question, shape, keys, paths, None, False)
    places = [paths.index((name,)) for name in (*resource.key, *columns)]
    return [[row[place] for place in places] for row in question.run(statement, {"limit": limit})]


def rule(scope: Scope, resource: Resource, action: str, table: sa.FromClause) -> sa.ColumnElement[bool] | None:
    """Return the row rule of *action* as a condition on *table* with its values in it; None for every row."""
    question = Question(scope, resource, action)
    shape = question.lowering.rule(resource)
    if shape is None:
        return None
    return question.conditions(bound=True).of(shape, resource, table)
