"""Figures of streams without counting all of them: a tally says how many events there were up to a place.

What came after that place is counted when somebody asks; where it is much, the tally goes on from there. What is
forgotten is taken off. Appends do not touch it: on PostgreSQL all who append to one stream would wait for each other.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from nexus_admin.brokers.stream.checking import moment
from nexus_admin.brokers.stream.dialects import Dialect
from nexus_admin.brokers.stream.protocol import BEGIN, Position, StreamFigures
from nexus_admin.domain.dataclass import dataclass

MUCH = 5_000
"""Events after the place of a tally from which on it goes on."""

_GROUPS = "SELECT DISTINCT stream, grp FROM stream_cursor ORDER BY stream, grp"
_TRIMMED = "SELECT stream, xid, seq FROM stream_trim"
_NAMES = """WITH RECURSIVE name (stream) AS (
  SELECT min(stream) FROM stream_event UNION ALL
  SELECT (SELECT min(e.stream) FROM stream_event e WHERE e.stream > n.stream) FROM name n WHERE n.stream IS NOT NULL)"""
_OF = "FROM stream_event e WHERE e.stream = n.stream"
_FIRST, _LAST = "ORDER BY e.xid, e.seq LIMIT 1", "ORDER BY e.xid DESC, e.seq DESC LIMIT 1"
_COUNT = "count(*), coalesce(sum(length(data)), 0)"
_BEGUN = """INSERT INTO stream_tally (stream, xid, seq, events, bytes, trims) VALUES (:stream, 0, 0, 0, 0, {trims})
ON CONFLICT (stream) DO {otherwise}"""
_ON = """UPDATE stream_tally SET xid = :xid, seq = :seq, events = events + :events, bytes = bytes + :bytes
WHERE stream = :stream AND xid = :old_xid AND seq = :old_seq AND trims = :trims"""


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted of a stream after the place *since* of its tally, up to another."""

    stream: str
    since: Position
    trims: int
    to: Position
    events: int
    bytes: int


class Tally:
    """Counts streams; each within a transaction that is given."""

    def __init__(self, dialect: Dialect) -> None:
        after = dialect.stands(">", "coalesce(t.xid, 0)", "coalesce(t.seq, 0)", of="e.")
        self._figures = f"""{_NAMES}
        SELECT n.stream, coalesce(t.xid, 0), coalesce(t.seq, 0), coalesce(t.trims, 0),
          coalesce(t.events, 0), coalesce(t.bytes, 0),
          (SELECT count(*) {_OF} AND {after}), (SELECT coalesce(sum(length(e.data)), 0) {_OF} AND {after}),
          (SELECT e.at {_OF} {_FIRST}), (SELECT e.at {_OF} {_LAST}),
          (SELECT e.xid {_OF} {_LAST}), (SELECT e.seq {_OF} {_LAST})
        FROM name n LEFT JOIN stream_tally t ON t.stream = n.stream WHERE n.stream IS NOT NULL"""
        since, upto = dialect.stands(">", ":old_xid", ":old_seq"), dialect.stands("<=")
        self._size = f"""SELECT
          coalesce(t.events, 0) + (SELECT count(*) FROM stream_event e WHERE e.stream = n.stream AND {after}),
          coalesce(t.bytes, 0) + (
            SELECT coalesce(sum(length(e.data)), 0) FROM stream_event e WHERE e.stream = n.stream AND {after})
        FROM (SELECT :stream AS stream) n LEFT JOIN stream_tally t ON t.stream = n.stream"""
        self._stable = f"""SELECT xid, seq FROM stream_event WHERE stream = :stream {dialect.horizon}
        ORDER BY xid DESC, seq DESC LIMIT 1"""
        self._since = f"SELECT {_COUNT} FROM stream_event WHERE stream = :stream AND {since} AND {upto}"
        self._tallied = dialect.stands("<=", ":old_xid", ":old_seq")

    def figures(self, connection: sa.Connection) -> tuple[list[StreamFigures], list[Counted]]:
        """Return the figures of `Stream.figures`, and what tallies should go on by."""
        groups: dict[str, list[str]] = {}
        for stream, group in connection.execute(sa.text(_GROUPS)):
            groups.setdefault(stream, []).append(group)
        heads = {row[0]: Position(row[1], row[2]) for row in connection.execute(sa.text(_TRIMMED))}
        there, counted = {}, []
        for row in connection.execute(sa.text(self._figures)).all():
            stream, xid, seq, trims, events, size, more, more_size, first, last, *head = row
            at = max(Position(*head), heads.get(stream, BEGIN))
            moments = moment(first), moment(last)
            names = tuple(groups.get(stream, ()))
            there[stream] = StreamFigures(stream, at, events + more, int(size + more_size), *moments, names)
            if more > MUCH:
                counted += self._counted(connection, stream, Position(xid, seq), trims)
        for stream in {*groups, *heads} - set(there):
            names = tuple(groups.get(stream, ()))
            there[stream] = StreamFigures(stream, heads.get(stream, BEGIN), 0, 0, None, None, names)
        return [there[stream] for stream in sorted(there)], counted

    def size(self, connection: sa.Connection, stream: str) -> tuple[int, int]:
        """Return how many events one stream has, and the bytes of all their payloads."""
        events, size = connection.execute(sa.text(self._size), {"stream": stream}).one()
        return events, int(size)

    def _counted(self, connection: sa.Connection, stream: str, since: Position, trims: int) -> list[Counted]:
        """Count up to where nothing can come in front of any more."""
        last = connection.execute(sa.text(self._stable), {"stream": stream}).one_or_none()
        if last is None:
            return []
        values = {"stream": stream, "old_xid": since.xid, "old_seq": since.seq, "xid": last[0], "seq": last[1]}
        events, size = connection.execute(sa.text(self._since), values).one()
        return [Counted(stream, since, trims, Position(*last), events, int(size))]

    def go_on(self, connection: sa.Connection, counted: Counted) -> None:
        """Add what was counted, unless somebody else did, or something was forgotten meanwhile."""
        begun = _BEGUN.format(trims=0, otherwise="NOTHING")
        connection.execute(sa.text(begun), {"stream": counted.stream})
        connection.execute(
            sa.text(_ON),
            {
                "stream": counted.stream, "old_xid": counted.since.xid, "old_seq": counted.since.seq,
                "xid": counted.to.xid, "seq": counted.to.seq, "events": counted.events, "bytes": counted.bytes,
                "trims": counted.trims,
            },
        )  # fmt: skip

    def take_off(self, connection: sa.Connection, gone: str, values: dict[str, Any]) -> None:
        """Take off, before it is forgotten, what the condition *gone* of *values* holds for; others wait until then."""
        begun = _BEGUN.format(trims=1, otherwise="UPDATE SET trims = stream_tally.trims + 1")
        connection.execute(sa.text(begun), {"stream": values["stream"]})
        place = "SELECT xid, seq FROM stream_tally WHERE stream = :stream"
        xid, seq = connection.execute(sa.text(place), {"stream": values["stream"]}).one()
        tallied = f"SELECT {_COUNT} FROM stream_event WHERE {gone} AND {self._tallied}"
        events, size = connection.execute(sa.text(tallied), values | {"old_xid": xid, "old_seq": seq}).one()
        off = "UPDATE stream_tally SET events = events - :events, bytes = bytes - :bytes WHERE stream = :stream"
        connection.execute(sa.text(off), {"stream": values["stream"], "events": events, "bytes": int(size)})
