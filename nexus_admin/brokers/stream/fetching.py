"""Handing out batches from tables: looked up first, then leased if the lane is as it was."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import sqlalchemy as sa

from nexus_admin.brokers.stream.cursors import Lane, Take, lanes_of, skip, take_all
from nexus_admin.brokers.stream.handing import which_lanes
from nexus_admin.brokers.stream.protocol import Batch, Position, StreamEvent
from nexus_admin.brokers.stream.reading import Reading
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.ids import new_ulid
from nexus_admin.state.engine import State

FAR = 1_000
"""Events of other lanes after which a lane without any of its own is moved over them."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What was seen at one look: a lane with its events, lanes to be moved on, and when the next one is free.

    *tried* is how often an event was that is asked for again.
    """

    lane: Lane | None
    events: list[StreamEvent]
    idle: list[tuple[Lane, Position]]
    free_in: float
    tried: int | None = None


class Fetching:
    """Hands out batches of *state*."""

    def __init__(self, state: State, reading: Reading, clock: Callable[[], float]) -> None:
        self._state, self._reading, self._clock = state, reading, clock

    def take(self, stream: str, group: str, lane: int | None, n: int, lease: float) -> tuple[Batch | None, float]:
        """Return the next batch, and where there is none the seconds until a lane is free."""
        while True:
            now = self._clock()
            found = self._state.read(partial(self._find, stream=stream, group=group, lane=lane, n=n, now=now))
            for idle, to in found.idle:
                self._state.write(partial(skip, one=Take(stream, group, idle, "", 0.0, now), to=to))
            if found.lane is None:
                return None, found.free_in
            asked = Take(stream, group, found.lane, new_ulid(), lease, now)
            if self._state.write_together(take_all, asked):
                one = found.lane
                events = tuple(found.events)
                attempts = one.attempts if found.tried is None else found.tried
                return Batch(
                    stream, group, one.lane, events, one.generation, asked.lease, attempts, found.tried is not None
                ), 0.0

    def _find(self, connection: sa.Connection, stream: str, group: str, lane: int | None, n: int, now: float) -> _Found:
        lanes, free_in = lanes_of(connection, stream, group), math.inf
        wanted = which_lanes(len(lanes), lane)
        idle: list[tuple[Lane, Position]] = []
        for one in lanes:
            if one.lane not in wanted:
                continue
            if not one.free(now):
                free_in = min(free_in, (one.until or 0) / 1_000_000 - now)
                continue
            if one.again and (asked := self._reading.asked_again(connection, stream, group, one)) is not None:
                return _Found(one, [asked[0]], idle, 0.0, asked[1])
            head = self._reading.head(connection, stream)  # before the events, so that none is moved over
            if events := self._reading.of_lane(connection, stream, one, n):
                return _Found(one, events, idle, 0.0)
            if head.seq - one.position.seq > FAR:
                idle.append((one, head))
        return _Found(None, [], idle, max(free_in, 0.001))
