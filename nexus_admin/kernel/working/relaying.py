"""Durable listeners: what has happened is read from the stream of the house, one group for each, in one thread.

A listener that raises holds up its own group only: the event comes again in place, later each time, and is set aside
after `MOST` times. So events of one row are heard in their order.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase

from nexus_admin.audit.outbox import HOUSE, event_of
from nexus_admin.brokers.stream import BEGIN, Batch, Position, Stream, StreamEvent
from nexus_admin.domain.action import Event
from nexus_admin.domain.event import UnreadableEvent
from nexus_admin.kernel.working.retrying import BREATH, MOST, noted, pause_after
from nexus_admin.kernel.working.watcher import Watcher
from nexus_admin.sdk.declarations import Listener

AT_ONCE = 100
"""Events of one group that are worked on before the next group has its turn."""
LEASE = 300.0
"""Seconds that a group is ours for one batch."""
WAIT = 1.0
"""Seconds between two looks where nothing rings."""

log = logging.getLogger(__name__)
Tell = Callable[[Listener, Event], object]


def group_of(listener: Listener) -> str:
    """Return the name of a durable listener's group."""
    name = listener.name or f"{listener.pattern.replace('*', 'all')}-{getattr(listener.hear, '__name__', 'hear')}"
    return re.sub(r"[^A-Za-z0-9._-]", "-", f"{listener.owner}.{name}")[:200]


class Relay(Watcher):
    """Lets durable listeners hear; one a process. Processes on one state share the work, group by group.

    Args:
        stream: Where the events of the house are.
        raised: Told of a listener that raised, with its owner.
        clock: Seconds that only grow; tests give their own.
        tell: Lets a listener hear an event; None for one that hears it as it is.
    """

    def __init__(
        self,
        stream: Stream,
        raised: Callable[[str, Exception], None],
        clock: Callable[[], float] = time.monotonic,
        tell: Tell | None = None,
    ) -> None:
        self._stream, self._raised, self._clock = stream, raised, clock
        self._tell = tell or (lambda listener, event: listener.hear(event))
        self._listeners: dict[str, Listener] = {}
        super().__init__("nexus-relay", 0, "Events of the house are heard later.")

    def declared(self, listeners: Iterable[Listener]) -> None:
        """Let these hear from now on, and no others; a group that is gone stays where it is."""
        found = {group_of(one): one for one in listeners if one.durable}
        for group in found.keys() - self._listeners.keys():
            self._stream.group(HOUSE, group, start="end")
        self._listeners = found

    def look(self) -> None:
        """Let them hear what there is, and wait for more; when told to stop, the event that is heard is the last."""
        if not self._listeners:
            self.stopping.wait(WAIT)
            return
        head = self.round()
        if not self.stopping.wait(BREATH):
            self._stream.wait(HOUSE, head, WAIT)

    def round(self) -> Position:
        """Let each group hear what it has before it; return where the stream ended when that began."""
        head = self._head()
        for group, listener in list(self._listeners.items()):
            while not self.stopping.is_set() and (batch := self._stream.fetch(HOUSE, group, n=AT_ONCE, lease=LEASE)):
                if not self._hear(listener, batch) or len(batch.events) < AT_ONCE:
                    break
        return head

    def _head(self) -> Position:
        latest = self._stream.read(HOUSE, limit=1, backwards=True)
        return latest[0].position if latest else BEGIN

    def _hear(self, listener: Listener, batch: Batch) -> bool:
        """Let it hear a batch; return whether all of it is done with."""
        done: Position | None = None
        since = self._clock()
        for place, event in enumerate(batch.events):
            if self.stopping.is_set():
                self._give_back(batch, done, "", 0.0)
                return False
            if self._clock() - since > LEASE / 3:  # a slow listener keeps what it was handed, event by event
                since = self._clock()
                if not self._stream.extend(batch, LEASE):
                    return False  # somebody else is at it by now
            try:
                if fnmatchcase(event.type, listener.pattern):
                    self._tell(listener, event_of(event))
            except UnreadableEvent as error:  # which no second try would change, and nobody's code is to blame for
                log.warning("%s sets an event aside: %s", group_of(listener), error)
                return self._again(listener, batch, event, done, MOST, error)
            except Exception as error:
                log.exception("A durable listener of %s raised.", event.type)
                tried = (batch.attempts if place == 0 else 0) + 1
                return self._again(listener, batch, event, done, tried, error)
            done = event.position
        return self._stream.commit(batch)

    def _again(
        self, listener: Listener, batch: Batch, event: StreamEvent, done: Position | None, tried: int, error: Exception
    ) -> bool:
        """Have an event tried again later, or set it aside; return whether there may be more at once."""
        if tried < MOST:
            self._give_back(batch, done, noted(error), pause_after(tried))
            return False
        if done is not None:
            self._stream.commit(batch, upto=done)
        self._stream.park(batch, event, noted(error))
        self._stream.release(batch)
        if not isinstance(error, UnreadableEvent):
            self._raised(listener.owner, error)
        return True

    def _give_back(self, batch: Batch, done: Position | None, error: str, retry_in: float) -> None:
        if done is not None:
            self._stream.commit(batch, upto=done)
        self._stream.release(batch, error, retry_in=retry_in)
