"""The stream of one process, in memory: for tests, and for what may be lost with it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from nexus_admin.brokers.stream.checking import (
    LONGEST_LEASE,
    MOST_EVENTS,
    MOST_LANES,
    MOST_PAYLOAD,
    check_name,
    check_number,
    check_wait,
    micros,
    moment,
    prepare,
    steady,
)
from nexus_admin.brokers.stream.handing import (
    before_in,
    check_fetch,
    closed,
    last_of,
    no_group,
    not_the_first,
    other_lanes,
    paged,
)
from nexus_admin.brokers.stream.memory_groups import next_end, ours, pass_to, settle_again, take, where
from nexus_admin.brokers.stream.memory_log import GroupAt, LaneAt, Log
from nexus_admin.brokers.stream.memory_trim import TrimsInMemory
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
from nexus_admin.brokers.stream.reserved import check_appended
from nexus_admin.domain.errors import Refused


class MemoryStream(TrimsInMemory):
    """A `Stream` in the memory of this process.

    Args:
        most_payload: The largest payload, in bytes.
        clock: Seconds since 1970, for leases; tests give their own.
        wall: Seconds since 1970, for the moments of events.
    """

    capabilities: frozenset[Capability] = frozenset({"expect", "groups", "seek", "park", "retention", "wait"})

    def __init__(
        self,
        *,
        most_payload: int = MOST_PAYLOAD,
        clock: Callable[[], float] = steady,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._most_payload, self._clock, self._wall = most_payload, clock, wall
        self._bell = threading.Condition()
        self._logs: dict[str, Log] = {}
        self._seq = 0
        self._closed = False

    def append(self, stream: str, *events: Fresh, expect: int | None = None, tx: Any = None) -> list[StreamEvent]:
        """As `Stream.append`."""
        _check_no_tx(tx)
        ready = prepare(events, expect, micros(self._wall()), self._most_payload)
        check_appended(stream)
        with self._bell:
            self._check_open()
            log = self._logs.get(stream) or Log(stream)
            appended = log.append(ready, expect, self._seq + 1)
            self._logs[stream] = log
            self._seq += len(ready)
            self._bell.notify_all()
            return appended

    def read(
        self,
        stream: str,
        *,
        after: Position = BEGIN,
        limit: int = 1000,
        types: Sequence[str] = (),
        key: str | None = None,
        backwards: bool = False,
    ) -> list[StreamEvent]:
        """As `Stream.read`."""
        check_number(limit, "The number of events", 1, MOST_EVENTS)
        with self._bell:
            log = self._log(stream)
            return [] if log is None else log.read(after, limit, types, key, backwards)

    def replay(
        self, stream: str, *, after: Position = BEGIN, types: Sequence[str] = (), key: str | None = None
    ) -> Iterator[StreamEvent]:
        """As `Stream.replay`."""
        return paged(partial(self.read, stream, types=types, key=key), after)

    def wait(self, stream: str, after: Position, seconds: float) -> bool:
        """As `Stream.wait`."""
        check_wait(seconds)
        with self._bell:
            self._log(stream)
            self._bell.wait_for(lambda: self._closed or self._head(stream) > after, seconds)
            return self._head(stream) > after

    def group(self, stream: str, group: str, *, lanes: int = 1, start: To = "begin") -> None:
        """As `Stream.group`."""
        check_name(group, "group")
        check_number(lanes, "The number of lanes", 1, MOST_LANES)
        with self._bell:
            log = self._log(stream)
            if log is None:
                log = self._logs[stream] = Log(stream)
            there = log.groups.get(group)
            if there is None:
                made = GroupAt([LaneAt(BEGIN) for _ in range(lanes)])
                for lane, at in enumerate(made.lanes):
                    at.position = log.target(made, lane, start)
                log.groups[group] = made
            elif len(there.lanes) != lanes:
                raise other_lanes(group, len(there.lanes), lanes)

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
        """As `Stream.fetch`."""
        check_fetch(n, lease, wait)
        until = time.monotonic() + wait
        with self._bell:
            while True:
                found = take(
                    self._log(stream) or Log(stream), group, self._group(stream, group), lane, n, lease, self._clock()
                )
                left = until - time.monotonic()
                if found is not None or left <= 0:
                    return found
                self._bell.wait(min(left, next_end(self._group(stream, group), self._clock())))
                if self._closed:
                    return None

    def commit(self, batch: Batch, *, upto: Position | None = None, tx: Any = None) -> bool:
        """As `Stream.commit`."""
        _check_no_tx(tx)
        last = last_of(batch, upto)
        with self._bell:
            at = self._ours(batch)
            if at is not None and batch.again:
                self._tried(at, batch, None)
            elif at is not None:
                self._passed(at, batch, last)
            return at is not None

    def release(self, batch: Batch, error: str = "", *, retry_in: float = 0.0) -> None:
        """As `Stream.release`."""
        check_number(retry_in, "The seconds until it is tried again", 0, LONGEST_LEASE)
        with self._bell:
            at = self._ours(batch)
            if at is not None and batch.again and error:
                self._tried(at, batch, error)
            elif at is not None:
                at.lease, at.until, at.error = None, self._clock() + retry_in, error or None
                self._bell.notify_all()

    def extend(self, batch: Batch, seconds: float) -> bool:
        """As `Stream.extend`."""
        check_number(seconds, "A lease in seconds", 0, LONGEST_LEASE)
        with self._bell:
            at = self._ours(batch)
            if at is not None:
                at.until = self._clock() + seconds
            return at is not None

    def park(self, batch: Batch, event: StreamEvent, error: str) -> bool:
        """As `Stream.park`."""
        before = before_in(batch, event)
        with self._bell:
            at = self._ours(batch)
            if at is not None and batch.again:
                self._tried(at, batch, error)
                return True
            if at is None or at.position >= event.position:
                return False
            if before is not None and at.position < before:
                raise not_the_first(event)
            parked = Parked(event, batch.group, at.attempts, error, moment(micros(self._wall())))
            self._logs[batch.stream].groups[batch.group].parked[event.position.seq] = parked
            self._passed(at, batch, event.position)
            return True

    def parked(self, stream: str, group: str, *, after: int = 0, limit: int = 50) -> list[Parked]:
        """As `Stream.parked`."""
        check_number(limit, "The number of events", 1, MOST_EVENTS)
        with self._bell:
            aside = self._group(stream, group).parked
            return [aside[seq] for seq in sorted(aside) if seq > after][:limit]

    def retry(self, stream: str, group: str, *seqs: int) -> int:
        """As `Stream.retry`."""
        with self._bell:
            aside = self._group(stream, group).parked
            asked = [seq for seq in seqs or tuple(aside) if seq in aside]
            aside.update({seq: replace(aside[seq], again=True) for seq in asked})
            self._bell.notify_all()
            return len(asked)

    def unpark(self, stream: str, group: str, *seqs: int) -> int:
        """As `Stream.unpark`."""
        with self._bell:
            aside = self._group(stream, group).parked
            return sum(aside.pop(seq, None) is not None for seq in seqs)

    def seek(self, stream: str, group: str, to: To, *, try_only: bool = False) -> int:
        """As `Stream.seek`."""
        with self._bell:
            log, moved, behind = self._log(stream), self._group(stream, group), 0
            assert log is not None
            for lane, at in enumerate(moved.lanes):
                position = log.target(moved, lane, to)
                behind += len(log.behind(moved, lane, position))
                if not try_only:
                    moved.lanes[lane] = LaneAt(position, at.generation + 1)
            self._bell.notify_all()
            return behind

    def forget_group(self, stream: str, group: str) -> bool:
        """As `Stream.forget_group`."""
        with self._bell:
            log = self._log(stream)
            return log is not None and log.groups.pop(group, None) is not None

    def figures(self) -> list[StreamFigures]:
        """As `Stream.figures`."""
        with self._bell:
            self._check_open()
            return [_figures(log) for _, log in sorted(self._logs.items())]

    def groups(self, stream: str) -> list[GroupFigures]:
        """As `Stream.groups`."""
        with self._bell:
            log = self._log(stream)
            now, wall = self._clock(), self._wall()
            return [] if log is None else [where(log, name, log.groups[name], now, wall) for name in sorted(log.groups)]

    def close(self) -> None:
        """As `Stream.close`."""
        with self._bell:
            self._closed = True
            self._bell.notify_all()

    # ── below the lock ───────────────────────────────────────────────────────────────────────

    def _log(self, stream: str) -> Log | None:
        self._check_open()
        return self._logs.get(check_name(stream))

    def _head(self, stream: str) -> Position:
        log = self._logs.get(stream)
        return BEGIN if log is None else log.head

    def _group(self, stream: str, group: str) -> GroupAt:
        log = self._log(stream)
        if log is None or group not in log.groups:
            raise no_group(stream, group)
        return log.groups[group]

    def _ours(self, batch: Batch) -> LaneAt | None:
        return ours(self._log(batch.stream), batch, self._clock())

    def _passed(self, at: LaneAt, batch: Batch, last: Position) -> None:
        if pass_to(at, batch, last):
            self._bell.notify_all()

    def _tried(self, at: LaneAt, batch: Batch, error: str | None) -> None:
        settle_again(self._logs[batch.stream], at, batch, error, self._wall())
        self._bell.notify_all()

    def _check_open(self) -> None:
        if self._closed:
            raise closed()


def _figures(log: Log) -> StreamFigures:
    first, last = (log.kept[0].event.at, log.kept[-1].event.at) if log.kept else (None, None)
    return StreamFigures(log.name, log.head, len(log.kept), log.bytes, first, last, tuple(sorted(log.groups)))


def _check_no_tx(tx: Any) -> None:
    if tx is not None:
        raise Refused("The stream in memory cannot join a transaction. Use the one in our state.")
