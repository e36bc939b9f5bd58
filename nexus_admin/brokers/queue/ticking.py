"""The one thread of a durable queue: it wakes when the next job is due, and looks once a second anyway.

It is started by the first that waits for a job, and stopped with the queue; so a command that only pushes has none.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

FLOOR = 1.0
"""Seconds after which it looks though it knows of nothing: others may have written, or the clock was set."""

_log = logging.getLogger(__name__)


class Ticker:
    """Calls *tick*, which says after how many seconds it wants to be called again.

    Args:
        tick: What is done; where it fails it is called again after `FLOOR`.
        now: The moment in microseconds by which `sooner` counts.
    """

    def __init__(self, tick: Callable[[], float], now: Callable[[], int]) -> None:
        self._tick, self._now = tick, now
        self._bell = threading.Condition()
        self._next = 0.0
        self._thread: threading.Thread | None = None
        self._over = False
        self._failing = False

    def start(self) -> None:
        """Begin; twice is once."""
        if self._thread is not None:
            return
        with self._bell:
            if self._thread is None and not self._over:
                self._thread = threading.Thread(target=self._run, name="nexus-queue-clock", daemon=True)
                self._thread.start()

    def sooner(self, due: int) -> None:
        """Say that something is due at *due*, which it may not know."""
        self.within((due - self._now()) / 1_000_000)

    def within(self, seconds: float) -> None:
        """Tick within so many *seconds*."""
        if self._thread is None or seconds >= FLOOR:
            return
        moment = time.monotonic() + seconds
        with self._bell:
            if moment < self._next:
                self._next = moment
                self._bell.notify()

    def stop(self) -> None:
        """End, after the tick that is under way."""
        with self._bell:
            self._over = True
            self._bell.notify()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=10)

    def _run(self) -> None:
        while True:
            with self._bell:
                while not self._over and (left := self._next - time.monotonic()) > 0:
                    self._bell.wait(left)
                if self._over:
                    return
                self._next = time.monotonic() + FLOOR
            patience = self._once()
            with self._bell:
                self._next = min(self._next, time.monotonic() + patience)

    def _once(self) -> float:
        try:
            patience = self._tick()
            if self._failing:
                _log.warning("The queue's clock goes again.")
            self._failing = False
            return patience
        except Exception:
            if not self._failing and not self._over:
                _log.exception("The queue's clock could not look what is due; it goes on trying.")
            self._failing = True
            return FLOOR
