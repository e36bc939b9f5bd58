"""Statements that may take only so long, and that cannot change anything."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import sqlalchemy as sa

from nexus_admin.data.drivers.sqlite import FileConnection
from nexus_admin.data.introspect.statements import Asker, quote_mark, quoted

STATEMENT_MS = 300
"""How long one statement may take, in milliseconds; what it would have told is then guessed from names alone."""

_STEPS = 20_000
_TOGETHER = 25
"""Statements in one transaction: each holds a lock on its table until the end, and somebody may want to alter it."""


class Capped:
    """Asks a database small questions; one that is slow or fails is answered with None.

    On PostgreSQL the connection must commit by itself: transactions are begun and ended here, so that what is
    set for them goes with them.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._ask = Asker(connection)
        self._dialect = connection.dialect.name
        self._begun = 0

    @property
    def dialect(self) -> str:
        """SQLAlchemy's name of the dialect."""
        return self._dialect

    def name(self, name: str, schema: str | None = None) -> str:
        """Return a name in SQL, with its schema where one is given."""
        mark = quote_mark(self._dialect)
        own = quoted(name, mark)
        return f"{quoted(schema, mark)}.{own}" if schema else own

    def rows(self, statement: str) -> list[tuple[Any, ...]] | None:
        """Return the rows of *statement*, None where it fails or takes longer than `STATEMENT_MS`."""
        try:
            if self._dialect == "postgresql":
                self._begin()
            elif getattr(self._connection.dialect, "is_mariadb", False):
                statement = f"SET STATEMENT max_statement_time={STATEMENT_MS / 1000} FOR {statement}"
            elif self._dialect == "mysql":
                statement = statement.replace("SELECT", f"SELECT /*+ MAX_EXECUTION_TIME({STATEMENT_MS}) */", 1)
            with _interrupted(self._connection):
                return self._ask.rows(statement)
        except sa.exc.DBAPIError:
            self.close()
            return None

    def close(self) -> None:
        """End the transaction, and with it what was set for it."""
        if self._begun:
            self._begun = 0
            with suppress(sa.exc.DBAPIError):
                self._ask.run("ROLLBACK")

    def _begin(self) -> None:
        if self._begun >= _TOGETHER:
            self.close()
        if not self._begun:
            self._ask.run(f"BEGIN READ ONLY; SET LOCAL statement_timeout = {STATEMENT_MS}")
        self._begun += 1


@contextmanager
def _interrupted(connection: sa.Connection) -> Iterator[None]:
    """Let SQLite give up when the time is over; the other databases know it by themselves."""
    raw = connection.connection.driver_connection
    if isinstance(raw, FileConnection):  # our own driver's has a clock already
        usual, raw.clock.seconds = raw.clock.seconds, STATEMENT_MS / 1000
        try:
            yield
        finally:
            raw.clock.seconds = usual
    elif isinstance(raw, sqlite3.Connection):
        end = time.monotonic() + STATEMENT_MS / 1000
        raw.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
        try:
            yield
        finally:
            raw.set_progress_handler(None, 0)
    else:
        yield
