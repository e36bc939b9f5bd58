"""What people do to jobs: try again, cancel, forget, hold a queue; and what is forgotten with time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa

from nexus_admin.brokers.content import Content
from nexus_admin.brokers.queue import statements
from nexus_admin.brokers.queue.checking import is_over
from nexus_admin.brokers.queue.dialect import Dialect
from nexus_admin.brokers.queue.lines import Lines, Rung
from nexus_admin.brokers.queue.moments import Moments
from nexus_admin.brokers.queue.protocol import JobState
from nexus_admin.brokers.queue.statements import FAR
from nexus_admin.state.engine import State

T = TypeVar("T")

AT_ONCE = 1000
"""Jobs in one transaction, so that nobody else waits long."""


class ByHand:
    """Each step is a transaction of its own.

    Args:
        state: Where the jobs are.
        dialect: How the database is spoken to.
        moments: What time it is.
        lines: Where those with a serial key stand.
        ring: Told which queues have more ready jobs, after the commit.
    """

    def __init__(
        self, state: State, dialect: Dialect, moments: Moments, lines: Lines, ring: Callable[[Rung], object]
    ) -> None:
        self._state, self._dialect, self._moments, self._lines = state, dialect, moments, lines
        self._ring = ring

    def retry(self, ids: Sequence[str], content: Content | None) -> int:
        """As `Queue.retry`."""
        return self._each(ids, lambda connection, id, rung: self._again(connection, id, content, rung))

    def _again(self, connection: sa.Connection, id: str, content: Content | None, rung: Rung) -> bool:
        state, queue, key, serial, due = self._one(connection, id)
        if state in (None, "ready", "running"):
            return False
        if key is not None and is_over(state) and self._dialect.rows(connection, statements.WITH_KEY, (queue, key)):
            return False
        stands = due == FAR
        if serial is not None and is_over(state):
            self._lines.lock(connection, [(queue, serial)])
            stands = not self._lines.is_free(connection, (queue, serial))
        if content is not None:
            self._dialect.all(connection, statements.EXCHANGE, [(content.data, content.type, id)])
        now = self._moments.now()
        place = ("waiting", FAR, None) if stands else ("ready", None, now)
        self._dialect.all(connection, statements.AGAIN, [(*place, id)])
        rung[queue] += not stands
        return True

    def cancel(self, ids: Sequence[str]) -> int:
        """As `Queue.cancel`."""

        def one(connection: sa.Connection, id: str, rung: Rung) -> bool:
            state, queue, _, serial, due = self._one(connection, id)
            if state is None or is_over(state):
                return False
            if serial is not None:
                self._lines.lock(connection, [(queue, serial)])
            self._dialect.all(connection, statements.FINISH, [("cancelled", self._moments.now(), None, id)])
            if serial is not None and due != FAR:
                self._lines.come_up(connection, (queue, serial), rung)
            return True

        return self._each(ids, one)

    def discard(self, ids: Sequence[str]) -> int:
        """As `Queue.discard`."""

        many = [[(id,) for id in part] for part in _parts(ids)]
        return sum(self._changed(statements.DISCARD, part) for part in many)

    def purge(self, queue: str, states: Sequence[JobState]) -> int:
        """As `Queue.purge`."""
        gone = 0
        # Those who wait first, so that nobody comes up in a line whose holder goes with them.
        for state in sorted(set(states), key=lambda one: one != "waiting"):
            count = AT_ONCE
            while count == AT_ONCE:
                count = self._write(self._purging(queue, state))
                gone += count
        return gone

    def _purging(self, queue: str, state: JobState) -> Callable[[sa.Connection, Rung], int]:
        return lambda connection, rung: self._purge(connection, rung, queue, state)

    def _purge(self, connection: sa.Connection, rung: Rung, queue: str, state: JobState) -> int:
        rows = self._dialect.taken(connection, statements.OF_STATE, (queue, state, AT_ONCE))
        lines = {(queue, serial) for _, serial, due in rows if serial is not None and due != FAR and not is_over(state)}
        self._lines.lock(connection, lines)
        self._dialect.all(connection, statements.FORGET, [(row[0],) for row in rows])
        for line in lines:
            self._lines.come_up(connection, line, rung)
        return len(rows)

    def pause(self, queue: str) -> None:
        """As `Queue.pause`."""
        values = (queue, self._moments.now())
        self._write(lambda connection, _: self._dialect.all(connection, statements.HOLD, [values]))

    def resume(self, queue: str) -> None:
        """As `Queue.resume`."""

        def work(connection: sa.Connection, rung: Rung) -> None:
            self._dialect.all(connection, statements.LET_GO, [(queue,)])
            rung[queue] += AT_ONCE

        self._write(work)

    def sweep(self, keep: int, at_most: int) -> int:
        """Forget what was done or cancelled more than *keep* microseconds ago, and all but *at_most* of each queue."""
        over = self._state.read(lambda connection: self._dialect.rows(connection, statements.OVER))
        gone = 0
        for queue, state in over:
            if state != "dead":
                gone += self._prune(queue, state, self._moments.now() - keep, at_most)
        rung = self._write(lambda connection, _: self._lines.mend(connection))
        self._ring(rung)
        return gone

    def _prune(self, queue: str, state: str, before: int, at_most: int) -> int:
        values = (queue, state, at_most)
        surplus = self._state.read(lambda connection: self._dialect.rows(connection, statements.SURPLUS, values))
        until = max([before, *(row[0] for row in surplus)])
        gone = 0
        while True:
            count = self._changed(statements.PRUNE, [(queue, state, until, AT_ONCE)])
            gone += count
            if count < AT_ONCE:
                return gone

    def _changed(self, statement: str, many: list[Any]) -> int:
        return sum(self._write(lambda connection, _: self._dialect.each(connection, statement, many)))

    def _one(self, connection: sa.Connection, id: str) -> tuple[Any, ...]:
        rows = self._dialect.rows(connection, statements.ONE + self._dialect.locking, (id,))
        return tuple(rows[0]) if rows else (None, "", None, None, None)

    def _each(self, ids: Sequence[str], one: Callable[[sa.Connection, str, Rung], bool]) -> int:
        def some(ids: list[str]) -> Callable[[sa.Connection, Rung], int]:
            return lambda connection, rung: sum(one(connection, id, rung) for id in ids)

        if not self._dialect.shares_lines:
            return sum(self._write(some(part)) for part in _parts(ids))
        done = 0
        for part in _parts(ids):
            together, tried = self._write(self._plain(part, one))
            # Who holds one row only waits for nobody who waits for it.
            alone = sum(self._write(some([id])) for id in part if id not in tried)
            done += together + alone
        return done

    def _plain(
        self, part: list[str], one: Callable[[sa.Connection, str, Rung], bool]
    ) -> Callable[[sa.Connection, Rung], tuple[int, set[str]]]:
        """Return what does those of *part* that nobody is at and that wait for no key and no line.

        It returns how many were changed, and which were tried.
        """

        def work(connection: sa.Connection, rung: Rung) -> tuple[int, set[str]]:
            tried = {row[0] for row in self._dialect.taken(connection, statements.PLAIN, (part,))}
            return sum(one(connection, id, rung) for id in part if id in tried), tried

        return work

    def _write(self, work: Callable[[sa.Connection, Rung], T]) -> T:
        """Run *work*, and ring for what it says is ready."""

        def whole(connection: sa.Connection) -> tuple[T, Rung]:
            rung = Rung()
            return work(connection, rung), rung

        try:
            result, rung = self._state.write(whole)
        except sa.exc.IntegrityError:  # somebody took a key meanwhile; now it is seen
            result, rung = self._state.write(whole)
        self._ring(rung)
        return result


def _parts(ids: Sequence[str]) -> Iterable[list[str]]:
    every = list(dict.fromkeys(ids))
    return [every[start : start + AT_ONCE] for start in range(0, len(every), AT_ONCE)]
