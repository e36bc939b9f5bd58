"""Groups in tables: making, moving and forgetting them, and how far they are behind."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from nexus_admin.brokers.stream.checking import COUNTED, micros_of
from nexus_admin.brokers.stream.cursors import Lane, lanes_of
from nexus_admin.brokers.stream.dialects import Dialect
from nexus_admin.brokers.stream.handing import other_lanes
from nexus_admin.brokers.stream.memory_log import just_before
from nexus_admin.brokers.stream.protocol import BEGIN, GroupFigures, LaneFigures, Position, Shift, To

OF_LANE = "AND abs(slot % :lanes - :lane) < 1"
"""The lane is this one; as an equality PostgreSQL would take it for rare, and read all of a long stream."""
_MAKE = """INSERT INTO stream_cursor (stream, grp, lane, lanes, xid, seq, generation, attempts, at)
VALUES (:stream, :grp, :lane, :lanes, :xid, :seq, 1, 0, :now) ON CONFLICT DO NOTHING"""
MOVE = """UPDATE stream_cursor SET xid = :xid, seq = :seq, generation = generation + 1, lease = NULL,
leased_until = NULL, attempts = 0, error = NULL, at = :now WHERE stream = :stream AND grp = :grp AND lane = :lane"""


class Moving:
    """What is done to groups of streams, each within a transaction that is given."""

    def __init__(self, dialect: Dialect) -> None:
        self._horizon, self._in_order = dialect.horizon, dialect.in_order
        self._after, self._upto = dialect.stands(">"), dialect.stands("<=")

    def make(self, connection: sa.Connection, stream: str, group: str, lanes: int, start: To, now: int) -> None:
        """See that a group is there.

        Raises:
            Refused: it has another number of lanes.
        """
        for lane in range(lanes):  # the first one keeps out whoever makes it at the same moment
            at = self.target(connection, stream, Lane(lane, lanes, BEGIN, 0, None, None, 0, None), start)
            values = {"stream": stream, "grp": group, "lane": lane, "lanes": lanes, "xid": at.xid, "seq": at.seq}
            made = connection.execute(sa.text(_MAKE), values | {"now": now}).rowcount > 0
            if lane == 0 and not made:
                there = lanes_of(connection, stream, group)[0].lanes
                if there != lanes:
                    raise other_lanes(group, there, lanes)
                return

    def seek(self, connection: sa.Connection, stream: str, group: str, to: To, try_only: bool, now: int) -> int:
        """As `Stream.seek`."""
        behind = 0
        for lane in lanes_of(connection, stream, group):
            at = self.target(connection, stream, lane, to)
            if not try_only:
                values = {"stream": stream, "grp": group, "lane": lane.lane, "xid": at.xid, "seq": at.seq, "now": now}
                connection.execute(sa.text(MOVE), values)
            behind += self.behind(connection, stream, lane, at)[0]
        return behind

    def forget(self, connection: sa.Connection, stream: str, group: str) -> bool:
        """As `Stream.forget_group`."""
        values = {"stream": stream, "grp": group}
        connection.execute(sa.text("DELETE FROM stream_parked WHERE stream = :stream AND grp = :grp"), values)
        gone = connection.execute(sa.text("DELETE FROM stream_cursor WHERE stream = :stream AND grp = :grp"), values)
        return gone.rowcount > 0

    def target(self, connection: sa.Connection, stream: str, lane: Lane, to: To) -> Position:
        """Return where a lane of a group comes to."""
        if isinstance(to, Position):
            return to
        if to == "begin":
            return BEGIN
        if to == "end":
            return self.head(connection, stream)
        if isinstance(to, Shift):
            return self._shifted(connection, stream, lane, to.by)
        first = self._place(connection, stream, "AND at >= :since ORDER BY xid, seq LIMIT 1", {"since": micros_of(to)})
        return just_before(first) if first is not None else self.head(connection, stream)

    def head(self, connection: sa.Connection, stream: str) -> Position:
        """Return the position of the last event that can be read; `BEGIN` where there is none."""
        return self._place(connection, stream, "ORDER BY xid DESC, seq DESC LIMIT 1", {}) or BEGIN

    def _shifted(self, connection: sa.Connection, stream: str, lane: Lane, by: int) -> Position:
        here, values = lane.position, {"lanes": lane.lanes, "lane": lane.lane}
        values |= {"xid": here.xid, "seq": here.seq}
        if by > 0:
            ahead = f"{OF_LANE} AND {self._after}"
            found = self._place(connection, stream, f"{ahead} ORDER BY xid, seq LIMIT 1 OFFSET {by - 1:d}", values)
            last = f"{ahead} ORDER BY xid DESC, seq DESC LIMIT 1"
            return found or self._place(connection, stream, last, values) or here
        if by == 0:
            return here
        done = f"{OF_LANE} AND {self._upto}"
        back = f"{done} ORDER BY xid DESC, seq DESC LIMIT 1 OFFSET {-by - 1:d}"
        first = f"{done} ORDER BY xid, seq LIMIT 1"
        found = self._place(connection, stream, back, values) or self._place(connection, stream, first, values)
        return just_before(found) if found is not None else here

    def _place(self, connection: sa.Connection, stream: str, rest: str, values: dict[str, Any]) -> Position | None:
        text = f"SELECT xid, seq FROM stream_event WHERE stream = :stream {self._horizon} {rest}"
        row = connection.execute(sa.text(text), {"stream": stream, **values}).one_or_none()
        return None if row is None else Position(*row)

    def behind(self, connection: sa.Connection, stream: str, lane: Lane, after: Position) -> tuple[int, int | None]:
        """Return how many events a lane has after *after*, as far as they are counted, and when the first came."""
        mine = OF_LANE if lane.lanes > 1 else ""
        text = f"""SELECT count(*), min(at) FROM (
          SELECT at FROM stream_event WHERE stream = :stream AND {self._after} {mine}
          ORDER BY xid, seq LIMIT {COUNTED}) ahead"""
        self._in_order(connection)
        values = {"stream": stream, "xid": after.xid, "seq": after.seq}
        values |= {"lanes": lane.lanes, "lane": lane.lane} if mine else {}
        count, first = connection.execute(sa.text(text), values).one()
        return count, first

    def all(self, connection: sa.Connection, stream: str, now: float, wall: float) -> list[GroupFigures]:
        """As `Stream.groups`."""
        names = "SELECT DISTINCT grp FROM stream_cursor WHERE stream = :stream ORDER BY grp"
        found = connection.execute(sa.text(names), {"stream": stream}).scalars().all()
        return [self.where(connection, stream, group, now, wall) for group in found]

    def where(self, connection: sa.Connection, stream: str, group: str, now: float, wall: float) -> GroupFigures:
        """Return where a group is; *now* is what leases go by, *wall* what events do."""
        lanes = []
        for lane in sorted(lanes_of(connection, stream, group), key=lambda one: one.lane):
            behind, first = self.behind(connection, stream, lane, lane.position)
            oldest = None if first is None else wall - first / 1_000_000
            leased = lane.lease is not None and not lane.free(now)
            lanes.append(LaneFigures(lane.lane, lane.position, behind, oldest, leased, lane.attempts, lane.error))
        aside = "SELECT count(*) FROM stream_parked WHERE stream = :stream AND grp = :grp"
        parked: int = connection.execute(sa.text(aside), {"stream": stream, "grp": group}).scalar_one()
        oldest = max((one.oldest for one in lanes if one.oldest is not None), default=None)
        return GroupFigures(stream, group, tuple(lanes), sum(one.behind for one in lanes), oldest, parked)
