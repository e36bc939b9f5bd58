"""The queue in PostgreSQL: many processes take from it at once, and whoever is locked out passes by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import sqlalchemy as sa

from nexus_admin.brokers.queue import statements
from nexus_admin.brokers.queue.dialect import DURABLE, Values, kept_to_spans
from nexus_admin.brokers.queue.protocol import Capability
from nexus_admin.state.engine import State

_CLOCK = sa.text("SELECT extract(epoch FROM clock_timestamp())::float8")


class Postgres:
    """As `Dialect`."""

    name = "PostgreSQL"
    capabilities: frozenset[Capability] = DURABLE | {"shared"}
    shares_lines = True
    locking = " FOR UPDATE"

    def wall(self, state: State) -> Callable[[], float]:
        """As `Dialect.wall`: the server's, for machines may differ."""
        return lambda: float(state.read(lambda connection: connection.execute(_CLOCK).scalar_one()))

    def rows(self, connection: sa.Connection, statement: str, values: Values = ()) -> list[Any]:
        """As `Dialect.rows`."""
        with _cursor(connection) as cursor:
            return list(cursor.execute(_spelled(statement), values).fetchall())

    def taken(self, connection: sa.Connection, statement: str, values: Values = ()) -> list[Any]:
        """As `Dialect.taken`."""
        return self.rows(connection, statement + " FOR UPDATE SKIP LOCKED", values)

    def each(self, connection: sa.Connection, statement: str, many: Sequence[Values]) -> list[int]:
        """As `Dialect.each`."""
        if not many:
            return []
        with _cursor(connection) as cursor:
            if len(many) == 1:
                return [cursor.execute(_spelled(statement), many[0]).rowcount]
            # With a row for each that it changed, one call tells them apart.
            cursor.executemany(_spelled(statement) + " RETURNING 1", many, returning=True)
            counts = [cursor.rowcount]
            while cursor.nextset():
                counts.append(cursor.rowcount)
            return counts

    def all(self, connection: sa.Connection, statement: str, many: Sequence[Values]) -> None:
        """As `Dialect.all`."""
        if not many:
            return
        with _cursor(connection) as cursor:
            cursor.executemany(_spelled(statement), many)

    def changed(self, connection: sa.Connection, statement: str, values: Values, ids: Sequence[str]) -> list[str]:
        """As `Dialect.changed`."""
        return [row[0] for row in self.rows(connection, _among(statement), (*values, list(ids)))]

    def lock_line(self, connection: sa.Connection, queue: str, serial: str, *, wait: bool = True) -> bool:
        """As `Dialect.lock_line`."""
        lock = "pg_advisory_xact_lock" if wait else "pg_try_advisory_xact_lock"
        found = self.rows(connection, f"SELECT {lock}(hashtextextended(?, 0))", (f"nexus queue {queue} {serial}",))
        return wait or bool(found[0][0])

    def move_clock(self, connection: sa.Connection, by: int, now: int, seen: int | None) -> int:
        """As `Dialect.move_clock`. By how much it was moved is written down, so that who comes second sees it."""
        self.all(connection, statements.CLOCK, [()])
        moved = int(self.rows(connection, statements.MOVED + self.locking)[0][0])
        if by and moved == seen:
            self.all(connection, statements.MOVE_ALL, [(by, statements.FAR)])
            self.all(connection, statements.MOVE_CLOCK, [(by,)])
            moved += by
        self.all(connection, statements.SHORTEN, [kept_to_spans(now)])
        return moved

    def text_in(self, column: str) -> str:
        """As `Dialect.text_in`."""
        return f"position(? IN {column}) > 0"


@cache
def _spelled(statement: str) -> str:
    return statement.replace("?", "%s")


@cache
def _among(statement: str) -> str:
    return statement.replace("AMONG ?", "= ANY(?) RETURNING id")


@contextmanager
def _cursor(connection: sa.Connection) -> Iterator[Any]:
    """Give the driver's cursor; its errors are those of SQLAlchemy, and a connection that is lost is given up."""
    driver: Any = connection.dialect.dbapi
    raw: Any = connection.connection.dbapi_connection
    try:
        with raw.cursor() as cursor:
            yield cursor
    except driver.Error as error:
        lost = connection.dialect.is_disconnect(error, raw, None)
        if lost:
            connection.invalidate(error)
        raise sa.exc.DBAPIError.instance(
            "", None, error, driver.Error, hide_parameters=True, connection_invalidated=lost,
            dialect=connection.dialect,
        ) from error  # fmt: skip
