"""A part of a stream broker."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from nexus_admin.brokers.fenced.names import EVERY, Fence, Names
from nexus_admin.brokers.stream.protocol import (
    Batch,
    Capability,
    Fresh,
    GroupFigures,
    Parked,
    Position,
    Stream,
    StreamEvent,
    StreamFigures,
    To,
)
from nexus_admin.brokers.stream.trimming import Trimming


class FencedStream:
    """A `Stream` with the streams of *stream* that begin with *prefix*, and with those of *also*, as they are called.

    It joins no transaction.
    """

    def __init__(self, stream: Stream, prefix: str, names: Names = EVERY, also: frozenset[str] = frozenset()) -> None:
        self._stream, self._fence = stream, Fence(prefix, "stream's name", names, also)

    @property
    def capabilities(self) -> frozenset[Capability]:
        """As `Stream.capabilities`, but for `transactional`."""
        return self._stream.capabilities - {"transactional"}

    def append(self, stream: str, *events: Fresh, expect: int | None = None) -> list[StreamEvent]:
        """As `Stream.append`."""
        return self._events(self._stream.append(self._fence.out(stream), *events, expect=expect))

    def read(self, stream: str, **how: Any) -> list[StreamEvent]:
        """As `Stream.read`."""
        return self._events(self._stream.read(self._fence.out(stream), **how))

    def replay(self, stream: str, **how: Any) -> Iterator[StreamEvent]:
        """As `Stream.replay`."""
        return map(self._event, self._stream.replay(self._fence.out(stream), **how))

    def wait(self, stream: str, after: Position, seconds: float) -> bool:
        """As `Stream.wait`."""
        return self._stream.wait(self._fence.out(stream), after, seconds)

    def group(self, stream: str, group: str, *, lanes: int = 1, start: To = "begin") -> None:
        """As `Stream.group`."""
        self._stream.group(self._fence.out(stream), group, lanes=lanes, start=start)

    def fetch(self, stream: str, group: str, **how: Any) -> Batch | None:
        """As `Stream.fetch`."""
        batch = self._stream.fetch(self._fence.out(stream), group, **how)
        return batch and replace(batch, stream=stream, events=tuple(self._events(batch.events)))

    def commit(self, batch: Batch, *, upto: Position | None = None) -> bool:
        """As `Stream.commit`."""
        return self._stream.commit(self._whole(batch), upto=upto)

    def release(self, batch: Batch, error: str = "", *, retry_in: float = 0.0) -> None:
        """As `Stream.release`."""
        self._stream.release(self._whole(batch), error, retry_in=retry_in)

    def extend(self, batch: Batch, seconds: float) -> bool:
        """As `Stream.extend`."""
        return self._stream.extend(self._whole(batch), seconds)

    def park(self, batch: Batch, event: StreamEvent, error: str) -> bool:
        """As `Stream.park`."""
        return self._stream.park(self._whole(batch), replace(event, stream=self._fence.out(event.stream)), error)

    def parked(self, stream: str, group: str, *, after: int = 0, limit: int = 50) -> list[Parked]:
        """As `Stream.parked`."""
        found = self._stream.parked(self._fence.out(stream), group, after=after, limit=limit)
        return [replace(one, event=replace(one.event, stream=stream)) for one in found]

    def retry(self, stream: str, group: str, *seqs: int) -> int:
        """As `Stream.retry`."""
        return self._stream.retry(self._fence.out(stream), group, *seqs)

    def unpark(self, stream: str, group: str, *seqs: int) -> int:
        """As `Stream.unpark`."""
        return self._stream.unpark(self._fence.out(stream), group, *seqs)

    def seek(self, stream: str, group: str, to: To, *, try_only: bool = False) -> int:
        """As `Stream.seek`."""
        return self._stream.seek(self._fence.out(stream), group, to, try_only=try_only)

    def forget_group(self, stream: str, group: str) -> bool:
        """As `Stream.forget_group`."""
        return self._stream.forget_group(self._fence.out(stream), group)

    def figures(self) -> list[StreamFigures]:
        """As `Stream.figures`."""
        found = self._stream.figures()
        return [replace(one, stream=self._fence.inner(one.stream)) for one in found if self._fence.has(one.stream)]

    def groups(self, stream: str) -> list[GroupFigures]:
        """As `Stream.groups`."""
        return [replace(one, stream=stream) for one in self._stream.groups(self._fence.out(stream))]

    def trim(self, stream: str, **how: Any) -> int:
        """As `Stream.trim`."""
        return self._stream.trim(self._fence.out(stream), **how)

    def trim_plan(self, stream: str, **how: Any) -> Trimming:
        """As `Stream.trim_plan`."""
        return self._stream.trim_plan(self._fence.out(stream), **how)

    def _events(self, events: Any) -> list[StreamEvent]:
        return list(map(self._event, events))

    def _event(self, one: StreamEvent) -> StreamEvent:
        return replace(one, stream=self._fence.inner(one.stream))

    def _whole(self, batch: Batch) -> Batch:
        events = tuple(replace(one, stream=self._fence.out(one.stream)) for one in batch.events)
        return replace(batch, stream=self._fence.out(batch.stream), events=events)
