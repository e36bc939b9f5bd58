"""How much of a stream is kept in tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from nexus_admin.brokers.stream.checking import micros
from nexus_admin.brokers.stream.dialects import Dialect
from nexus_admin.brokers.stream.handing import bounds_of
from nexus_admin.brokers.stream.memory_log import just_before
from nexus_admin.brokers.stream.moving import MOVE, OF_LANE
from nexus_admin.brokers.stream.position import BEGIN, Position
from nexus_admin.brokers.stream.tally import Tally
from nexus_admin.brokers.stream.trimming import Bounds, Need, Trimming
from nexus_admin.state.engine import State

CHUNK = 2_000
"""Events that are forgotten in one transaction, so that others may write in between."""

_LANES = "SELECT grp, lane, lanes, xid, seq FROM stream_cursor WHERE stream = :stream"
_ASIDE = "SELECT p.seq FROM stream_parked p WHERE p.stream = :stream"
_MARK = """INSERT INTO stream_trim (stream, xid, seq, at) VALUES (:stream, :xid, :seq, :now)
ON CONFLICT (stream) DO UPDATE SET xid = excluded.xid, seq = excluded.seq, at = excluded.at
WHERE (excluded.xid, excluded.seq) > (stream_trim.xid, stream_trim.seq)"""
_VERSIONS = """INSERT INTO stream_version (stream, key, version)
SELECT stream, key, max(version) FROM stream_event
WHERE key IS NOT NULL AND {before} GROUP BY stream, key
ON CONFLICT (stream, key) DO UPDATE SET version = excluded.version
WHERE excluded.version > stream_version.version"""


class TrimsInTables:
    """The part of a stream in tables that forgets; what it is a part of has the rest."""

    _state: State
    _keeping: Keeping
    _wall: Callable[[], float]

    def trim(self, stream: str, *, force: bool = False, **limits: Any) -> int:
        """As `Stream.trim`; in several transactions where there is much."""
        bounds = bounds_of(self._wall(), **limits)
        self._open(stream)
        return self._keeping.trim(self._state, stream, bounds, force, micros(self._wall()))

    def trim_plan(self, stream: str, *, force: bool = False, **limits: Any) -> Trimming:
        """As `Stream.trim_plan`."""
        bounds = bounds_of(self._wall(), **limits)
        self._open(stream)
        return self._state.read(lambda connection: self._keeping.plan(connection, stream, bounds, force))

    def _open(self, stream: str | None = None) -> str:
        raise NotImplementedError


class Keeping:
    """What is kept."""

    def __init__(self, dialect: Dialect) -> None:
        self._horizon, self._tally = dialect.horizon, Tally(dialect)
        self._after = dialect.stands(">")
        self._before = f"stream = :stream AND {dialect.stands('<')}"
        ahead, asked = dialect.stands(">", "c.xid", "c.seq", of="e."), dialect.stands("<", of="e.")
        self._ahead = f"""SELECT c.grp, count(*) FROM stream_cursor c JOIN stream_event e
        ON e.stream = c.stream AND e.slot % c.lanes = c.lane AND {ahead} AND {asked}
        WHERE c.stream = :stream GROUP BY c.grp"""
        self._parked = f"""SELECT p.grp, count(*) FROM stream_parked p JOIN stream_event e
        ON e.seq = p.seq AND e.stream = p.stream AND {asked} WHERE p.stream = :stream GROUP BY p.grp"""

    def trim(self, state: State, stream: str, bounds: Bounds, force: bool, now: int) -> int:
        """As `Stream.trim`; *now* in microseconds since 1970."""
        wanted = state.read(lambda connection: self._wanted(connection, stream, bounds))
        if wanted is None:
            return 0
        gone, end = 0, wanted
        while True:
            some = state.write(lambda connection: self._some(connection, stream, end, force, now))
            gone += some
            if some < CHUNK:
                return gone

    def plan(self, connection: sa.Connection, stream: str, bounds: Bounds, force: bool) -> Trimming:
        """As `Stream.trim_plan`."""
        wanted = self._wanted(connection, stream, bounds)
        if wanted is None:
            return Trimming(BEGIN, 0, 0, ())
        end = wanted if force else self._held(connection, stream, wanted)
        text = f"SELECT count(*), coalesce(sum(length(data)), 0) FROM stream_event WHERE {self._gone(force)}"
        events, size = connection.execute(sa.text(text), _at(stream, end)).one()
        return Trimming(end, events, int(size), self._needs(connection, stream, wanted))

    def _some(self, connection: sa.Connection, stream: str, wanted: Position, force: bool, now: int) -> int:
        """Forget up to `CHUNK` events; return how many. Fewer than that means that there are no more."""
        end = self._chunk(connection, stream, wanted if force else self._held(connection, stream, wanted), force)
        values, mark = _at(stream, end), just_before(end)
        connection.execute(sa.text(_MARK), {**_at(stream, mark), "now": now})
        connection.execute(sa.text(_VERSIONS.format(before=self._before)), values)
        if force:
            self._let_go(connection, stream, end, now)
        gone = self._gone(force)
        self._tally.take_off(connection, gone, values)
        return connection.execute(sa.text(f"DELETE FROM stream_event WHERE {gone}"), values).rowcount

    def _gone(self, force: bool) -> str:
        return self._before if force else f"{self._before} AND seq NOT IN ({_ASIDE})"

    def _wanted(self, connection: sa.Connection, stream: str, bounds: Bounds) -> Position | None:
        """Return where what is asked to stay begins; None where all of it does."""
        end = self._end(connection, stream)
        limits: list[Position | None] = [end]
        if bounds.before is not None:
            limits.append(bounds.before)
        if bounds.keep:
            limits.append(self._latest(connection, stream, bounds.keep))
        if bounds.old is not None:
            young = self._place(connection, stream, "AND at >= :old ORDER BY xid, seq LIMIT 1", {"old": bounds.old})
            limits.append(young or end)
        if bounds.bytes is not None and None not in limits:
            limits.append(self._over(connection, stream, bounds.bytes))
        found = [one for one in limits if one is not None]
        return min(found) if len(found) == len(limits) else None

    def _latest(self, connection: sa.Connection, stream: str, keep: int) -> Position | None:
        """Return the place of the first of the newest, so many; counted from the end that is nearer."""
        over = self._tally.size(connection, stream)[0] - keep
        if over <= 0:
            return None
        order = (
            f"xid, seq LIMIT 1 OFFSET {over:d}" if over < keep else f"xid DESC, seq DESC LIMIT 1 OFFSET {keep - 1:d}"
        )
        return self._place(connection, stream, f"ORDER BY {order}", {})

    def _over(self, connection: sa.Connection, stream: str, most: int) -> Position | None:
        """Return the place up to which the oldest are more than *most* bytes leave room for; None where they are not.

        Only those are looked at: how many bytes there are says the tally.
        """
        over, at = self._tally.size(connection, stream)[1] - most, BEGIN
        page = f"""SELECT xid, seq, length(data) FROM stream_event WHERE stream = :stream AND {self._after}
        ORDER BY xid, seq LIMIT {CHUNK}"""
        while over > 0 and (rows := connection.execute(sa.text(page), _at(stream, at)).all()):
            for xid, seq, size in rows:
                at, over = Position(xid, seq), over - size
                if over <= 0:
                    return Position(xid, seq + 1)
        return None

    def _held(self, connection: sa.Connection, stream: str, end: Position) -> Position:
        """Return *end*, or the first event before it that a group has not done with."""
        for lane in connection.execute(sa.text(_LANES), {"stream": stream}).all():
            end = min(end, self._next(connection, stream, *lane[1:]) or end)
        return end

    def _next(
        self, connection: sa.Connection, stream: str, lane: int, lanes: int, xid: int, seq: int
    ) -> Position | None:
        ahead = f"{OF_LANE} AND {self._after} ORDER BY xid, seq LIMIT 1"
        return self._place(connection, stream, ahead, {"lane": lane, "lanes": lanes, "xid": xid, "seq": seq})

    def _let_go(self, connection: sa.Connection, stream: str, end: Position, now: int) -> None:
        """Move groups past what goes; batches of it do not count any more."""
        aside = f"""DELETE FROM stream_parked WHERE stream = :stream
        AND seq IN (SELECT seq FROM stream_event WHERE {self._before})"""
        connection.execute(sa.text(aside), _at(stream, end))
        for grp, *lane in connection.execute(sa.text(_LANES), {"stream": stream}).all():
            first = self._next(connection, stream, *lane)
            if first is not None and first < end:
                values = {"grp": grp, "lane": lane[0], "now": now, **_at(stream, just_before(end))}
                connection.execute(sa.text(MOVE), values)

    def _needs(self, connection: sa.Connection, stream: str, wanted: Position) -> tuple[Need, ...]:
        ahead, parked = (
            {row[0]: row[1] for row in connection.execute(sa.text(text), _at(stream, wanted))}
            for text in (self._ahead, self._parked)
        )
        return tuple(Need(one, ahead.get(one, 0), parked.get(one, 0)) for one in sorted({*ahead, *parked}))

    def _end(self, connection: sa.Connection, stream: str) -> Position | None:
        last = self._place(connection, stream, f"{self._horizon} ORDER BY xid DESC, seq DESC LIMIT 1", {})
        return None if last is None else Position(last.xid, last.seq + 1)

    def _chunk(self, connection: sa.Connection, stream: str, end: Position, force: bool) -> Position:
        rest = f"AND {self._gone(force)} ORDER BY xid, seq LIMIT 1 OFFSET {CHUNK}"
        return self._place(connection, stream, rest, {"xid": end.xid, "seq": end.seq}) or end

    def _place(self, connection: sa.Connection, stream: str, rest: str, values: dict[str, Any]) -> Position | None:
        text = sa.text(f"SELECT xid, seq FROM stream_event WHERE stream = :stream {rest}")
        row = connection.execute(text, {"stream": stream, **values}).one_or_none()
        return None if row is None else Position(*row)


def _at(stream: str, place: Position) -> dict[str, Any]:
    return {"stream": stream, "xid": place.xid, "seq": place.seq}
