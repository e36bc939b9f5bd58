"""Who waits for a job, and is woken when there may be one: as many as there are jobs, the longest waiting first."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


class Waiter:
    """One thread that waits for a job of some queues."""

    __slots__ = ("queues", "rung", "woken")

    def __init__(self, queues: Sequence[str]) -> None:
        self.queues = tuple(dict.fromkeys(queues))
        self.rung: str | None = None
        self.woken = threading.Event()


class Waiters:
    """Everybody in this process who waits. Safe to use from many threads; none of its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines: dict[str, dict[Waiter, None]] = {}
        self._closed = False

    @property
    def queues(self) -> list[str]:
        """The queues that somebody waits for."""
        with self._lock:
            return list(self._lines)

    def ring(self, queue: str, jobs: int = 1) -> None:
        """Say that there may be so many *jobs* more in *queue*."""
        with self._lock:
            while jobs > 0 and (line := self._lines.get(queue)):
                self._wake(next(iter(line)), queue)
                jobs -= 1

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
    ) -> list[T]:
        """Return what *look* finds, as soon as it finds something, at the latest after *seconds*.

        Args:
            queues: *look* is asked again when one of them rings.
            seconds: At most.
            look: Takes what there is.
            nap: Says after how many seconds there may be something without anybody ringing; None is never.
        """
        until = time.monotonic() + seconds
        while True:
            with self._entered(queues) as waiter:  # before looking, so that nothing comes unseen in between
                if self._closed:
                    return []
                if found := look():
                    return found
                left = until - time.monotonic()
                if left <= 0:
                    return []
                patience = nap()
                waiter.woken.wait(left if patience is None else min(left, max(patience, 0.0)))
                waiter.rung = None  # we look now ourselves

    @contextmanager
    def _entered(self, queues: Sequence[str]) -> Iterator[Waiter]:
        waiter = Waiter(queues)
        with self._lock:
            for queue in waiter.queues:
                self._lines.setdefault(queue, {})[waiter] = None
        try:
            yield waiter
        finally:
            with self._lock:
                self._leave(waiter)
            if waiter.rung is not None:  # for a job that is still there: we found another one
                self.ring(waiter.rung)

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
