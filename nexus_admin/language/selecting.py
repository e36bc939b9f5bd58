"""Rows of one resource as SQL: every statement that reads them is made here, with the row rule in it.

Statements hold open places for their values, so that one is made for each shape of a question and kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from nexus_admin.domain.expression import Expression
from nexus_admin.domain.resource import Resource
from nexus_admin.language.compile import Compiler, Tables
from nexus_admin.language.dialects import Condition
from nexus_admin.language.formula_columns import stored_columns
from nexus_admin.language.joins import Joined, Path, lower_hops
from nexus_admin.language.keys import among_keys, bound_key
from nexus_admin.language.lower import Lowering
from nexus_admin.language.paths import Sight
from nexus_admin.language.shape import FALSE, TRUE, Shape, all_of
from nexus_admin.language.variables import Variables


class Question:
    """One question about rows under an actor's rights: its shapes with their values, and statements made of them.

    Args:
        sight: The schema, and whose rights it is seen with.
        resource: What is asked about.
        variables: Of whoever asks.
        tables: By resource name.
    """

    def __init__(self, sight: Sight, resource: Resource, variables: Variables, tables: Tables) -> None:
        self.sight, self.resource, self.tables = sight, resource, tables
        self.lowering = Lowering(sight, variables)
        self.table = tables[resource.name]

    def shape(self, where: Expression | None = None, search: str = "") -> Shape:
        """Return what rows must satisfy: the row rule, the filter, the search.

        Raises:
            UnknownField, UnknownOperator, BadExpression: as lowering.
        """
        parts = [self.lowering.rule(self.resource) or TRUE]
        if where is not None:
            parts.append(self.lowering.condition(where, self.resource))
        if search.strip():
            parts.append(self.lowering.search(search, self.resource))
        return all_of(parts)

    @property
    def values(self) -> dict[str, Any]:
        """Values to bind, by the place that shapes refer to."""
        return {f"v{place}": value for place, value in enumerate(self.lowering.values)}

    def compiler(self, bound: bool = False) -> Compiler:
        """Return what makes conditions of shapes; *bound* ones hold their values and are for use at once."""
        schema = self.sight.schema
        return Compiler(schema, self.tables, schema.dialect, self.lowering.values if bound else None)

    def rule(self, table: sa.FromClause) -> Condition | None:
        """Return the row rule as a condition on *table* with its values in it; None for every row."""
        shape = self.lowering.rule(self.resource)
        return None if shape is None else self.compiler(bound=True).of(shape, self.resource, table)

    def where(self, shape: Shape) -> Condition:
        """Return *shape* as a condition on the resource's own table, its values open."""
        return self.compiler().of(shape, self.resource, self.table)

    def hops(self, paths: Iterable[Path]) -> tuple[tuple[Path, Shape | None], ...]:
        """Return the row rules on the way to *paths*: part of what tells one statement from another."""
        return tuple(lower_hops(self.lowering, self.resource, paths).items())

    def row(
        self, shape: Shape, paths: tuple[Path, ...], hops: tuple[tuple[Path, Shape | None], ...] = ()
    ) -> sa.Select[Any]:
        """Select the columns *paths* of the row whose key is bound as `k0`, `k1`, …"""
        compiler = self.compiler()
        joined = Joined(compiler, self.resource, self.table, dict(hops))
        wanted = [joined.column(path).label(f"r{at}") for at, path in enumerate(paths)]
        key = bound_key(self.table, self.resource)
        return sa.select(*wanted).select_from(joined.source).where(key, compiler.of(shape, self.resource, self.table))

    def held(self, shape: Shape, lock: bool = False) -> sa.Select[Any]:
        """Select every column of the row whose key is bound as `k0`, `k1`, …, and then 1 if it satisfies *shape*.

        With *lock* it stays as it is until the transaction ends.
        """
        yes: sa.ColumnElement[int] = sa.literal_column("1", sa.Integer)
        no: sa.ColumnElement[int] = sa.literal_column("0", sa.Integer)
        within = yes if shape is TRUE else no if shape is FALSE else sa.case((self.where(shape), yes), else_=no)
        columns = (column.label(f"r{at}") for at, column in enumerate(stored_columns(self.table)))
        statement = sa.select(*columns, within.label("within")).where(bound_key(self.table, self.resource))
        return statement.with_for_update() if lock else statement

    def total(self, shape: Shape, cap: int | None) -> sa.Select[Any]:
        """Count rows; with a cap, one more than that at most."""
        number, compiler = sa.func.count(), self.compiler()
        where = compiler.of(shape, self.resource, self.table)
        if cap is None:
            return sa.select(number).select_from(self.table).where(where)
        one: sa.ColumnElement[int] = sa.literal_column("1")
        some = sa.select(one.label("one")).select_from(self.table).where(where).limit(cap + 1)
        return sa.select(number).select_from(some.subquery(compiler.name()))

    def among(self, shape: Shape, columns: tuple[str, ...], wanted: tuple[str, ...], count: int = 0) -> sa.Select[Any]:
        """Select *columns* and *wanted* of the rows whose *columns* are among what is bound as `keys`.

        With a *count*, which only one column may have, among as many values that are bound as `key0`, `key1`, …
        """
        selected = (self.table.c[name].label(f"r{at}") for at, name in enumerate((*columns, *wanted)))
        tied = among_keys(self.table, columns, count)
        return sa.select(*selected).select_from(self.table).where(tied, self.where(shape))

    def frequent(self, shape: Shape, name: str, looked_at: int) -> sa.Select[Any]:
        """Select the most frequent values of a field with their counts, among the first *looked_at* rows."""
        compiler = self.compiler()
        some = sa.select(self.table.c[name].label("value")).select_from(self.table)
        some = some.where(compiler.of(shape, self.resource, self.table)).limit(looked_at)
        inner = some.subquery(compiler.name())
        number = sa.func.count().label("number")
        statement = sa.select(inner.c.value, number).group_by(inner.c.value)
        statement = statement.order_by(number.desc(), inner.c.value)
        return statement.limit(sa.bindparam("limit", type_=sa.Integer))


def key_values(resource: Resource, key: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a key as `Question.row` binds them."""
    return {f"k{at}": key[name] for at, name in enumerate(resource.key)}
