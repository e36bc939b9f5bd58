"""The statements that read rows: compiled once for each shape of a question, run again with other values.

A row rule is part of every one of them; nothing is read first and filtered afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from nexus_admin.data.conditions import Conditions
from nexus_admin.data.scope import Scope
from nexus_admin.domain.expression import Expression
from nexus_admin.domain.resource import Resource
from nexus_admin.domain.row import ListRequest
from nexus_admin.language.lower import Lowering
from nexus_admin.language.paths import Sight
from nexus_admin.language.shape import TRUE, Shape, all_of

Paths = tuple[tuple[str, ...], ...]


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


def rule(scope: Scope, resource: Resource, action: str, table: sa.FromClause) -> sa.ColumnElement[bool] | None:
    """Return the row rule of *action* as a condition on *table* with its values in it; None for every row."""
    question = Question(scope, resource, action)
    shape = question.lowering.rule(resource)
    if shape is None:
        return None
    return question.conditions(bound=True).of(shape, resource, table)
