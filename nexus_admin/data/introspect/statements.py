"""How the catalog is asked: plain statements past SQLAlchemy's types, in a transaction that cannot write."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from nexus_admin.data.drivers.sqlite import FileConnection


class Asker:
    """Runs statements as they are written: no placeholders are looked for unless values are given.

    A name with `%` or `:` in it therefore needs no care, and no value is turned into a Python type by us.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection.execution_options(no_parameters=True)

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return all rows.

        Raises:
            sqlalchemy.exc.DBAPIError: the database refused.
        """
        result = self._connection.exec_driver_sql(statement, values or None)
        return [tuple(row) for row in result]

    def run(self, statement: str) -> None:
        """Run what returns no rows.

        Raises:
            sqlalchemy.exc.DBAPIError: the database refused.
        """
        self._connection.exec_driver_sql(statement)


def quoted(name: str, mark: str) -> str:
    """Return *name* as an identifier between *mark*s, which are doubled inside it."""
    return mark + name.replace(mark, mark * 2) + mark


def quote_mark(dialect: str) -> str:
    """Return what a dialect puts around names."""
    return "`" if dialect in ("mysql", "mariadb") else '"'


@contextmanager
def readable_texts(connection: sa.Connection) -> Iterator[None]:
    """Let SQLite hand out texts that are not UTF-8, marked, instead of failing; elsewhere it does nothing."""
    raw = connection.connection.driver_connection
    if not isinstance(raw, sqlite3.Connection) or isinstance(raw, FileConnection):  # our own driver's does so itself
        yield
        return
    before = raw.text_factory
    raw.text_factory = lambda data: data.decode("utf-8", "replace")
    try:
        yield
    finally:
        raw.text_factory = before
