"""Listening to a stream as one listens to a topic: a thread that waits at its end, and tells what is appended."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from nexus_admin.brokers.stream.protocol import BEGIN, Position, Stream, StreamEvent
from nexus_admin.domain.errors import NexusError

WAIT = 1.0
"""Seconds after which it looks whether it should end; what is appended wakes it at once."""
AT_ONCE = 1_000
"""Events that are read at once."""
AGAIN = 1.0
"""Seconds until it tries again where the stream could not be read."""

_log = logging.getLogger(__name__)


class StreamEar:
    """Calls *hear* with each event that is appended to the stream from now on, until it is closed.

    Args:
        stream: The broker.
        name: The stream; one that nobody has appended to may be waited for.
        hear: Called in a thread of its own, in the stream's order.

    Raises:
        NexusError: no stream is spelled like that, or the broker is closed.
    """

    def __init__(self, stream: Stream, name: str, hear: Callable[[StreamEvent], None]) -> None:
        self._stream, self._name, self._hear = stream, name, hear
        self._over = threading.Event()
        newest = stream.read(name, limit=1, backwards=True)
        after = newest[0].position if newest else BEGIN
        threading.Thread(target=self._run, args=(after,), name=f"nexus-hears-{name}", daemon=True).start()

    def close(self) -> None:
        """End it; a call that has begun may still be at work."""
        self._over.set()

    def _run(self, after: Position) -> None:
        while not self._over.is_set():
            try:
                after = self._next(after)
            except NexusError as error:  # the broker is closed, or its database is away
                if not self._over.wait(AGAIN):
                    _log.info("The stream %s could not be read: %s", self._name, error)

    def _next(self, after: Position) -> Position:
        if self._stream.wait(self._name, after, WAIT):
            for event in self._stream.read(self._name, after=after, limit=AT_ONCE):
                if self._over.is_set():
                    break
                self._hear(event)
                after = event.position
        return after
