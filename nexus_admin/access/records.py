"""How this room reads and writes our state, and the number that rises with any change of rights.

Another process may change rights too: the number is looked at again each second.
In this process a change takes effect before the call that made it returns.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import sqlalchemy as sa

from nexus_admin.brokers.store import DurableStore
from nexus_admin.state.engine import State
from nexus_admin.state.tables.access import access_version
from nexus_admin.state.tables.store import house_entry
from nexus_admin.state.vault import Vault

T = TypeVar("T")
Work = Callable[[sa.Connection], T]

FRESH = 1.0
"""For how many seconds what was read may be answered from memory."""

_ROW = 1


class Records:
    """Reads and writes of this room.

    Args:
        state: Our own database.
        clock: Seconds since 1970; tests give their own.

    Attributes:
        store: The house's own, which no key of anybody else leads into. It outlives a restart, and all processes on a
            PostgreSQL state share it.
    """

    def __init__(self, state: State, clock: Callable[[], float] = time.time) -> None:
        self._state = state
        self.clock = clock
        self.store = DurableStore(state, wall=clock, table=house_entry)
        self._version = 0
        self._look_again = 0.0
        self._heard_by: list[Callable[[], None]] = []
        self._write_first_version()
        self._look()

    def _write_first_version(self) -> None:
        def seen(conn: sa.Connection) -> bool:
            return conn.scalar(sa.select(access_version.c.version)) is not None

        def write(conn: sa.Connection) -> None:
            if not seen(conn):
                conn.execute(access_version.insert().values(id=_ROW, version=1))

        if not self._state.read(seen):
            self._state.write(write)

    @property
    def vault(self) -> Vault:
        """What seals and signs."""
        return self._state.vault

    def now(self) -> datetime:
        """Return the moment that the clock shows, in UTC."""
        return datetime.fromtimestamp(self.clock(), UTC)

    def read(self, work: Work[T]) -> T:
        """Run *work* on a connection that only reads."""
        return self._state.read(work)

    def write(self, work: Work[T]) -> T:
        """Run *work*, which changes nobody's rights; durable when it returns."""
        return self._state.write(work)

    def later(self, work: Work[None]) -> None:
        """Run *work* some time soon, together with others."""
        self._state.later(work)

    def change(self, work: Work[T]) -> T:
        """Run *work*, which changes rights: the version rises with it, and memories of before are dropped."""

        def with_version(conn: sa.Connection) -> T:
            # First, so that two changes of rights never run at the same time: the row is locked until the commit.
            raise_version(conn)
            return work(conn)

        try:
            return self._state.write(with_version)
        finally:
            self.changed()

    def version(self) -> int:
        """Return the number that rises with any change of rights."""
        if time.monotonic() >= self._look_again:
            self._look()
        return self._version

    def listen(self, hear: Callable[[], None]) -> None:
        """Call *hear* after every change: what was remembered may be wrong now."""
        self._heard_by.append(hear)

    def changed(self) -> None:
        """Drop what is remembered: something was changed through a connection of the caller's."""
        self._look()
        for hear in self._heard_by:
            hear()

    def joined(self, conn: sa.Connection) -> Records:
        """Return records that work within the transaction of *conn*; after its commit call `changed` of these."""
        return _Joined(self._state, self.clock, conn)

    def _look(self) -> None:
        self._look_again = time.monotonic() + FRESH
        found = self._state.read(lambda conn: conn.scalar(sa.select(access_version.c.version)))
        if found is not None and found != self._version:
            self._version = found
            for hear in self._heard_by:
                hear()


class _Joined(Records):
    """Records within one transaction of somebody else's."""

    def __init__(self, state: State, clock: Callable[[], float], conn: sa.Connection) -> None:
        self._conn = conn
        super().__init__(state, clock)
        self.store = self.store.within(conn)

    def _write_first_version(self) -> None:
        return None

    def read(self, work: Work[T]) -> T:
        return work(self._conn)

    def write(self, work: Work[T]) -> T:
        return work(self._conn)

    def later(self, work: Work[None]) -> None:
        work(self._conn)

    def change(self, work: Work[T]) -> T:
        raise_version(self._conn)
        result = work(self._conn)
        self.changed()
        return result

    def _look(self) -> None:
        self._look_again = float("inf")
        self._version = self._conn.scalar(sa.select(access_version.c.version)) or 0


def raise_version(conn: sa.Connection) -> None:
    """Raise the number within the transaction of *conn*."""
    conn.execute(access_version.update().values(version=access_version.c.version + 1))
