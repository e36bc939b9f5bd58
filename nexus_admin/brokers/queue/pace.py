"""What moves a durable queue on: what comes due, who is woken for it, and the clock of the machine being set."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import sqlalchemy as sa

from nexus_admin.brokers.queue.checking import SECOND
from nexus_admin.brokers.queue.dialect import Dialect
from nexus_admin.brokers.queue.lines import Rung
from nexus_admin.brokers.queue.moments import Moments
from nexus_admin.brokers.queue.notices import Notices
from nexus_admin.brokers.queue.protocol import Job
from nexus_admin.brokers.queue.reading import Reading
from nexus_admin.brokers.queue.taking import Taking
from nexus_admin.brokers.queue.ticking import FLOOR, Ticker
from nexus_admin.brokers.queue.waiting import Waiters
from nexus_admin.state.engine import State


class Pace:
    """One for each queue.

    Args:
        state: Where the jobs are.
        dialect: How the database is spoken to.
        moments: What time it is.
        taking: Moves on what is due.
        reading: Knows what is.
    """

    def __init__(self, state: State, dialect: Dialect, moments: Moments, taking: Taking, reading: Reading) -> None:
        self._state, self._dialect, self._moments = state, dialect, moments
        self._taking, self._reading = taking, reading
        self._waiters = Waiters()
        self._ticker = Ticker(self._tick, moments.now)
        self._notices = Notices(state, self._waiters.ring) if dialect.shares_lines else None
        self._looking, self._planning = threading.Lock(), threading.Lock()
        self._next_look = 0
        self._seen: int | None = None

    def wait(self, queues: Sequence[str], seconds: float, look: Callable[[], list[Job]], room: int) -> list[Job]:
        """As `Waiters.wait`, with a clock that goes and an ear that is open."""
        self._ticker.start()
        if self._notices:
            self._notices.listen()
        return self._waiters.wait(queues, seconds, look, room=room)

    def happened(self, rung: Rung) -> None:
        """Say what a commit brought."""
        for queue, jobs in rung.items():
            if jobs:
                self._waiters.ring(queue, jobs)
                if self._notices:
                    self._notices.add(queue)
        if self._notices and rung:
            self._ticker.start()
            self._ticker.within(0)
        self.plan(rung.due)

    def plan(self, due: int | None) -> None:
        """Say that something is due then."""
        if due is not None:
            with self._planning:
                self._next_look = min(self._next_look, due)
            self._ticker.sooner(due)

    def look_if_due(self, *, patient: bool) -> None:
        """Look, if it is time to.

        Args:
            patient: Whether to wait for somebody else's look; who does not is woken when that finds something.
        """
        if self._moments.now() >= self._next_look:
            self.look(patient=patient)
        elif patient and self._looking.locked():
            with self._looking:
                return

    def look(self, *, patient: bool = True) -> None:
        """Follow the clock if it was set, and let what is due move on; one thread at a time."""
        if not self._looking.acquire(blocking=patient):
            return
        try:
            moved = self._moments.look()
            if moved or self._seen is None:
                self._move_clock(moved)
            self._next_look = self._moments.now() + int(FLOOR * SECOND)
            self._move_on()
        finally:
            self._looking.release()

    def _move_on(self) -> None:
        due = self._reading.next_due()
        while due is not None and due <= max(self._moments.now(), self._moments.named()):
            moved = self._state.write_together(self._taking.move_on, None, lasting=False)  # else it is done again
            self.happened(moved.rung)
            due = moved.next if moved.jobs else None
        self.plan(due)

    def _move_clock(self, by: int) -> None:
        """Let what is kept, and our own count, follow the wall's clock; both or neither."""

        def work(connection: sa.Connection) -> int:
            seen = self._dialect.move_clock(connection, by, self._moments.now() + by, self._seen)
            self._moments.follow(by)
            followed.append(by)
            return seen

        followed: list[int] = []
        try:
            self._seen = self._state.write(work)
        except BaseException:
            self._moments.follow(-sum(followed))
            raise

    def _tick(self) -> float:
        """Look what is due, ring for it, tell other processes; return after how many seconds to do so again."""
        patience = self._notices.send() if self._notices else None
        if self._moments.now() >= self._next_look:
            self.look(patient=False)
            for queue in self._reading.ready_among(self._waiters.queues):
                self._waiters.ring(queue)
        left = (self._next_look - self._moments.now()) / SECOND
        return max(0.0, min(left, FLOOR if patience is None else patience))

    def close(self) -> None:
        """Wake everybody; look and listen no more."""
        self._waiters.close()
        self._ticker.stop()
        if self._notices:
            self._notices.close()
