"""Forgetting the beginning of a stream in memory."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Callable
from typing import Any

from nexus_admin.brokers.stream.handing import bounds_of
from nexus_admin.brokers.stream.memory_log import LaneAt, Log
from nexus_admin.brokers.stream.position import BEGIN, Position
from nexus_admin.brokers.stream.trimming import Bounds, Need, Trimming


class TrimsInMemory:
    """The part of a stream in memory that forgets; what it is a part of has the rest."""

    _bell: threading.Condition
    _wall: Callable[[], float]

    def trim(self, stream: str, *, force: bool = False, **limits: Any) -> int:
        """As `Stream.trim`."""
        bounds = bounds_of(self._wall(), **limits)
        with self._bell:
            log = self._log(stream)
            return 0 if log is None else trim(log, bounds, force)

    def trim_plan(self, stream: str, *, force: bool = False, **limits: Any) -> Trimming:
        """As `Stream.trim_plan`."""
        bounds = bounds_of(self._wall(), **limits)
        with self._bell:
            return plan(self._log(stream) or Log(stream), bounds, force)

    def _log(self, stream: str) -> Log | None:
        raise NotImplementedError


def trim(log: Log, bounds: Bounds, force: bool) -> int:
    """As `Stream.trim`."""
    end = _wanted(log, bounds)
    if not force:
        return log.forget(_held(log, end), _aside(log))
    if end:
        _let_go(log, end)
    return log.forget(end)


def plan(log: Log, bounds: Bounds, force: bool) -> Trimming:
    """As `Stream.trim_plan`."""
    wanted = _wanted(log, bounds)
    end, aside = (wanted, frozenset[int]()) if force else (_held(log, wanted), _aside(log))
    gone = [one for one in log.kept[:end] if one.position.seq not in aside]
    before = _next(log.kept[end - 1].position) if end else BEGIN
    return Trimming(before, len(gone), sum(len(one.event.content.data) for one in gone), tuple(_needs(log, wanted)))


def _wanted(log: Log, bounds: Bounds) -> int:
    """Return how many of the first events are asked to go."""
    end = len(log.kept)
    if bounds.keep is not None:
        end = max(end - bounds.keep, 0)
    if bounds.old is not None:
        end = min(end, next((place for place, one in enumerate(log.kept) if one.at >= (bounds.old or 0)), end))
    if bounds.bytes is not None:
        end = min(end, _over(log, bounds.bytes))
    if bounds.before is not None:
        end = min(end, _place(log, bounds.before))
    return end


def _over(log: Log, most: int) -> int:
    left, place = log.bytes, 0
    while left > most:
        left -= len(log.kept[place].event.content.data)
        place += 1
    return place


def _held(log: Log, end: int) -> int:
    """Return how many of the first *end* events no group needs."""
    needed = [
        first[0].position
        for group in log.groups.values()
        for lane, at in enumerate(group.lanes)
        if (first := log.of_lane(group, lane, at.position, 1))
    ]
    return min([end, *(_place(log, one) for one in needed)])


def _aside(log: Log) -> frozenset[int]:
    return frozenset(seq for group in log.groups.values() for seq in group.parked)


def _needs(log: Log, end: int) -> list[Need]:
    gone = {one.position.seq for one in log.kept[:end]}
    found = []
    for name, group in sorted(log.groups.items()):
        ahead = [one for one in log.kept[:end] if one.position > group.lanes[one.slot % len(group.lanes)].position]
        need = Need(name, len(ahead), len(gone & group.parked.keys()))
        found += [need] if need.events or need.parked else []
    return found


def _let_go(log: Log, end: int) -> None:
    """Move groups past the first *end* events; batches of what is gone do not count any more."""
    last = log.kept[end - 1].position
    for group in log.groups.values():
        for lane, at in enumerate(group.lanes):
            first = log.of_lane(group, lane, at.position, 1)
            if first and first[0].position <= last:
                group.lanes[lane] = LaneAt(last, at.generation + 1)
        for seq in {one.position.seq for one in log.kept[:end]} & group.parked.keys():
            del group.parked[seq]


def _place(log: Log, position: Position) -> int:
    return bisect_left(log.kept, position, key=lambda one: one.position)


def _next(position: Position) -> Position:
    return Position(position.xid, position.seq + 1)
