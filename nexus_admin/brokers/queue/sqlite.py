"""The queue in a SQLite file: one process, one writer, so nothing needs to be locked."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from nexus_admin.brokers.queue import statements
from nexus_admin.brokers.queue.dialect import DURABLE, Values, kept_to_spans
from nexus_admin.brokers.queue.protocol import Capability
from nexus_admin.state.engine import State


class Sqlite:
    """As `Dialect`. The driver's errors go up as they are: the lane knows them."""

    name = "SQLite"
    capabilities: frozenset[Capability] = DURABLE
    shares_lines = False
    locking = ""
    returns = sqlite3.sqlite_version_info >= (3, 35)
    """Whether an UPDATE can say what it changed; some systems of long support have an older one."""

    def wall(self, _state: State) -> Callable[[], float]:
        """As `Dialect.wall`."""
        return time.time

    def rows(self, connection: sa.Connection, statement: str, values: Values = ()) -> list[Any]:
        """As `Dialect.rows`."""
        return list(_raw(connection).execute(statement, values).fetchall())

    taken = rows

    def each(self, connection: sa.Connection, statement: str, many: Sequence[Values]) -> list[int]:
        """As `Dialect.each`."""
        execute = _raw(connection).execute
        return [execute(statement, values).rowcount for values in many]

    def all(self, connection: sa.Connection, statement: str, many: Sequence[Values]) -> None:
        """As `Dialect.all`."""
        _raw(connection).executemany(statement, many)

    def changed(self, connection: sa.Connection, statement: str, values: Values, ids: Sequence[str]) -> list[str]:
        """As `Dialect.changed`."""
        if self.returns:
            return [row[0] for row in self.rows(connection, _among(statement), (*values, json.dumps(ids)))]
        each = self.each(connection, statement.replace("AMONG ?", "= ?"), [(*values, id) for id in ids])
        return [id for id, count in zip(ids, each, strict=True) if count]

    def lock_line(self, _connection: sa.Connection, _queue: str, _serial: str, *, wait: bool = True) -> bool:  # noqa: ARG002
        """As `Dialect.lock_line`."""
        return True

    def move_clock(self, connection: sa.Connection, by: int, now: int, seen: int | None) -> int:
        """As `Dialect.move_clock`; there is nobody else to notice."""
        if by:
            self.all(connection, statements.MOVE_ALL, [(by, statements.FAR)])
        self.all(connection, statements.SHORTEN, [kept_to_spans(now)])
        return (seen or 0) + by

    def text_in(self, column: str) -> str:
        """As `Dialect.text_in`."""
        return f"instr({column}, ?) > 0"


@cache
def _among(statement: str) -> str:
    return statement.replace("AMONG ?", "IN (SELECT value FROM json_each(?)) RETURNING id")


def _raw(connection: sa.Connection) -> Any:
    return connection.connection.dbapi_connection
