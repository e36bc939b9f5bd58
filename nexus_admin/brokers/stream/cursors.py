"""Where groups are, in tables: whose a lane is, moving on, setting aside. Each is a step of a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from nexus_admin.brokers.stream.checking import LONGEST_LEASE, micros
from nexus_admin.brokers.stream.handing import before_in, no_group, not_the_first
from nexus_admin.brokers.stream.protocol import Batch, Position, StreamEvent
from nexus_admin.domain.dataclass import dataclass

LANE = "stream = :stream AND grp = :grp AND lane = :lane"
OURS = f"{LANE} AND generation = :generation AND lease = :lease AND leased_until > :now AND leased_until <= :longest"
FREE = "(leased_until IS NULL OR leased_until <= :now OR leased_until > :longest)"

_LANES = """SELECT lane, lanes, xid, seq, generation, lease, leased_until, attempts, error,
EXISTS (SELECT 1 FROM stream_parked p WHERE p.stream = :stream AND p.grp = :grp AND p.again)
FROM stream_cursor WHERE stream = :stream AND grp = :grp ORDER BY xid, seq, lane"""
_TAKE = f"""UPDATE stream_cursor SET lease = :lease, leased_until = :until, attempts = attempts + 1
WHERE {LANE} AND generation = :generation AND xid = :xid AND seq = :seq AND {FREE}"""
_SKIP = f"""UPDATE stream_cursor SET xid = :to_xid, seq = :to_seq, at = :now
WHERE {LANE} AND generation = :generation AND xid = :xid AND seq = :seq AND {FREE}"""
_PASS = f"""UPDATE stream_cursor SET xid = :xid, seq = :seq, at = :now, attempts = 0, error = NULL,
lease = NULL, leased_until = NULL WHERE {OURS} AND (xid, seq) < (:xid, :seq)"""
_PART = f"""UPDATE stream_cursor SET xid = :xid, seq = :seq, at = :now, attempts = 1, error = NULL
WHERE {OURS} AND (xid, seq) < (:xid, :seq)"""
_GIVE = f"UPDATE stream_cursor SET lease = NULL, leased_until = :until, error = :error WHERE {OURS}"
_EXTEND = f"UPDATE stream_cursor SET leased_until = :until WHERE {OURS}"
_STATE = f"SELECT xid, seq, attempts FROM stream_cursor WHERE {OURS}"
_PARK = """INSERT INTO stream_parked (stream, grp, seq, attempts, error, at)
VALUES (:stream, :grp, :seq, :attempts, :error, :at) ON CONFLICT (stream, grp, seq)
DO UPDATE SET attempts = excluded.attempts, error = excluded.error, at = excluded.at"""


@dataclass(frozen=True, slots=True)
class Lane:
    """One lane as it is kept; *until* in microseconds of the clock that leases go by.

    Args:
        again: Whether the group was asked to try events again that it had set aside.
    """

    lane: int
    lanes: int
    position: Position
    generation: int
    lease: str | None
    until: int | None
    attempts: int
    error: str | None
    again: bool = False

    def free(self, now: float) -> bool:
        """Whether somebody may take it."""
        return self.until is None or not micros(now) < self.until <= micros(now + LONGEST_LEASE)


@dataclass(frozen=True, slots=True)
class Take:
    """A lane that somebody wants, as it was when it was looked at."""

    stream: str
    group: str
    lane: Lane
    lease: str
    seconds: float
    now: float


def lanes_of(connection: sa.Connection, stream: str, group: str) -> list[Lane]:
    """Return the lanes of a group, the least far first.

    Raises:
        NotFound: there is no such group.
    """
    rows = connection.execute(sa.text(_LANES), {"stream": stream, "grp": group}).all()
    if not rows:
        raise no_group(stream, group)
    return [Lane(row[0], row[1], Position(row[2], row[3]), *row[4:]) for row in rows]


def take_all(connection: sa.Connection, asked: Sequence[Take]) -> list[bool]:
    """Lease each lane that is asked for and still as it was; return of each whether."""
    return [_changed(connection, _TAKE, _taking(one)) for one in asked]


def _taking(one: Take) -> dict[str, Any]:
    return (
        _lane(one.stream, one.group, one.lane)
        | {
            "lease": one.lease,
            "until": micros(one.now + one.seconds),
        }
        | _clock(one.now)
    )


def skip(connection: sa.Connection, one: Take, to: Position) -> bool:
    """Move a lane that nobody has over events of other lanes; return whether it was still as it was."""
    to_there = {"to_xid": to.xid, "to_seq": to.seq}
    return _changed(connection, _SKIP, _lane(one.stream, one.group, one.lane) | to_there | _clock(one.now))


def pass_to(connection: sa.Connection, batch: Batch, last: Position, now: float) -> bool:
    """Move on to *last*; the lease is over with the last event of the batch. Return whether it was still ours."""
    values = ours_of(batch, now) | {"xid": last.xid, "seq": last.seq}
    if last >= batch.events[-1].position:
        return _changed(connection, _PASS, values)
    return _changed(connection, _PART, values) or state_of(connection, batch, now) is not None


def give_back(connection: sa.Connection, batch: Batch, error: str, retry_in: float, now: float) -> bool:
    """Let others have the lane, but not before *retry_in* seconds."""
    until = micros(now + retry_in) if retry_in else None
    return _changed(connection, _GIVE, ours_of(batch, now) | {"until": until, "error": error or None})


def extend(connection: sa.Connection, batch: Batch, seconds: float, now: float) -> bool:
    """Lease it for *seconds* from now."""
    return _changed(connection, _EXTEND, ours_of(batch, now) | {"until": micros(now + seconds)})


def park(connection: sa.Connection, batch: Batch, event: StreamEvent, error: str, now: float, wall: int) -> bool:
    """Set *event* aside and pass it; return whether the batch was still ours and the event not passed yet.

    Raises:
        BadRequest: others before it are not done with.
    """
    before = before_in(batch, event)
    found = state_of(connection, batch, now)
    if found is None or found[0] >= event.position:
        return False
    if before is not None and found[0] < before:
        raise not_the_first(event)
    if not pass_to(connection, batch, event.position, now):
        return False
    connection.execute(
        sa.text(_PARK),
        {
            "stream": batch.stream,
            "grp": batch.group,
            "seq": event.position.seq,
            "attempts": found[1],
            "error": error,
            "at": wall,
        },
    )
    return True


def unpark(connection: sa.Connection, stream: str, group: str, seqs: Sequence[int]) -> int:
    """As `Stream.unpark`."""
    lanes_of(connection, stream, group)
    gone = "DELETE FROM stream_parked WHERE stream = :stream AND grp = :grp AND seq = :seq"
    values = {"stream": stream, "grp": group}
    return sum(connection.execute(sa.text(gone), values | {"seq": seq}).rowcount for seq in seqs)


def state_of(connection: sa.Connection, batch: Batch, now: float) -> tuple[Position, int] | None:
    """Return where the lane of *batch* is and its attempts, None where it is not that batch's any more."""
    row = connection.execute(sa.text(_STATE), ours_of(batch, now)).one_or_none()
    return None if row is None else (Position(row[0], row[1]), row[2])


def _lane(stream: str, group: str, lane: Lane) -> dict[str, Any]:
    return {
        "stream": stream,
        "grp": group,
        "lane": lane.lane,
        "generation": lane.generation,
        "xid": lane.position.xid,
        "seq": lane.position.seq,
    }


def ours_of(batch: Batch, now: float) -> dict[str, Any]:
    """Return the values of `OURS`."""
    return {
        "stream": batch.stream,
        "grp": batch.group,
        "lane": batch.lane,
        "generation": batch.generation,
        "lease": batch.lease,
    } | _clock(now)


def _clock(now: float) -> dict[str, int]:
    return {"now": micros(now), "longest": micros(now + LONGEST_LEASE)}


def _changed(connection: sa.Connection, text: str, values: dict[str, Any]) -> bool:
    return connection.execute(sa.text(text), values).rowcount > 0
