"""One page that follows: who looks at it, what it follows, and what waits to be sent. Lives on the event loop."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from nexus_admin.domain.actor import Actor
from nexus_admin.web.live.wire import GAP

MOST_WAITING = 64
"""Messages that wait for a slow page; of more, all are dropped, and it is told to read anew."""


class Connection:
    """One page that follows.

    Args:
        actor: Who looks at it.
        cookie: By which session.
        ring: Called when there is something to take.
    """

    __slots__ = ("_ring", "_waiting", "actor", "cookie", "ended", "topics")

    def __init__(self, actor: Actor, cookie: str, ring: Callable[[], None]) -> None:
        self.actor, self.cookie = actor, cookie
        self.topics: tuple[str, ...] = ()
        self.ended = 0
        self._ring = ring
        self._waiting: deque[str] | None = None

    def offer(self, text: str) -> None:
        """Let *text* wait until it is taken."""
        if self.ended:
            return
        if self._waiting is None:
            self._waiting = deque()
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.clear()
            text = GAP
        self._waiting.append(text)
        self._ring()

    def take(self) -> str | None:
        """Return what has waited longest, None for nothing."""
        if not self._waiting:
            self._waiting = None  # most pages are told nothing most of the time
            return None
        return self._waiting.popleft()

    def end(self, code: int) -> None:
        """End it; what waits is not said any more."""
        if not self.ended:
            self.ended = code
            self._waiting = None
            self._ring()
