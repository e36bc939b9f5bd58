"""Who waits for jobs, and is woken when there may be some: as many as can take them, the longest waiting first.

Who is woken takes up to as many as it has room for. Until it has looked, what comes besides is left for it, and passed
on then: eight who wait for a hundred each, and sixty-four who push one by one, would else wake all eight for what the
first of them finds, and seven would look in vain.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")
_News = tuple[str, int]
"""A queue, and how many jobs of it are left for somebody."""


class Waiter:
    """One thread that waits for up to *room* jobs of some queues; *jobs* of the queue *rung* are left for it so far."""

    __slots__ = ("jobs", "queues", "room", "rung", "woken")

    def __init__(self, queues: Sequence[str], room: int) -> None:
        self.queues = tuple(dict.fromkeys(queues))
        self.room, self.jobs = room, 0
        self.rung: str | None = None
        self.woken = threading.Event()

    def leave_for(self, jobs: int) -> int:
        """Leave it as many of *jobs* as it can take; return how many are too many."""
        some = min(jobs, self.room - self.jobs)
        self.jobs += some
        return jobs - some


class Waiters:
    """Everybody in this process who waits. Safe to use from many threads; none of its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines: dict[str, dict[Waiter, None]] = {}
        self._coming: dict[str, Waiter] = {}
        self._closed = False

    @property
    def queues(self) -> list[str]:
        """The queues that somebody waits for."""
        with self._lock:
            return list(self._lines)

    def ring(self, queue: str, jobs: int = 1) -> None:
        """Say that there may be so many *jobs* more in *queue*."""
        with self._lock:
            if (coming := self._coming.get(queue)) is not None:
                jobs = coming.leave_for(jobs)
            while jobs > 0 and (line := self._lines.get(queue)):
                self._coming[queue] = waiter = next(iter(line))
                self._wake(waiter, queue)
                jobs = waiter.leave_for(jobs)

    def close(self) -> None:
        """Wake everybody; nobody waits any more."""
        with self._lock:
            self._closed = True
            for queue in list(self._lines):
                while line := self._lines.get(queue):
                    self._wake(next(iter(line)), queue)

    def wait(
        self,
        queues: Sequence[str],
        seconds: float,
        look: Callable[[], list[T]],
        nap: Callable[[], float | None] = lambda: None,
        room: int = 1,
    ) -> list[T]:
        """Return what *look* finds, as soon as it finds something, at the latest after *seconds*.

        Args:
            queues: *look* is asked again when one of them rings.
            seconds: At most.
            look: Takes what there is.
            nap: Says after how many seconds there may be something without anybody ringing; None is never.
            room: How many *look* takes, at most.
        """
        until = time.monotonic() + seconds
        news: _News | None = None
        while True:
            with self._entered(queues, room, news) as waiter:  # before looking: nothing comes unseen in between
                if self._closed:
                    return []
                if found := look():
                    if news is not None and 1 < room <= len(found):  # perhaps of another queue than was rung for
                        self.ring(*news)
                    return found
                left = until - time.monotonic()
                if left <= 0:
                    return []
                self._stay(waiter, room)
                patience = nap()
                waiter.woken.wait(left if patience is None else min(left, max(patience, 0.0)))
                news = self._arrived(waiter)  # we look now ourselves

    @contextmanager
    def _entered(self, queues: Sequence[str], room: int, news: _News | None) -> Iterator[Waiter]:
        """Let one look: who has *news* has so much less room, and is left what else comes of that queue meanwhile."""
        waiter = Waiter(queues, room)
        with self._lock:
            if news is not None and news[1] < room and news[0] not in self._coming:
                waiter.room = room - news[1]
                waiter.rung = news[0]
                self._coming[news[0]] = waiter
            else:
                self._enter(waiter)
        try:
            yield waiter
        finally:
            with self._lock:
                self._leave(waiter)
                left = self._forgotten(waiter)
            if left is not None:  # for jobs that may still be there: we found others
                self.ring(*left)

    def _stay(self, waiter: Waiter, room: int) -> None:
        """Let one who found nothing wait with the others, unless something was left for it while it looked."""
        with self._lock:
            waiter.room = room
            if waiter.jobs or self._closed:
                waiter.woken.set()
            elif waiter.rung is not None:
                self._forgotten(waiter)
                self._enter(waiter)

    def _arrived(self, waiter: Waiter) -> _News | None:
        """Leave nothing more for *waiter*, which looks only now; return what was left for it."""
        with self._lock:
            return self._forgotten(waiter)

    def _forgotten(self, waiter: Waiter) -> _News | None:
        queue, waiter.rung = waiter.rung, None
        if queue is None:
            return None
        if self._coming.get(queue) is waiter:
            del self._coming[queue]
        return queue, waiter.jobs

    def _enter(self, waiter: Waiter) -> None:
        for queue in waiter.queues:
            self._lines.setdefault(queue, {})[waiter] = None

    def _wake(self, waiter: Waiter, queue: str) -> None:
        self._leave(waiter)
        waiter.rung = queue
        waiter.woken.set()

    def _leave(self, waiter: Waiter) -> None:
        for queue in waiter.queues:
            line = self._lines.get(queue)
            if line is not None:
                line.pop(waiter, None)
                if not line:
                    del self._lines[queue]
