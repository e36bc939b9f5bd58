"""Threads that are kept for code that may not come back: a new one for each piece of work costs more than the work."""

from __future__ import annotations

import contextvars
import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

MOST = 32
"""Idle ones that are kept; in a rush there are more for a while."""


class Outcome(NamedTuple):
    """What came of a piece of work: what it returned, or what it raised."""

    answer: Any = None
    raised: BaseException | None = None


class _Hand(threading.Thread):
    """One thread, that does one thing at a time."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._given, self._over = threading.Lock(), threading.Lock()
        self._given.acquire()
        self._over.acquire()
        self._work: Callable[[], Any] | None = None
        self._outcome = Outcome()

    def run(self) -> None:
        """Do what is given, until that is nothing."""
        while self._given.acquire() and self._work is not None:
            try:
                self._outcome = Outcome(self._work())
            except BaseException as error:
                self._outcome = Outcome(raised=error)
            self._work = None  # nothing is held that nobody needs
            self._over.release()

    def do(self, work: Callable[[], Any], seconds: float) -> Outcome | None:
        """Do *work*; return what came of it, None where it did not come back. Then this hand ends with it."""
        self._work = work
        self._given.release()
        if not self._over.acquire(timeout=seconds):
            self.leave()
            return None
        outcome, self._outcome = self._outcome, Outcome()
        return outcome

    def leave(self) -> None:
        """End, as soon as nothing is done."""
        self._given.release()


class Hands:
    """Hands that rest until they are needed."""

    def __init__(self) -> None:
        self._idle: deque[_Hand] = deque()

    def do(self, name: str, work: Callable[[], Any], seconds: float) -> Outcome | None:
        """Do *work* in another thread, with the context of this one.

        Args:
            name: What the thread is called meanwhile.
            work: It may hang.
            seconds: For so long it is waited for.

        Returns:
            None where it did not come back. Then it goes on, in a thread that nobody else gets.
        """
        try:
            hand = self._idle.pop()  # the one that has rested least
        except IndexError:
            hand = _Hand()
            hand.start()
        hand.name = name
        outcome = hand.do(partial(contextvars.copy_context().run, work), seconds)
        if outcome is not None:
            if len(self._idle) < MOST:
                self._idle.append(hand)
            else:
                hand.leave()
        return outcome
