"""Groups of a stream in memory: handing out, whose a batch is, moving on. Whoever calls holds the lock."""

from __future__ import annotations

from dataclasses import replace

from nexus_admin.brokers.stream.checking import LONGEST_LEASE, micros, moment
from nexus_admin.brokers.stream.handing import which_lanes
from nexus_admin.brokers.stream.memory_log import GroupAt, LaneAt, Log
from nexus_admin.brokers.stream.protocol import Batch, GroupFigures, LaneFigures, Parked, Position
from nexus_admin.domain.ids import new_ulid


def take(log: Log, name: str, group: GroupAt, lane: int | None, n: int, lease: float, now: float) -> Batch | None:
    """Hand out the next events of the lane that nobody has and that is least far; None where there are none."""
    lanes = which_lanes(len(group.lanes), lane)
    for number in sorted(lanes, key=lambda one: group.lanes[one].position):
        at = group.lanes[number]
        if held(at, now):
            continue
        if (asked := _asked_again(log, group, number)) is not None:
            at.lease, at.until = new_ulid(), now + lease
            return Batch(log.name, name, number, (asked.event,), at.generation, at.lease, asked.attempts, True)
        events = log.of_lane(group, number, at.position, n)
        if events:
            at.lease, at.until, at.attempts = new_ulid(), now + lease, at.attempts + 1
            handed = tuple(one.event for one in events)
            return Batch(log.name, name, number, handed, at.generation, at.lease, at.attempts - 1)
    return None


def _asked_again(log: Log, group: GroupAt, lane: int) -> Parked | None:
    """Return the first event of a lane that was set aside and is asked for again."""
    asked = (group.parked[seq] for seq in sorted(group.parked) if group.parked[seq].again)
    return next((one for one in asked if log.slot_of(one.event) % len(group.lanes) == lane), None)


def settle_again(log: Log, at: LaneAt, batch: Batch, error: str | None, wall: float) -> None:
    """End the trial of an event that was set aside: it is done with, or set aside once more with *error*."""
    at.lease, at.until = None, 0.0
    parked, seq = log.groups[batch.group].parked, batch.events[0].position.seq
    if error is None:
        parked.pop(seq, None)
    elif seq in parked:
        before = parked[seq]
        parked[seq] = replace(before, attempts=before.attempts + 1, error=error, at=moment(micros(wall)), again=False)


def held(at: LaneAt, now: float) -> bool:
    """Whether nobody may take it now: somebody has it, or it waits to be tried again."""
    return now < at.until <= now + LONGEST_LEASE


def next_end(group: GroupAt, now: float) -> float:
    """Return the seconds until the next lane is free."""
    return max(min((at.until - now for at in group.lanes if at.until > now), default=LONGEST_LEASE), 0.001)


def ours(log: Log | None, batch: Batch, now: float) -> LaneAt | None:
    """Return the lane of *batch* where it is still that batch's."""
    group = None if log is None else log.groups.get(batch.group)
    if group is None or batch.lane >= len(group.lanes):
        return None
    at = group.lanes[batch.lane]
    return at if at.lease == batch.lease and at.generation == batch.generation and held(at, now) else None


def pass_to(at: LaneAt, batch: Batch, last: Position) -> bool:
    """Move on to *last*; return whether the lease is over, as it is with the last event of the batch."""
    moved = last > at.position
    at.position = max(at.position, last)
    over = last >= batch.events[-1].position
    if over:
        at.lease, at.until, at.attempts, at.error = None, 0.0, 0, None
    elif moved:
        at.attempts, at.error = 1, None
    return over


def where(log: Log, name: str, group: GroupAt, now: float, wall: float) -> GroupFigures:
    """Return where a group is; *now* is what leases go by, *wall* what events do."""
    lanes = []
    for lane, at in enumerate(group.lanes):
        left = log.behind(group, lane, at.position)
        oldest = wall - left[0].at / 1_000_000 if left else None
        leased = at.lease is not None and held(at, now)
        lanes.append(LaneFigures(lane, at.position, len(left), oldest, leased, at.attempts, at.error))
    oldest = max((one.oldest for one in lanes if one.oldest is not None), default=None)
    return GroupFigures(log.name, name, tuple(lanes), sum(one.behind for one in lanes), oldest, len(group.parked))
