"""A stream whose names are kept by more than one: each call goes to whoever keeps the stream that it names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nexus_admin.brokers.stream.protocol import Batch, Fresh, GroupFigures, Parked, Position, Stream, StreamEvent, To
from nexus_admin.brokers.stream.trimming import Trimming


class RoutedStream:
    """A `Stream` but for `capabilities`, `figures` and `close`; a subclass has those, and says who keeps a stream."""

    def _of(self, stream: str) -> Stream:
        """Return who keeps *stream*."""
        raise NotImplementedError

    def append(self, stream: str, *events: Fresh, expect: int | None = None, tx: Any = None) -> list[StreamEvent]:
        """As `Stream.append`."""
        return self._of(stream).append(stream, *events, expect=expect, tx=tx)

    def read(self, stream: str, **how: Any) -> list[StreamEvent]:
        """As `Stream.read`."""
        return self._of(stream).read(stream, **how)

    def replay(self, stream: str, **how: Any) -> Iterator[StreamEvent]:
        """As `Stream.replay`."""
        return self._of(stream).replay(stream, **how)

    def wait(self, stream: str, after: Position, seconds: float) -> bool:
        """As `Stream.wait`."""
        return self._of(stream).wait(stream, after, seconds)

    def group(self, stream: str, group: str, *, lanes: int = 1, start: To = "begin") -> None:
        """As `Stream.group`."""
        self._of(stream).group(stream, group, lanes=lanes, start=start)

    def fetch(self, stream: str, group: str, **how: Any) -> Batch | None:
        """As `Stream.fetch`."""
        return self._of(stream).fetch(stream, group, **how)

    def commit(self, batch: Batch, *, upto: Position | None = None, tx: Any = None) -> bool:
        """As `Stream.commit`."""
        return self._of(batch.stream).commit(batch, upto=upto, tx=tx)

    def release(self, batch: Batch, error: str = "", *, retry_in: float = 0.0) -> None:
        """As `Stream.release`."""
        self._of(batch.stream).release(batch, error, retry_in=retry_in)

    def extend(self, batch: Batch, seconds: float) -> bool:
        """As `Stream.extend`."""
        return self._of(batch.stream).extend(batch, seconds)

    def park(self, batch: Batch, event: StreamEvent, error: str) -> bool:
        """As `Stream.park`."""
        return self._of(batch.stream).park(batch, event, error)

    def parked(self, stream: str, group: str, *, after: int = 0, limit: int = 50) -> list[Parked]:
        """As `Stream.parked`."""
        return self._of(stream).parked(stream, group, after=after, limit=limit)

    def retry(self, stream: str, group: str, *seqs: int) -> int:
        """As `Stream.retry`."""
        return self._of(stream).retry(stream, group, *seqs)

    def unpark(self, stream: str, group: str, *seqs: int) -> int:
        """As `Stream.unpark`."""
        return self._of(stream).unpark(stream, group, *seqs)

    def seek(self, stream: str, group: str, to: To, *, try_only: bool = False) -> int:
        """As `Stream.seek`."""
        return self._of(stream).seek(stream, group, to, try_only=try_only)

    def forget_group(self, stream: str, group: str) -> bool:
        """As `Stream.forget_group`."""
        return self._of(stream).forget_group(stream, group)

    def groups(self, stream: str) -> list[GroupFigures]:
        """As `Stream.groups`."""
        return self._of(stream).groups(stream)

    def trim(self, stream: str, **how: Any) -> int:
        """As `Stream.trim`."""
        return self._of(stream).trim(stream, **how)

    def trim_plan(self, stream: str, **how: Any) -> Trimming:
        """As `Stream.trim_plan`."""
        return self._of(stream).trim_plan(stream, **how)
