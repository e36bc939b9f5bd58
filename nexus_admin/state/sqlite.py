"""SQLite as our state: how its connections are set up, and the locks beside its file.

`state.sqlite.lock` is held by the one process that has the writer lane. `state.sqlite.turn`
is held by whoever writes without the lane, and by the lane while it checkpoints, because
SQLite before 3.51.3 can corrupt a file that is written and checkpointed at once. Both are
empty SQLite files: their locks work on every system and die with the process.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from nexus_admin.domain.errors import SettingError, StateDown

BUSY_MS = 10_000
"""How long a connection waits for another process's lock."""
WAL_KEPT = 64 * 1024 * 1024
"""Bytes to which the log is cut back after it has been checkpointed."""


class FileLock:
    """An exclusive lock of the machine, held by one thread of one process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._thread = threading.Lock()

    def take(self, patience: float = 0.0) -> bool:
        """Try for *patience* seconds. Returns whether it is ours now."""
        until = time.monotonic() + patience
        if not self._thread.acquire(timeout=patience):
            return False
        try:
            taken = self._begin(until - time.monotonic())
        except BaseException:
            self._thread.release()
            raise
        if not taken:
            self._thread.release()
        return taken

    def _begin(self, patience: float) -> bool:
        if self._connection is None:
            self._connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        self._connection.execute(f"PRAGMA busy_timeout = {int(max(patience, 0) * 1000)}")
        try:
            self._connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                return False
            raise StateDown(f"Nothing was changed. The lock {self._path} cannot be taken: {error}.") from error
        return True

    def give_back(self) -> None:
        """Let others have it; only whoever took it may."""
        if self._connection is not None:
            self._connection.rollback()
        self._thread.release()

    def close(self) -> None:
        """Give it back for good."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class SqliteFile:
    """One state file, its two engines and its two locks.

    Args:
        path: The file; made with its folder where there is none, readable by its owner only.
        full: False trades the last moments before a power cut for speed (`synchronous=NORMAL`).
    """

    def __init__(self, path: Path, *, full: bool = True) -> None:
        self.path = path
        self._make(path)
        self._full = full
        self._pragmas = (
            f"PRAGMA busy_timeout = {BUSY_MS}",
            "PRAGMA foreign_keys = ON",
            f"PRAGMA synchronous = {'FULL' if full else 'NORMAL'}",
            "PRAGMA wal_autocheckpoint = 0",
            f"PRAGMA journal_size_limit = {WAL_KEPT}",
        )
        self.owner = FileLock(path.with_name(path.name + ".lock"))
        self.turn = FileLock(path.with_name(path.name + ".turn"))
        self.reading = self._engine("BEGIN", query_only=True, pool_size=8, max_overflow=24)
        self.writing = self._engine("BEGIN IMMEDIATE", query_only=False, pool_size=1, max_overflow=4)

    @staticmethod
    def _make(path: Path) -> None:
        if path.is_dir():
            raise SettingError(f"The state {path} is a folder. Name a file in it, e.g. {path / 'nexus.sqlite'}.")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            raise SettingError(f"The state {path} cannot be opened: {error.strerror}.") from error

    def _engine(self, begin: str, *, query_only: bool, pool_size: int, max_overflow: int) -> sa.Engine:
        engine = sa.create_engine(
            sa.URL.create("sqlite", database=str(self.path)),
            pool_size=pool_size,
            max_overflow=max_overflow,
            hide_parameters=True,
            poolclass=sa.QueuePool,
        )

        @sa.event.listens_for(engine, "connect")
        def _set_up(connection: sqlite3.Connection, _record: Any) -> None:
            connection.isolation_level = None  # we say BEGIN ourselves
            for pragma in self._pragmas:
                connection.execute(pragma)
            if query_only:
                connection.execute("PRAGMA query_only = ON")
            else:
                connection.execute("PRAGMA journal_mode = WAL")

        @sa.event.listens_for(engine, "begin")
        def _begin(connection: sa.Connection) -> None:
            # Said to the driver itself: by SQLAlchemy it costs as much as the write that follows.
            raw: Any = connection.connection.dbapi_connection
            try:
                raw.execute(begin)
            except sqlite3.Error as error:
                raise sa.exc.DBAPIError.instance(begin, (), error, sqlite3.Error, hide_parameters=True) from error

        return engine

    def own(self, patience: float = 0.0) -> None:
        """Become the process that has the writer lane.

        Raises:
            StateDown: another one is.
        """
        if not self.owner.take(patience):
            raise StateDown(
                f"Another Nexus is running on {self.path}. Stop it first, or give this one a state of its own. "
                "To serve with several processes, put the state into PostgreSQL."
            )

    def sync(self, connection: sa.Connection, each: bool) -> None:
        """Have commits of *connection* wait for the disk, or leave that to the next one which does.

        In either case they are kept in their order, and outlive the process.
        """
        raw: Any = connection.connection
        raw.execute(f"PRAGMA synchronous = {'FULL' if each and self._full else 'NORMAL'}")

    @contextmanager
    def written_alone(self) -> Iterator[None]:
        """Hold the turn, for a write without the lane."""
        if not self.turn.take(BUSY_MS / 1000):
            raise StateDown(f"Nothing was changed. {self.path} was busy for {BUSY_MS // 1000} seconds; try again.")
        try:
            yield
        finally:
            self.turn.give_back()

    def checkpoint(self, connection: sa.Connection) -> None:
        """Move the log into the file, unless somebody else is writing just now."""
        if self.turn.take():
            try:
                raw: Any = connection.connection
                raw.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            finally:
                self.turn.give_back()

    def rewrite(self, connection: sa.Connection) -> bool:
        """Write the file anew, so that nothing is left in it of what was deleted, and empty its log.

        Args:
            connection: The writer's, outside a transaction; nobody else of this process writes meanwhile.

        Returns:
            Whether the log is empty: what still reads from it keeps it.
        """
        with self.written_alone():
            raw: Any = connection.connection
            raw.execute("VACUUM")
            busy, *_ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy

    def close(self) -> None:
        """Close every connection and give the locks back."""
        self.reading.dispose()
        self.writing.dispose()
        self.turn.close()
        self.owner.close()
