"""The stream of the other side. Events get their ids here, so that an append may be made twice and counts once."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from nexus_admin.brokers.content import content_of
from nexus_admin.brokers.stream.handing import paged
from nexus_admin.brokers.stream.protocol import (
    BEGIN,
    Batch,
    Capability,
    Fresh,
    GroupFigures,
    Parked,
    Position,
    StreamEvent,
    StreamFigures,
    To,
)
from nexus_admin.brokers.stream.trimming import Trimming
from nexus_admin.client.errors import Unreachable
from nexus_admin.client.line import FENCE, Line, deadline, no_transaction
from nexus_admin.client.named import NamedStream
from nexus_admin.domain.ids import new_ulid

LONGEST = 20.0
"""Seconds that one question waits there; a longer wait is several."""
T = TypeVar("T")
_log = logging.getLogger(__name__)


class RemoteTrims:
    """The part of it that forgets."""

    _line: Line

    def trim(self, stream: str, **limits: Any) -> int:
        """As `Stream.trim`."""
        return int(self._line.call("stream.trim", stream, **limits))

    def trim_plan(self, stream: str, **limits: Any) -> Trimming:
        """As `Stream.trim_plan`."""
        plan: Trimming = self._line.call("stream.trim_plan", stream, twice=True, **limits)
        return plan


class RemoteStream(RemoteTrims):
    """A `Stream` over a line."""

    capabilities: frozenset[Capability] = frozenset(
        {"durable", "shared", "expect", "groups", "seek", "park", "retention", "wait"}
    )

    def __init__(self, line: Line) -> None:
        self._line = line

    def append(self, stream: str, *events: Fresh, expect: int | None = None, tx: Any = None) -> list[StreamEvent]:
        """As `Stream.append`."""
        no_transaction(tx)
        sent = [replace(one, payload=content_of(one.payload), id=one.id or new_ulid()) for one in events]
        return list(self._line.call("stream.append", stream, *sent, expect=expect, twice=expect is None))

    def read(self, stream: str, **how: Any) -> list[StreamEvent]:
        """As `Stream.read`."""
        return list(self._line.call("stream.read", stream, twice=True, **how))

    def replay(self, stream: str, *, after: Position = BEGIN, **how: Any) -> Iterator[StreamEvent]:
        """As `Stream.replay`."""
        return paged(partial(self.read, stream, **how), after)

    def wait(self, stream: str, after: Position, seconds: float) -> bool:
        """As `Stream.wait`."""
        left, once = deadline(seconds), min(seconds, LONGEST)
        while True:
            if self._line.call("stream.wait", stream, after, once, twice=True, patience=once):
                return True
            once = min(left(), LONGEST)
            if not once:
                return False

    def group(self, stream: str, group: str, *, lanes: int = 1, start: To = "begin") -> None:
        """As `Stream.group`."""
        self._line.call("stream.group", stream, group, lanes=lanes, start=start, twice=True)

    def fetch(
        self,
        stream: str,
        group: str,
        *,
        lane: int | None = None,
        n: int = 1000,
        lease: float = 30.0,
        wait: float = 0.0,
    ) -> Batch | None:
        """As `Stream.fetch`. A batch that was handed out when the line broke comes again when its lease is over."""
        left, once = deadline(wait), min(wait, LONGEST)
        while True:
            how = {"lane": lane, "n": n, "lease": lease, "wait": once}
            batch: Batch | None = self._line.call("stream.fetch", stream, group, twice=True, patience=once, **how)
            once = min(left(), LONGEST)
            if batch is not None or not once:
                return batch

    def commit(self, batch: Batch, *, upto: Position | None = None, tx: Any = None) -> bool:
        """As `Stream.commit`. One whose answer was lost may say False though it counts."""
        no_transaction(tx)
        return bool(self._line.call("stream.commit", _bare(batch, upto), upto=upto, twice=True))

    def release(self, batch: Batch, error: str = "", *, retry_in: float = 0.0) -> None:
        """As `Stream.release`."""
        self._line.call("stream.release", _bare(batch), error, retry_in=retry_in, twice=True)

    def extend(self, batch: Batch, seconds: float) -> bool:
        """As `Stream.extend`."""
        return bool(self._line.call("stream.extend", _bare(batch), seconds, twice=True))

    def park(self, batch: Batch, event: StreamEvent, error: str) -> bool:
        """As `Stream.park`."""
        return bool(self._line.call("stream.park", _bare(batch, event.position), event, error))

    def parked(self, stream: str, group: str, *, after: int = 0, limit: int = 50) -> list[Parked]:
        """As `Stream.parked`."""
        return list(self._line.call("stream.parked", stream, group, after=after, limit=limit, twice=True))

    def retry(self, stream: str, group: str, *seqs: int) -> int:
        """As `Stream.retry`."""
        return int(self._line.call("stream.retry", stream, group, *seqs, twice=True))

    def unpark(self, stream: str, group: str, *seqs: int) -> int:
        """As `Stream.unpark`."""
        return int(self._line.call("stream.unpark", stream, group, *seqs))

    def seek(self, stream: str, group: str, to: To, *, try_only: bool = False) -> int:
        """As `Stream.seek`."""
        return int(self._line.call("stream.seek", stream, group, to, try_only=try_only))

    def forget_group(self, stream: str, group: str) -> bool:
        """As `Stream.forget_group`."""
        return bool(self._line.call("stream.forget_group", stream, group))

    def figures(self) -> list[StreamFigures]:
        """As `Stream.figures`."""
        return list(self._line.call("stream.figures", twice=True))

    def groups(self, stream: str) -> list[GroupFigures]:
        """As `Stream.groups`."""
        return list(self._line.call("stream.groups", stream, twice=True))

    def close(self) -> None:
        """Close the line, for all four."""
        self._line.close()

    def subscribe(
        self, stream: str, group: str, handle: Callable[[StreamEvent], object], *, stop: threading.Event | None = None
    ) -> None:
        """Hand each event of *stream* to *handle* in this thread, from where *group* is, until *stop* is set.

        An event that *handle* raises of is given back, and comes again after a second; what came before it is done.
        """
        known = False
        while stop is None or not stop.is_set():
            try:
                if not known:
                    self.group(stream, group)
                    known = True
                batch = self.fetch(stream, group, n=100, wait=1.0 if stop else LONGEST)
                if batch is not None:
                    self._work(batch, handle)
            except Unreachable as error:  # what was handed out comes again when its lease is over
                _log.warning("The stream %s is asked again: %s", stream, error)

    def __call__(self, name: str, model: type[T] = object) -> NamedStream[T]:  # type: ignore[assignment]
        """Return a handle on the stream called *name*, whose payloads are of *model*."""
        return NamedStream(self, name, model)

    def _work(self, batch: Batch, handle: Callable[[StreamEvent], object]) -> None:
        done: Position | None = None
        for event in batch.events:
            try:
                handle(event)
            except Exception as error:
                if done is not None:
                    self.commit(batch, upto=done)
                self.release(batch, f"{type(error).__name__}: {error}", retry_in=1.0)
                page = self._line.page("brokers", "streams", f"{FENCE}.{batch.stream}", "groups", batch.group)
                _log.warning("The event %s comes again after %s: %s", event.id, type(error).__name__, page)
                return
            done = event.position
        self.commit(batch)


def _bare(batch: Batch, at: Position | None = None) -> Batch:
    """Return *batch* with its first and last event and that *at* a position, without what they say.

    It is all that settling it looks at.
    """
    kept = {batch.events[0].position, batch.events[-1].position, at} if batch.events else ()
    events = (replace(one, content=content_of(None)) for one in batch.events if one.position in kept)
    return replace(batch, events=tuple(events))
