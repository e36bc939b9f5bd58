"""What was published a moment ago: so that a page misses nothing between its drawing and its first listening."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from nexus_admin.actions.live.topics import News

MOST = 2_000
KEPT = 300.0
"""Seconds after which a page that comes back reads anew what it shows."""

Stamped = tuple[float, News]


class Recent:
    """The news of the last minutes, each with a stamp; stamps only grow.

    Args:
        clock: Seconds since 1970; tests give their own.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: deque[Stamped] = deque()
        self._last = self._begin = clock()

    def add(self, news: News) -> Stamped:
        """Keep *news*; from any thread."""
        with self._lock:
            self._last = max(self._clock(), self._last + 1e-6)
            one = (self._last, news)
            self._kept.append(one)
            while len(self._kept) > MOST or self._kept[0][0] < self._last - KEPT:
                self._begin = self._kept.popleft()[0]
            return one

    def between(self, since: float, until: float) -> list[Stamped] | None:
        """Return what was stamped after *since*, up to *until*; None where some of it may be forgotten."""
        with self._lock:
            if since < max(self._begin, self._clock() - KEPT):
                return None
            return [one for one in self._kept if since < one[0] <= until]

    def forget(self) -> None:
        """Remember nothing of what was published before: some of it may not have come here."""
        with self._lock:
            self._kept.clear()
            self._begin = self._last = max(self._clock(), self._last + 1e-6)

    def now(self) -> float:
        """Return a stamp that is not before any that was given."""
        with self._lock:
            return max(self._clock(), self._last)
