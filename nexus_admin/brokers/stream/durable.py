"""The stream in our own state: SQLite or PostgreSQL.

Appends of many threads are one commit (`State.together`). Reading is on connections of its own and holds nobody up.
A batch is looked up before it is leased, and leased only if its lane is as it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, TypeVar

import sqlalchemy as sa

from nexus_admin.brokers.bell import Bell
from nexus_admin.brokers.stream import again, cursors
from nexus_admin.brokers.stream.appending import Answer, Asked, append_all
from nexus_admin.brokers.stream.checking import (
    LONGEST_LEASE,
    MOST_EVENTS,
    MOST_LANES,
    MOST_PAYLOAD,
    check_name,
    check_number,
    check_wait,
    micros,
    prepare,
    steady,
)
from nexus_admin.brokers.stream.dialects import Dialect
from nexus_admin.brokers.stream.fetching import Fetching
from nexus_admin.brokers.stream.handing import before_in, check_fetch, closed, last_of, lost
from nexus_admin.brokers.stream.keeping import Keeping, TrimsInTables
from nexus_admin.brokers.stream.moving import Moving
from nexus_admin.brokers.stream.on_postgres import OnPostgres
from nexus_admin.brokers.stream.on_sqlite import OnSqlite
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
from nexus_admin.brokers.stream.reading import Reading
from nexus_admin.brokers.stream.reserved import check_appended
from nexus_admin.brokers.stream.rows import events_of
from nexus_admin.brokers.stream.tally import Tally
from nexus_admin.domain.errors import Conflict
from nexus_admin.state import carried
from nexus_admin.state.engine import State

PAGE = 1_000
"""Events that a replay reads at once."""

T = TypeVar("T")
_SHARED: frozenset[Capability] = frozenset({"shared"})
_HERE: frozenset[Capability] = frozenset(
    {"durable", "transactional", "expect", "groups", "seek", "park", "retention", "wait"}
)


class DurableStream(TrimsInTables):
    """A `Stream` in *state*.

    Args:
        state: Where it is kept; it is closed by whoever opened it.
        most_payload: The largest payload, in bytes.
        clock: Seconds since 1970, for leases; tests give their own.
        wall: Seconds since 1970, for the moments of events.
    """

    def __init__(
        self,
        state: State,
        *,
        most_payload: int = MOST_PAYLOAD,
        clock: Callable[[], float] = steady,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._state, self._most_payload, self._clock, self._wall = state, most_payload, clock, wall
        self._dialect: Dialect = OnPostgres() if state.dialect == "postgresql" else OnSqlite()
        self._append_all = partial(append_all, self._dialect)
        self._bell = Bell(state, "nexus_stream")
        self._moving, self._keeping, self._tally = Moving(self._dialect), Keeping(self._dialect), Tally(self._dialect)
        self._reading = Reading(self._dialect)
        self._fetching = Fetching(state, self._reading, clock)
        self._capabilities = _HERE | _SHARED if state.dialect == "postgresql" else _HERE

    @property
    def capabilities(self) -> frozenset[Capability]:
        """As `Stream.capabilities`."""
        return self._capabilities

    def append(self, stream: str, *events: Fresh, expect: int | None = None, tx: Any = None) -> list[StreamEvent]:
        """As `Stream.append`."""
        ready = prepare(events, expect, micros(self._wall()), self._most_payload)
        asked = Asked(check_appended(stream), ready, expect)
        if tx is not None:  # also at the end: the transaction says whether it is too late
            return self._appended_in(tx, asked)
        self._open(stream)
        answer = self._state.write_together(self._append_all, asked)
        self._bell.ring(stream)
        return _told(answer)

    def _appended_in(self, connection: sa.Connection, asked: Asked) -> list[StreamEvent]:
        answer = self._append_all(connection, [asked])[0]
        self._ring_after(connection, asked.stream)
        return _told(answer)

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
        self._open(stream)
        rows = self._state.read(
            lambda connection: self._reading.read(connection, stream, after, limit, types, key, backwards)
        )
        return list(events_of(stream, rows))

    def replay(
        self, stream: str, *, after: Position = BEGIN, types: Sequence[str] = (), key: str | None = None
    ) -> Iterator[StreamEvent]:
        """As `Stream.replay`; no connection is held while an event is worked on."""
        self._open(stream)
        return self._replayed(stream, after, tuple(types), key)

    def _replayed(self, stream: str, after: Position, types: Sequence[str], key: str | None) -> Iterator[StreamEvent]:
        while rows := self._state.read(
            partial(self._reading.read, stream=stream, after=after, limit=PAGE, types=types, key=key)
        ):
            yield from events_of(stream, rows)
            after = Position(rows[-1][0], rows[-1][1])
            self._open()

    def wait(self, stream: str, after: Position, seconds: float) -> bool:
        """As `Stream.wait`."""
        check_wait(seconds)
        self._open(stream)
        there = partial(self._reading.is_beyond, stream=stream, after=after)
        return self._look(stream, seconds, lambda: (self._state.read(there) or None, self._dialect.poll)) is not None

    def group(self, stream: str, group: str, *, lanes: int = 1, start: To = "begin") -> None:
        """As `Stream.group`."""
        check_name(group, "group")
        check_number(lanes, "The number of lanes", 1, MOST_LANES)
        self._open(stream)
        now = micros(self._wall())
        self._state.write(lambda connection: self._moving.make(connection, stream, group, lanes, start, now))

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
        self._open(stream)

        def take() -> tuple[Batch | None, float]:
            batch, free_in = self._fetching.take(stream, group, lane, n, lease)
            return batch, min(free_in, self._dialect.poll)

        return self._look(stream, wait, take)

    def _look(self, stream: str, seconds: float, look: Callable[[], tuple[T | None, float]]) -> T | None:
        """Look until there is something or time is over: when it rings, and after the seconds that a look says."""
        until = time.monotonic() + seconds
        while True:
            count = self._bell.count(stream)
            found, patience = look()
            left = until - time.monotonic()
            if found is not None or left <= 0 or self._bell.closed:
                return found
            if not self._bell.wait(stream, count, min(left, patience)):
                return None

    def commit(self, batch: Batch, *, upto: Position | None = None, tx: Any = None) -> bool:
        """As `Stream.commit`."""
        last, now = last_of(batch, upto), self._clock()
        self._open(batch.stream)

        def settle(connection: sa.Connection) -> bool:
            return again.done(connection, batch, now) if batch.again else cursors.pass_to(connection, batch, last, now)

        if tx is None:
            return self._ringing(batch.stream, settle)
        if not settle(tx):
            raise lost(batch)
        self._ring_after(tx, batch.stream)
        return True

    def release(self, batch: Batch, error: str = "", *, retry_in: float = 0.0) -> None:
        """As `Stream.release`."""
        check_number(retry_in, "The seconds until it is tried again", 0, LONGEST_LEASE)
        now, wall = self._clock(), micros(self._wall())
        self._open(batch.stream)

        def give(connection: sa.Connection) -> bool:
            if not batch.again:
                return cursors.give_back(connection, batch, error, retry_in, now)
            if error:
                return again.failed(connection, batch, error, now, wall)
            return again.give_back(connection, batch, retry_in, now)

        self._ringing(batch.stream, give)

    def extend(self, batch: Batch, seconds: float) -> bool:
        """As `Stream.extend`."""
        check_number(seconds, "A lease in seconds", 0, LONGEST_LEASE)
        now = self._clock()
        self._open(batch.stream)
        return self._state.write(lambda connection: cursors.extend(connection, batch, seconds, now))

    def park(self, batch: Batch, event: StreamEvent, error: str) -> bool:
        """As `Stream.park`."""
        now, wall = self._clock(), micros(self._wall())
        self._open(batch.stream)
        if batch.again:
            before_in(batch, event)  # that it is this one
            return self._ringing(batch.stream, lambda connection: again.failed(connection, batch, error, now, wall))
        return self._ringing(batch.stream, lambda connection: cursors.park(connection, batch, event, error, now, wall))

    def parked(self, stream: str, group: str, *, after: int = 0, limit: int = 50) -> list[Parked]:
        """As `Stream.parked`."""
        check_number(limit, "The number of events", 1, MOST_EVENTS)
        self._open(stream)
        return self._state.read(lambda connection: self._reading.parked(connection, stream, group, after, limit))

    def retry(self, stream: str, group: str, *seqs: int) -> int:
        """As `Stream.retry`."""
        self._open(stream)
        return self._ringing(stream, lambda connection: again.ask(connection, stream, group, seqs))

    def unpark(self, stream: str, group: str, *seqs: int) -> int:
        """As `Stream.unpark`."""
        self._open(stream)
        return self._state.write(lambda connection: cursors.unpark(connection, stream, group, seqs))

    def seek(self, stream: str, group: str, to: To, *, try_only: bool = False) -> int:
        """As `Stream.seek`."""
        self._open(stream)
        now = micros(self._wall())
        if try_only:
            return self._state.read(lambda connection: self._moving.seek(connection, stream, group, to, True, now))
        return self._ringing(stream, lambda connection: self._moving.seek(connection, stream, group, to, False, now))

    def forget_group(self, stream: str, group: str) -> bool:
        """As `Stream.forget_group`."""
        self._open(stream)
        return self._state.write(lambda connection: self._moving.forget(connection, stream, group))

    def figures(self) -> list[StreamFigures]:
        """As `Stream.figures`."""
        self._open()
        figures, counted = self._state.read(self._tally.figures)
        for one in counted:
            self._state.later(partial(self._tally.go_on, counted=one))
        return figures

    def groups(self, stream: str) -> list[GroupFigures]:
        """As `Stream.groups`."""
        self._open(stream)
        now, wall = self._clock(), self._wall()
        return self._state.read(lambda connection: self._moving.all(connection, stream, now, wall))

    def close(self) -> None:
        """As `Stream.close`."""
        self._bell.close()

    def _open(self, stream: str | None = None) -> str:
        if self._bell.closed:
            raise closed()
        return "" if stream is None else check_name(stream)

    def _ringing(self, stream: str, work: Callable[[sa.Connection], T]) -> T:
        """Write, and wake up who waits for *stream*."""
        done = self._state.write(work)
        self._bell.ring(stream)
        return done

    def _ring_after(self, connection: sa.Connection, stream: str) -> None:
        carried.after_commit(connection, partial(self._bell.ring, stream))


def _told(answer: Answer) -> list[StreamEvent]:
    if isinstance(answer, Conflict):
        raise answer
    return answer
