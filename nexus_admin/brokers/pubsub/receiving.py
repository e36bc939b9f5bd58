"""The two ways to receive: a buffer that somebody empties, and a function that is called."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Self

from nexus_admin.brokers.pubsub.protocol import Gap, Message
from nexus_admin.domain.errors import BadRequest

_log = logging.getLogger(__name__)


class Buffered:
    """A `Subscription` in this process.

    Args:
        patterns: What it subscribed to.
        buffer: Messages that may wait.
        forget: Called once, when it is closed.
    """

    def __init__(self, patterns: tuple[str, ...], buffer: int, forget: Callable[[Buffered], None]) -> None:
        if buffer < 1:
            raise BadRequest(f"A subscription has room for one message at least, not {buffer}.")
        self.patterns = patterns
        self.delivered = self.dropped = 0
        self.failed = 0
        self.room = buffer
        self._forget = forget
        self._waiting: deque[Message | Gap] = deque()
        self._lost = 0
        self._closed = False
        self._bell = threading.Condition()

    @property
    def closed(self) -> bool:
        """As `Subscription.closed`."""
        return self._closed

    def begin(self, earlier: Iterable[Message]) -> None:
        """Take the last values; before anybody else can reach this."""
        for message in earlier:
            self.deliver(message)

    def deliver(self, message: Message) -> None:
        """Let *message* wait here; the oldest goes where there is no room."""
        with self._bell:
            if self._closed:
                return
            if len(self._waiting) >= self.room:
                self._drop()
            self._waiting.append(message)
            self.delivered += 1
            self._bell.notify()

    def missed(self, lost: int = 0) -> None:
        """Say in this place that *lost* messages were missed on the way, 0 where nobody knows how many."""
        with self._bell:
            if self._closed:
                return
            last = self._waiting[-1] if self._waiting else None
            if isinstance(last, Gap):
                self._waiting[-1] = Gap(last.lost + lost if last.lost and lost else 0)
                return
            if len(self._waiting) >= self.room:
                self._drop()
            self._waiting.append(Gap(lost))
            self._bell.notify()

    def _drop(self) -> None:
        """Let the oldest go; a gap among those that were dropped is in the one that tells of them."""
        if isinstance(self._waiting.popleft(), Message):
            self.dropped += 1
        self._lost += 1

    def get(self, timeout: float | None = None) -> Message | Gap | None:
        """As `Subscription.get`."""
        until = None if timeout is None else time.monotonic() + timeout
        with self._bell:
            while not self._waiting:
                left = None if until is None else until - time.monotonic()
                if self._closed or (left is not None and left <= 0):
                    return None
                self._bell.wait(left)
            if self._lost:
                gap, self._lost = Gap(self._lost), 0
                return gap
            return self._waiting.popleft()

    def __iter__(self) -> Iterator[Message | Gap]:
        while (one := self.get()) is not None:
            yield one

    def until_quiet(self, seconds: float) -> Iterator[Message | Gap]:
        """As `Subscription.until_quiet`."""
        while (one := self.get(seconds)) is not None:
            yield one

    def close(self) -> None:
        """As `Subscription.close`."""
        with self._bell:
            if self._closed:
                return
            self._closed = True
            self._bell.notify_all()
        self._forget(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Called:
    """A `Listener` in this process.

    No lock is held while it is called, so it may publish, subscribe and close. Until it has been told the last
    values, news wait behind them.

    Args:
        patterns: What it listens to.
        call: What is called with each message.
        forget: Called once, when it is closed.
        missed: What is called where messages may have been missed on the way.
    """

    def __init__(
        self,
        patterns: tuple[str, ...],
        call: Callable[[Message], object],
        forget: Callable[[Called], None],
        missed: Callable[[], object] | None = None,
    ) -> None:
        self.patterns = patterns
        self.delivered = self.dropped = self.failed = 0
        self._call = call
        self._forget = forget
        self._missed = missed
        self._early: deque[Message | None] | None = deque()
        self._closed = False
        self._lock = threading.Lock()

    def begin(self, earlier: Iterable[Message]) -> None:
        """Let the last values be told before any news."""
        with self._lock:
            if self._early is not None:
                self._early.extend(earlier)

    def catch_up(self) -> None:
        """Tell the last values, then the news that came meanwhile; from then on news are told at once."""
        while True:
            with self._lock:
                if not self._early:
                    self._early = None
                    return
                message = self._early.popleft()
            self._tell(message)

    def deliver(self, message: Message) -> None:
        """Call with *message*; on the thread of whoever publishes."""
        self._hear(message)

    def missed(self, _lost: int = 0) -> None:
        """Say that messages may have been missed in this place."""
        if self._missed is not None:
            self._hear(None)

    def close(self) -> None:
        """As `Listener.close`."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._forget(self)

    def _hear(self, message: Message | None) -> None:
        with self._lock:
            if self._early is not None:
                self._early.append(message)
                return
        self._tell(message)

    def _tell(self, message: Message | None) -> None:
        """Call with a message, or for None with what was missed."""
        with self._lock:
            if self._closed:
                return
            self.delivered += message is not None
        try:
            if message is not None:
                self._call(message)
            elif self._missed is not None:
                self._missed()
        except Exception:
            with self._lock:
                self.failed += 1
            _log.exception("A listener to %s failed; the others hear as before.", ", ".join(self.patterns))
