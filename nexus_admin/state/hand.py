"""What the writer lane writes with: one connection, on which a group of writes becomes one commit."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import sqlalchemy as sa

from nexus_admin.domain.errors import StateDown
from nexus_admin.state import carried
from nexus_admin.state.failure import commit_unclear, is_failure, write_failed
from nexus_admin.state.group import Item, run_group

_log = logging.getLogger(__name__)


class Hand:
    """One connection, made when it is needed. Not for two threads at once.

    Args:
        engine: Its transactions must begin with the write lock (`BEGIN IMMEDIATE`) where the dialect has one.
        where: How messages call the database.
        around: Held while a group is written.
        tidy: Called outside a transaction.
        sync: `sync(connection, each)`: whether commits from now on wait for the disk; None where all of them do.
    """

    def __init__(
        self,
        engine: sa.Engine,
        where: str,
        around: Callable[[], AbstractContextManager[Any]],
        tidy: Callable[[sa.Connection], None] | None,
        sync: Callable[[sa.Connection, bool], None] | None = None,
    ) -> None:
        self._engine, self._where, self._around, self._tidy, self._sync = engine, where, around, tidy, sync
        self._syncing = True
        self._committing = False
        self._connection: sa.Connection | None = None

    def write(self, group: list[Item]) -> None:
        """Run every item of *group* in one transaction; each gets its result or its error.

        Raises:
            StateDown: the database failed, and nothing of it was changed, or that is not known.
        """
        self._committing = False
        try:
            with self._around():
                connection = self._connected()
                self._wait_for_disk(connection, any(item.lasting for item in group))
                if len(group) == 1:
                    self._run_alone(connection, group[0])
                else:
                    self._run_group(connection, group)
        except BaseException as error:
            self.let_go()
            if isinstance(error, StateDown):
                raise
            raise self._failure(error) from error

    def do_apart(self, item: Item) -> None:
        """Run *item*, which is no transaction, and tell who waits for it."""
        try:
            item.result = item.work(self._connected())
        except BaseException as error:
            self.let_go()
            item.error = write_failed(self._where, error) if is_failure(error) else error
        item.answer()

    def tidy(self) -> None:
        """Tidy up, if there is how; what fails then is tried again another time."""
        try:
            assert self._tidy is not None
            self._tidy(self._connected())
        except sa.exc.DBAPIError as error:
            _log.warning("The state in %s could not be tidied up: %s", self._where, error)
            self.let_go()

    def let_go(self) -> None:
        """Have no connection any more."""
        if self._connection is not None:
            try:
                self._connection.invalidate()
                self._connection.close()
            except sa.exc.SQLAlchemyError as error:
                _log.warning("A broken connection could not be closed: %s", error)
            self._connection = None
            self._syncing = True

    def _wait_for_disk(self, connection: sa.Connection, needed: bool) -> None:
        if self._sync is not None and needed != self._syncing:
            self._sync(connection, needed)
            self._syncing = needed

    def _connected(self) -> sa.Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
        return self._connection

    def _run_alone(self, connection: sa.Connection, item: Item) -> None:
        """Run one item in a transaction of its own. Raises only when the database failed."""
        try:
            with connection.begin():
                carried.begin(connection)
                item.result = item.work(connection)
                carried.end(connection)
                self._committing = True
            carried.committed(connection)
        except BaseException as error:
            if is_failure(error) or connection.invalidated:
                raise
            item.error = error

    def _run_group(self, connection: sa.Connection, group: list[Item]) -> None:
        with connection.begin():
            carried.begin(connection)
            run_group(connection, group, self._where)
            carried.end(connection)
            self._committing = True
        carried.committed(connection)

    def _failure(self, error: BaseException) -> StateDown:
        unclear = self._committing and self._engine.dialect.name != "sqlite"  # SQLite says what became of a COMMIT
        return (commit_unclear if unclear else write_failed)(self._where, error)
