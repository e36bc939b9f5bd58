"""Pops, and what is due: as many as wait, done at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from nexus_admin.brokers.queue import statements
from nexus_admin.brokers.queue.checking import LEASE_LOST
from nexus_admin.brokers.queue.dialect import Dialect
from nexus_admin.brokers.queue.lines import Line, Lines, Rung
from nexus_admin.brokers.queue.moments import Moments
from nexus_admin.domain.dataclass import dataclass

AT_ONCE = 1000
"""Jobs that come due in one step."""


@dataclass(frozen=True, slots=True)
class Pop:
    """What one caller asks for; *lease* is in microseconds, *mark* the lease itself."""

    queues: tuple[str, ...]
    n: int
    lease: int
    mark: str


@dataclass(frozen=True, slots=True)
class Popped:
    """What it gets: rows as `statements.READY` has them, since when it has them, and until when."""

    rows: list[Any]
    now: int
    until: int


@dataclass(frozen=True, slots=True)
class Moved:
    """How many came due, which of them are ready, and when the next one is due."""

    jobs: int
    rung: Rung
    next: int | None


class Taking:
    """The batches of pops and of what is due.

    Args:
        dialect: How the database is spoken to.
        moments: What time it is.
        lines: Whose holder may be lost for good.
    """

    def __init__(self, dialect: Dialect, moments: Moments, lines: Lines) -> None:
        self._dialect, self._moments, self._lines = dialect, moments, lines

    def batch(self, connection: sa.Connection, asked: list[Pop]) -> list[Popped]:
        """Hand out what is ready; who asked first gets it first."""
        held = {row[0] for row in self._dialect.rows(connection, statements.HELD)}
        now = self._moments.now()
        found: dict[tuple[str, ...], Iterable[Any]] = {}
        for queues in dict.fromkeys(one.queues for one in asked):
            wanted = sum(one.n for one in asked if one.queues == queues)
            found[queues] = iter(self._ready(connection, [one for one in queues if one not in held], wanted))
        popped = []
        seen: set[str] = set()
        for one in asked:
            rows = []
            for row in found[one.queues]:
                if row[1] not in seen:  # two may ask for queues that overlap
                    seen.add(row[1])
                    rows.append(row)
                if len(rows) == one.n:
                    break
            if rows:
                values = (one.mark, now + one.lease, one.lease, now)
                self._dialect.changed(connection, statements.TAKE, values, [row[1] for row in rows])
            popped.append(Popped(rows, now, now + one.lease))
        return popped

    def _ready(self, connection: sa.Connection, queues: list[str], n: int) -> list[Any]:
        rows: list[Any] = []
        for queue in queues:
            rows += self._dialect.taken(connection, statements.READY, (queue, n))
        if len(queues) > 1:
            rows.sort(key=lambda row: (row[0], row[1]))
        return rows

    def move_on(self, connection: sa.Connection, asked: list[None]) -> list[Moved]:
        """Let what was waited for happen: jobs whose time has come, and leases that are over."""
        now, named = self._moments.now(), self._moments.named()
        due = self._dialect.taken(connection, statements.DUE, (max(now, named), named, now, AT_ONCE))
        rung = Rung()
        ready: list[Any] = []
        for id, queue, state, attempts, most, serial in due:
            if state == "waiting" or attempts < most:
                ready.append((now, None if state == "waiting" else LEASE_LOST, id))
                rung[queue] += 1
            elif serial is None:
                self._dialect.all(connection, statements.FINISH, [("dead", now, LEASE_LOST, id)])
            elif self._dialect.lock_line(connection, queue, serial, wait=False):
                self._die_in_line(connection, id, (queue, serial), rung)
        self._dialect.all(connection, statements.COME_DUE, ready)
        upcoming = self._dialect.rows(connection, statements.NEXT_DUE)[0][0]
        return [Moved(len(due), rung, upcoming)] + [Moved(0, Rung(), upcoming)] * (len(asked) - 1)

    def _die_in_line(self, connection: sa.Connection, id: str, line: Line, rung: Rung) -> None:
        self._dialect.all(connection, statements.FINISH, [("dead", self._moments.now(), LEASE_LOST, id)])
        self._lines.come_up(connection, line, rung)
