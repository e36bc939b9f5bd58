"""What one client subscribed to: messages wait in a bounded buffer until the socket takes them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from nexus_admin.brokers.pubsub.protocol import Gap, Listener, Message
from nexus_admin.domain.errors import BadRequest

MOST_BUFFER = 10_000
"""Messages that may wait for one subscription."""
MOST_BYTES = 8 * 2**20
"""Of their payloads; the newest message waits however large it is."""


class Told:
    """One subscription of a client.

    Args:
        number: How the client calls it.
        buffer: Messages that may wait; of more, the oldest is dropped and a `Gap` tells how many were.
        ring: Called, on whatever thread, when there is something where nothing was.

    Attributes:
        sending: Whether what waits is being sent; the event loop's own.
    """

    def __init__(self, number: int, buffer: int, ring: Callable[[], object]) -> None:
        if not 1 <= buffer <= MOST_BUFFER:
            raise BadRequest(f"A subscription has room for 1 to {MOST_BUFFER:,} messages, not {buffer}.")
        self.number = number
        self._listener: Listener | None = None
        self._closed = False
        self._most, self._ring = buffer, ring
        self._waiting: deque[Message] = deque()
        self._bytes = 0
        self._lost = 0
        self._unknown = False
        self.sending = False
        self._lock = threading.Lock()

    def attach(self, listener: Listener) -> None:
        """Hear by *listener*; not at all where the client has gone meanwhile."""
        with self._lock:
            self._listener = listener
            gone = self._closed
        if gone:
            listener.close()

    def hear(self, message: Message) -> None:
        """Let *message* wait; on the thread of whoever publishes."""
        with self._lock:
            self._bytes += _size(message)
            while self._waiting and (len(self._waiting) >= self._most or self._bytes > MOST_BYTES):
                self._bytes -= _size(self._waiting.popleft())
                self._lost += 1
            self._waiting.append(message)
            first = len(self._waiting) == 1
        if first:
            self._ring()

    def missed(self) -> None:
        """Say that messages may have been missed on the way from another process, nobody knows how many."""
        with self._lock:
            self._unknown = True
        self._ring()

    def take(self) -> Message | Gap | None:
        """Return what comes next, None for nothing; a gap of an unknown number comes before all that waits."""
        with self._lock:
            if self._lost or self._unknown:
                gap = Gap(0 if self._unknown else self._lost)
                self._lost, self._unknown = 0, False
                return gap
            if not self._waiting:
                return None
            message = self._waiting.popleft()
            self._bytes -= _size(message)
            return message

    def close(self) -> None:
        """Hear nothing any more."""
        with self._lock:
            self._closed = True
            listener = self._listener
        if listener is not None:
            listener.close()


def _size(message: Message) -> int:
    return len(message.content.data)
