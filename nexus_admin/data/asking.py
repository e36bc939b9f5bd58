"""Asking the database: a statement is made once for each shape of a question, kept, and run with other values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import sqlalchemy as sa

from nexus_admin.data.scope import Scope
from nexus_admin.domain.resource import Resource
from nexus_admin.domain.row import ListRequest
from nexus_admin.language.dialects import Condition
from nexus_admin.language.keys import bound_key
from nexus_admin.language.paths import Sight
from nexus_admin.language.prepared import Prepared, Rows
from nexus_admin.language.selecting import Question, key_values
from nexus_admin.language.shape import TRUE, Shape

Paths = tuple[tuple[str, ...], ...]
MOST_BOUND = 256
"""Keys that are bound each by itself; more are bound together, by a statement that is filled in anew each time."""


def question(scope: Scope, resource: Resource, action: str) -> Question:
    """Return a question about the rows that *action* reaches."""
    sight = Sight(scope.snapshot.schema, scope.decider(action, resource.name))
    return Question(sight, resource, scope.variables, scope.snapshot.tables)


def reach(scope: Scope, resource: Resource, action: str) -> tuple[Shape, Mapping[str, Any]]:
    """Return what the rows satisfy that *action* reaches, with its values; settled once where it hangs on nobody."""
    known = scope.decision(action, resource.name).fingerprint
    key = ("reach", resource.name, known)
    if known and key in scope.snapshot.derived:
        return cast("tuple[Shape, Mapping[str, Any]]", scope.snapshot.derived[key])
    asked = question(scope, resource, action)
    found = asked.shape(), asked.values
    return scope.snapshot.once(key, lambda: found) if known and not asked.lowering.varies else found


def run(scope: Scope, asked: Question, statement: Prepared, more: Mapping[str, Any] = {}) -> Rows:
    """Run *statement* with the values of the question's shapes."""
    return statement.rows(scope.connection, {**asked.values, **more})


def kept(scope: Scope, key: tuple[Any, ...], make: Callable[[], Any]) -> Prepared:
    """Return the statement that *make* returned the first time that *key* was asked for."""
    return scope.snapshot.once(key, lambda: Prepared(make()))


def one(scope: Scope, resource: Resource, action: str, segment: str, paths: Paths) -> Sequence[Any] | None:
    """Return one raw row that *action* reaches, or None."""
    key = scope.key(resource.name, segment)
    if any(len(path) > 1 for path in paths):
        asked = question(scope, resource, action)
        shape, hops = asked.shape(), asked.hops(paths)
        values: Mapping[str, Any] = asked.values
    else:
        (shape, values), hops = reach(scope, resource, action), ()
    statement = kept(
        scope,
        ("one", resource.name, shape, paths, hops),
        lambda: question(scope, resource, action).row(shape, paths, hops),
    )
    rows = statement.rows(scope.connection, {**values, **key_values(resource, key)})
    return rows[0] if rows else None


def held(scope: Scope, resource: Resource, action: str, segment: str, lock: bool) -> Sequence[Any] | None:
    """Return the whole raw row with this key, whoever asks, and 1 behind it if *action* reaches it; None if none is.

    Where *action* is empty nobody's rights are asked, and it is 1.
    """
    key = scope.key(resource.name, segment)
    shape, values = reach(scope, resource, action) if action else (TRUE, {})
    statement = kept(
        scope, ("held", resource.name, shape, lock), lambda: question(scope, resource, action).held(shape, lock)
    )
    rows = statement.rows(scope.connection, {**values, **key_values(resource, key)})
    return rows[0] if rows else None


def change(scope: Scope, resource: Resource, segment: str, raws: Mapping[str, Any]) -> int:
    """Write raw values by column over the row with this key; return whether there was one, as 1 or 0."""
    table, columns = scope.table(resource.name), tuple(raws)
    statement = kept(scope, ("change", resource.name, columns), lambda: _changing(table, resource, columns))
    given = {f"v{at}": raw for at, raw in enumerate(raws.values())}
    return statement.change(scope.connection, {**given, **key_values(resource, scope.key(resource.name, segment))})


def _changing(table: sa.Table, resource: Resource, columns: tuple[str, ...]) -> sa.Update:
    bound: dict[Any, Any] = {table.c[name]: sa.bindparam(f"v{at}") for at, name in enumerate(columns)}
    return sa.update(table).where(bound_key(table, resource)).values(bound)


def total(scope: Scope, resource: Resource, request: ListRequest, cap: int | None) -> int:
    """Count rows; with a cap, one more than that at most."""
    asked = question(scope, resource, "row.list")
    shape = asked.shape(request.where, request.search)
    statement = kept(scope, ("total", resource.name, shape, cap), lambda: asked.total(shape, cap))
    return int(run(scope, asked, statement)[0][0])


def frequent(scope: Scope, resource: Resource, name: str, looked_at: int, limit: int) -> Sequence[Sequence[Any]]:
    """Return the raw values of a field with their counts, most frequent first, among the first rows."""
    asked = question(scope, resource, "row.list")
    shape = asked.shape()
    key = ("frequent", resource.name, shape, name, looked_at)
    return run(scope, asked, kept(scope, key, lambda: asked.frequent(shape, name, looked_at)), {"limit": limit})


def by_columns(
    scope: Scope, resource: Resource, columns: tuple[str, ...], keys: Sequence[tuple[Any, ...]], wanted: tuple[str, ...]
) -> Sequence[Sequence[Any]]:
    """Return *columns* and *wanted* of the rows that have one of the *keys* there, as far as they may be listed."""
    if not keys:
        return ()
    shape, values = reach(scope, resource, "row.list")
    count = 1 << (len(keys) - 1).bit_length() if len(columns) == 1 and len(keys) <= MOST_BOUND else 0
    statement = kept(
        scope,
        ("keys", resource.name, shape, columns, wanted, count),
        lambda: question(scope, resource, "row.list").among(shape, columns, wanted, count),
    )
    if not count:
        among = list(keys) if len(columns) > 1 else [key[0] for key in keys]
        return statement.rows(scope.connection, {**values, "keys": among})
    filled = [*keys, *[keys[-1]] * (count - len(keys))]  # few statements, each for many lists: the last one again
    return statement.rows(scope.connection, {**values, **{f"key{at}": key[0] for at, key in enumerate(filled)}})


def rule(scope: Scope, resource: Resource, action: str, table: sa.FromClause) -> Condition | None:
    """Return the row rule of *action* as a condition on *table* with its values in it; None for every row."""
    return question(scope, resource, action).rule(table)
