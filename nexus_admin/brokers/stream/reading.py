"""Reading events from tables, as far as no earlier one can come in front of them any more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from nexus_admin.brokers.stream import again
from nexus_admin.brokers.stream.checking import moment
from nexus_admin.brokers.stream.cursors import Lane, lanes_of
from nexus_admin.brokers.stream.dialects import Dialect
from nexus_admin.brokers.stream.protocol import BEGIN, Parked, Position, StreamEvent
from nexus_admin.brokers.stream.rows import COLUMNS, event_of, events_of

_PARKED = f"""SELECT p.attempts, p.error, p.at, p.again, {", ".join(f"e.{one}" for one in COLUMNS.split(", "))}
FROM stream_parked p JOIN stream_event e ON e.seq = p.seq
WHERE p.stream = :stream AND p.grp = :grp AND p.seq > :after ORDER BY p.seq LIMIT :limit"""

Rows = Sequence[Sequence[Any]]
"""What `events_of` reads."""


class Reading:
    """What is read; each on a connection that is given."""

    def __init__(self, dialect: Dialect) -> None:
        self._horizon, self._in_order = dialect.horizon, dialect.in_order
        self._after, self._before = f"AND {dialect.stands('>')}", f"AND {dialect.stands('<')}"

    def read(
        self,
        connection: sa.Connection,
        stream: str,
        after: Position,
        limit: int,
        types: Sequence[str],
        key: str | None,
        backwards: bool = False,
    ) -> Rows:
        """As `Stream.read`, but as rows."""
        rest = ""
        values: dict[str, Any] = {"xid": after.xid, "seq": after.seq, "limit": limit}
        if not backwards:
            rest += self._after
        elif after != BEGIN:
            rest += self._before
        if key is not None:
            rest += " AND key = :key"
            values["key"] = key
        if types:
            condition, named = _of_types(types)
            rest, values = f"{rest} AND ({condition})", values | named
        order = "xid DESC, seq DESC" if backwards else "xid, seq"
        return self._select(connection, stream, f"{rest} {self._horizon} ORDER BY {order} LIMIT :limit", values)

    def of_lane(self, connection: sa.Connection, stream: str, lane: Lane, limit: int) -> list[StreamEvent]:
        """Return up to *limit* events that a lane has before it."""
        mine = "AND slot % :lanes = :lane" if lane.lanes > 1 else ""
        rest = f"{self._after} {mine} {self._horizon} ORDER BY xid, seq LIMIT :limit"
        values = {"xid": lane.position.xid, "seq": lane.position.seq, "limit": limit}
        if mine:
            values |= {"lanes": lane.lanes, "lane": lane.lane}
        return list(events_of(stream, self._select(connection, stream, rest, values)))

    def head(self, connection: sa.Connection, stream: str) -> Position:
        """Return the position of the last event that can be read; `BEGIN` where there is none."""
        last = f"""SELECT xid, seq FROM stream_event WHERE stream = :stream {self._horizon}
        ORDER BY xid DESC, seq DESC LIMIT 1"""
        row = connection.execute(sa.text(last), {"stream": stream}).one_or_none()
        return BEGIN if row is None else Position(*row)

    def is_beyond(self, connection: sa.Connection, *, stream: str, after: Position) -> bool:
        """Whether there is something after *after*."""
        text = f"SELECT 1 FROM stream_event WHERE stream = :stream {self._after} {self._horizon} LIMIT 1"
        values = {"stream": stream, "xid": after.xid, "seq": after.seq}
        return connection.execute(sa.text(text), values).first() is not None

    def asked_again(
        self, connection: sa.Connection, stream: str, group: str, lane: Lane
    ) -> tuple[StreamEvent, int] | None:
        """Return the first event of a lane that is asked for again, with how often it was tried."""
        return again.first(connection, stream, group, lane)

    def parked(self, connection: sa.Connection, stream: str, group: str, after: int, limit: int) -> list[Parked]:
        """As `Stream.parked`."""
        lanes_of(connection, stream, group)
        values = {"stream": stream, "grp": group, "after": after, "limit": limit}
        return [
            Parked(event_of(stream, row[4:]), group, row[0], row[1], moment(row[2]), bool(row[3]))
            for row in connection.execute(sa.text(_PARKED), values)
        ]

    def _select(self, connection: sa.Connection, stream: str, rest: str, values: dict[str, Any]) -> Rows:
        text = sa.text(f"SELECT {COLUMNS} FROM stream_event WHERE stream = :stream {rest}")
        self._in_order(connection)
        with connection.execute(text, {"stream": stream, **values}) as result:
            rows: Rows = result.cursor.fetchall()  # as the driver has them: SQLAlchemy's cost more than all the rest
            return rows


def _of_types(types: Sequence[str]) -> tuple[str, dict[str, str]]:
    """Return a condition that holds for what `fits` is true for. Not by LIKE, which folds letters on SQLite."""
    parts, values = [], {}
    for place, one in enumerate(types):
        if one.endswith(".*"):
            parts.append(f"substr(type, 1, {len(one) - 1:d}) = :type{place}")
            values[f"type{place}"] = one[:-1]
        else:
            parts.append(f"type = :type{place}")
            values[f"type{place}"] = one
    return " OR ".join(parts), values
