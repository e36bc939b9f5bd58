"""SQLite files: opened read-only where nothing may be written, with a deadline, and tolerant of broken text."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import event

from nexus_admin.data.drivers.address import Address
from nexus_admin.data.drivers.driver import Capabilities, Opened, Opening, Trouble
from nexus_admin.data.values.spelling import sortable_moment
from nexus_admin.language.prepared import say

BUSY_SECONDS = 5
"""So long a locked file is waited for."""
GLANCE_SECONDS = 0.2
"""SQLite looks for a gap between writers ever more seldom, from each millisecond to ten times a second. Readers begin
to look anew after this time, so that writers who follow each other closely do not starve them."""
BEGIN = "BEGIN IMMEDIATE"
STEPS_BETWEEN_LOOKS = 20_000
"""Steps of SQLite's machine between two looks at the clock: about a millisecond."""

_DENIED = frozenset({sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH})


class BrokenText(str):
    """Text that is not UTF-8: shown with the replacement sign, with its bytes kept in `raw`."""

    raw: bytes

    @classmethod
    def of(cls, raw: bytes) -> BrokenText:
        """Return *raw* as text for showing."""
        text = cls(raw.decode("utf-8", "replace"))
        text.raw = raw
        return text


def tolerant_text(raw: bytes) -> str:
    """Decode text; what is not UTF-8 comes out as `BrokenText` instead of an error."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return BrokenText.of(raw)


class Clock:
    """The deadline of the statement that runs on one connection."""

    __slots__ = ("cancelled", "deadline", "seconds", "timed_out")

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.deadline = float("inf")
        self.timed_out = self.cancelled = False

    def start(self) -> None:
        """Begin anew, for the next statement."""
        self.deadline = time.monotonic() + self.seconds
        self.timed_out = self.cancelled = False

    def look(self) -> int:
        """Return 1, which interrupts SQLite, once the time is over."""
        self.timed_out = time.monotonic() > self.deadline
        return 1 if self.timed_out or self.cancelled else 0


class Cursor(sqlite3.Cursor):
    """Starts the clock for each statement, and reads once more where a text is not UTF-8.

    Decoding in Python costs a third of a page, so it begins with the first broken text.
    """

    connection: FileConnection
    _asked: tuple[str, Any] = ("", ())
    _given = 0

    def execute(self, sql: str, parameters: Any = (), /) -> Cursor:
        """As in `sqlite3`."""
        self._asked, self._given = (sql, parameters), 0
        self.connection.clock.start()
        if self.connection.whole and not self.connection.in_transaction and sql != BEGIN:
            raise sqlite3.OperationalError("the transaction was rolled back, and nothing is changed outside of one")
        try:
            super().execute(sql, parameters)
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or self.connection.patience == 0:
                raise
            self._execute_between_writers(sql, parameters)
        return self

    def _execute_between_writers(self, sql: str, parameters: Any) -> None:
        patient_until = time.monotonic() + self.connection.patience
        while True:
            try:
                super().execute(sql, parameters)
            except sqlite3.OperationalError as error:
                if not _is_busy(error) or time.monotonic() > patient_until:
                    raise
            else:
                return

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Cursor:
        """As in `sqlite3`."""
        self.connection.clock.start()
        super().executemany(sql, parameters)
        return self

    def fetchall(self) -> list[Any]:
        """As in `sqlite3`."""
        rows: list[Any] = self._tolerantly(super().fetchall)
        return rows

    def fetchmany(self, size: int | None = 1) -> list[Any]:
        """As in `sqlite3`."""
        rows: list[Any] = self._tolerantly(lambda: super(Cursor, self).fetchmany(size))
        self._given += len(rows)
        return rows

    def fetchone(self) -> Any:
        """As in `sqlite3`."""
        row = self._tolerantly(super().fetchone)
        self._given += 1
        return row

    def _tolerantly(self, fetch: Callable[[], Any]) -> Any:
        try:
            return fetch()
        except sqlite3.OperationalError as error:
            sql, parameters = self._asked
            again = "decode to UTF-8" in str(error) and sql.lstrip()[:6].upper() in ("SELECT", "PRAGMA")
            if not again or self.connection.text_factory is tolerant_text:
                raise
        self.connection.text_factory = tolerant_text
        given = self._given
        self.execute(sql, parameters)
        for _ in range(given):
            super().fetchone()
        self._given = given
        return fetch()


def _is_busy(error: sqlite3.OperationalError) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


class FileConnection(sqlite3.Connection):
    """A connection with a clock.

    Attributes:
        patience: Seconds for which a statement is tried again while the file is locked, beyond SQLite's own waiting.
        whole: From its first transaction on nothing is done outside of one: SQLite may roll one back by itself, and
            what came then would be committed at once, statement by statement.
    """

    clock: Clock
    patience = 0.0
    whole = False

    def cursor(self, factory: Any = None) -> Any:
        """As in `sqlite3`."""
        return super().cursor(factory or Cursor)


def connect(path: str, opening: Opening) -> FileConnection:
    """Open the file; it is never created."""
    uri = f"file:{quote(path)}?mode={'ro' if opening.source_read_only else 'rw'}"
    connection = sqlite3.connect(
        uri, uri=True, timeout=GLANCE_SECONDS if opening.read_only else BUSY_SECONDS, isolation_level=None,
        check_same_thread=False, cached_statements=256, factory=FileConnection,
    )  # fmt: skip
    connection.clock = Clock(opening.statement_timeout)
    connection.patience = BUSY_SECONDS - GLANCE_SECONDS if opening.read_only else 0.0
    pragmas = ["foreign_keys=ON", "trusted_schema=OFF", "cache_size=-16000"]
    if opening.read_only:
        pragmas.append("query_only=ON")
    try:
        for pragma in pragmas:
            connection.cursor().execute(f"PRAGMA {pragma}")  # not `connection.execute`, which knows no patience
    except sqlite3.Error:
        connection.close()
        raise
    connection.set_authorizer(_authorize)
    connection.set_progress_handler(connection.clock.look, STEPS_BETWEEN_LOOKS)
    connection.create_function("nx_lower", 1, _folded, deterministic=True)
    connection.create_function("nx_moment", 1, sortable_moment, deterministic=True)
    return connection


def _authorize(action: int, *_: Any) -> int:
    """No statement reaches another file: ATTACH and VACUUM INTO are refused."""
    return sqlite3.SQLITE_DENY if action in _DENIED else sqlite3.SQLITE_OK


def _folded(value: Any) -> Any:
    """Fold the case of a text as Unicode has it; SQLite's own `lower` knows only ASCII."""
    return value.casefold() if isinstance(value, str) else value


