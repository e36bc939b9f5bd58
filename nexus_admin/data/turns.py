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
        self._guard = threading.Condition()
        self._waiting: deque[threading.Lock] = deque()
        self._taken = False
        self._looking = False

    @contextmanager
    def taken(self, patience: float) -> Iterator[bool]:
        """Wait for a turn, at most *patience* seconds, and have it until the block ends. Yields whether it came."""
        came = self.take(patience)
        try:
            yield came
        finally:
            if came:
                self.give()

    def take(self, patience: float) -> bool:
        """Wait for a turn, at most *patience* seconds; return whether it came. Whoever has one gives it back."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
            if self._looking:
                self._guard.notify()
        if mine.acquire(timeout=patience):
            return True
        with self._guard:
            if mine not in self._waiting:  # it came in this very moment
                return True
            self._waiting.remove(mine)
            return False

    def give(self) -> None:
        """Give the turn to whoever has waited longest, or back."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False

    def pass_on(self, patience: float = 0) -> bool:
        """Give the turn to whoever has waited longest, if anybody does within *patience* seconds; else keep it."""
        with self._guard:
            if not self._waiting and patience > 0:
                self._looking = True
                self._guard.wait(patience)
                self._looking = False
            if not self._waiting:
                return False
            self._waiting.popleft().release()
            return True
