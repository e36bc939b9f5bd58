"""Events that were set aside and are asked for again: handed out one by one, past the order of their lane.

Who has one holds the lease of its lane, so nobody works on another event of its key meanwhile; where the lane is does
not change by it.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from nexus_admin.brokers.stream.checking import micros
from nexus_admin.brokers.stream.cursors import OURS, Lane, lanes_of, ours_of
from nexus_admin.brokers.stream.protocol import Batch, StreamEvent
from nexus_admin.brokers.stream.rows import COLUMNS, event_of

_MINE = "stream = :stream AND grp = :grp AND seq = :seq"
_ASK = f"UPDATE stream_parked SET again = :yes WHERE {_MINE}"
_ASK_ALL = "UPDATE stream_parked SET again = :yes WHERE stream = :stream AND grp = :grp"
_FIRST = f"""SELECT p.attempts, {", ".join(f"e.{one}" for one in COLUMNS.split(", "))}
FROM stream_parked p JOIN stream_event e ON e.seq = p.seq
WHERE p.stream = :stream AND p.grp = :grp AND p.again AND e.slot % :lanes = :lane ORDER BY p.seq LIMIT 1"""
_FREE = f"UPDATE stream_cursor SET lease = NULL, leased_until = :until, attempts = attempts - 1 WHERE {OURS}"
_GONE = f"DELETE FROM stream_parked WHERE {_MINE}"
_FAILED = f"""UPDATE stream_parked SET attempts = attempts + 1, error = :error, at = :at, again = :no WHERE {_MINE}"""


def ask(connection: sa.Connection, stream: str, group: str, seqs: tuple[int, ...]) -> int:
    """As `Stream.retry`."""
    lanes_of(connection, stream, group)
    values = {"stream": stream, "grp": group, "yes": True}
    if not seqs:
        return connection.execute(sa.text(_ASK_ALL), values).rowcount
    return sum(connection.execute(sa.text(_ASK), values | {"seq": seq}).rowcount for seq in seqs)


def first(connection: sa.Connection, stream: str, group: str, lane: Lane) -> tuple[StreamEvent, int] | None:
    """Return the first event of a lane that is asked for again, with how often it was tried."""
    values = {"stream": stream, "grp": group, "lanes": lane.lanes, "lane": lane.lane}
    row = connection.execute(sa.text(_FIRST), values).first()
    return None if row is None else (event_of(stream, row[1:]), row[0])


def done(connection: sa.Connection, batch: Batch, now: float) -> bool:
    """Say that it is done with: it was set aside no more. Return whether it was still ours."""
    return _freed(connection, batch, now, None) and bool(connection.execute(sa.text(_GONE), _mine(batch)).rowcount)


def failed(connection: sa.Connection, batch: Batch, error: str, now: float, wall: int) -> bool:
    """Set it aside once more; return whether it was still ours."""
    values = _mine(batch) | {"error": error, "at": wall, "no": False}
    return _freed(connection, batch, now, None) and bool(connection.execute(sa.text(_FAILED), values).rowcount)


def give_back(connection: sa.Connection, batch: Batch, retry_in: float, now: float) -> bool:
    """Let others have it, but not before *retry_in* seconds; return whether it was still ours."""
    return _freed(connection, batch, now, micros(now + retry_in) if retry_in else None)


def _freed(connection: sa.Connection, batch: Batch, now: float, until: int | None) -> bool:
    return connection.execute(sa.text(_FREE), ours_of(batch, now) | {"until": until}).rowcount > 0


def _mine(batch: Batch) -> dict[str, Any]:
    return {"stream": batch.stream, "grp": batch.group, "seq": batch.events[0].position.seq}