class SqliteDriver:
    """SQLite files."""

    name = "sqlite"
    capabilities = Capabilities(returning=sqlite3.sqlite_version_info >= (3, 35), estimate_count=True, cancel=True)

    def open(self, address: Address, opening: Opening) -> Opened:
        """Return an engine for the file.

        Every statement of a reader stands alone; a writer begins with `BEGIN IMMEDIATE`, so that
        what it has read cannot change before it writes.
        """
        path = str(address.file)
        engine = sa.create_engine(
            "sqlite://", creator=lambda: connect(path, opening), poolclass=sa.QueuePool,
            pool_size=opening.pool_size, max_overflow=0, pool_timeout=opening.pool_timeout,
            pool_reset_on_return=None if opening.read_only else "rollback",
            hide_parameters=True, query_cache_size=1000, skip_autocommit_rollback=opening.read_only,
        )  # fmt: skip
        if not opening.read_only:
            event.listen(engine, "begin", _begin_immediate)
        return Opened(engine, _cancel)

    def trouble(self, error: BaseException) -> Trouble | None:
        """Tell a deadline, a lock, a missing file and the like from errors about values."""
        text = str(error).lower()
        for words, trouble in _TROUBLES.items():
            if words in text:
                return trouble
        return None


_TROUBLES: dict[str, Trouble] = {
    "interrupted": "timeout", "is locked": "busy", "unable to open": "down", "disk i/o": "down",
    "readonly database": "read only", "read-only": "read only", "query_only": "read only", "not authorized": "denied",
    "no such table": "drift", "no such column": "drift", "has no column named": "drift",
    "database or disk is full": "disk full", "schema has changed": "drift",
}  # fmt: skip


def _begin_immediate(connection: sa.Connection) -> None:
    say(connection, BEGIN)
    raw: Any = connection.connection.dbapi_connection
    raw.whole = True


def _cancel(connection: FileConnection) -> None:
    connection.clock.cancelled = True
    connection.interrupt()
