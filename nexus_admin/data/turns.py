"""Taking turns, in the order of arrival."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """One at a time, first come first served.

    Where a database has one writer, those who wait at its own lock are woken in any order, and some starve.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._taken = False

    @contextmanager
    def taken(self, patience: float) -> Iterator[bool]:
        """Wait for a turn, at most *patience* seconds, and have it until the block ends. Yields whether it came."""
        came = self._take(patience)
        try:
            yield came
        finally:
            if came:
                self._give()

    def _take(self, patience: float) -> bool:
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        if mine.acquire(timeout=patience):
            return True
        with self._guard:
            if mine not in self._waiting:  # it came in this very moment
                return True
            self._waiting.remove(mine)
            return False

    def _give(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False
