"""How much of a stream is kept in tables."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from nexus_admin.brokers.stream.dialects import Dialect
from nexus_admin.brokers.stream.memory_log import just_before
from nexus_admin.brokers.stream.protocol import Position
from nexus_admin.brokers.stream.tally import Tally

CHUNK = 2_000
"""Events that are forgotten in one transaction, so that others may write in between."""

_LANES = "SELECT lane, lanes, xid, seq FROM stream_cursor WHERE stream = :stream"
_ASIDE = "SELECT p.seq FROM stream_parked p WHERE p.stream = :stream"
_MARK = """INSERT INTO stream_trim (stream, xid, seq, at) VALUES (:stream, :xid, :seq, :now)
ON CONFLICT (stream) DO UPDATE SET xid = excluded.xid, seq = excluded.seq, at = excluded.at
WHERE (excluded.xid, excluded.seq) > (stream_trim.xid, stream_trim.seq)"""
_VERSIONS = """INSERT INTO stream_version (stream, key, version)
SELECT stream, key, max(version) FROM stream_event
WHERE key IS NOT NULL AND {before} GROUP BY stream, key
ON CONFLICT (stream, key) DO UPDATE SET version = excluded.version
WHERE excluded.version > stream_version.version"""


class Keeping:
    """What is kept; each within a transaction that is given."""

    def __init__(self, dialect: Dialect) -> None:
        self._horizon, self._tally = dialect.horizon, Tally(dialect)
        self._after = dialect.stands(">")
        self._before = f"stream = :stream AND {dialect.stands('<')}"

    def trim(self, connection: sa.Connection, stream: str, before: int | None, keep: int | None, now: int) -> int:
        """Forget up to `CHUNK` events; return how many. Fewer than that means that there are no more."""
        limits = self._limits(connection, stream, before, keep)
        if None in limits:
            return 0
        end = min(one for one in limits if one is not None)
        end = self._chunk(connection, stream, end)
        values = {"stream": stream, "xid": end.xid, "seq": end.seq}
        mark = just_before(end)
        connection.execute(sa.text(_MARK), {"stream": stream, "xid": mark.xid, "seq": mark.seq, "now": now})
        connection.execute(sa.text(_VERSIONS.format(before=self._before)), values)
        gone = f"{self._before} AND seq NOT IN ({_ASIDE})"
        self._tally.take_off(connection, gone, values)
        return connection.execute(sa.text(f"DELETE FROM stream_event WHERE {gone}"), values).rowcount

    def _limits(
        self, connection: sa.Connection, stream: str, before: int | None, keep: int | None
    ) -> list[Position | None]:
        """Return the positions from which on events stay, for one reason each; None where all of them stay."""
        limits: list[Position | None] = [self._end(connection, stream)]
        if keep:
            latest = f"ORDER BY xid DESC, seq DESC LIMIT 1 OFFSET {keep - 1:d}"
            limits.append(self._place(connection, stream, latest, {}))
        if before is not None:
            young = self._place(connection, stream, "AND at >= :before ORDER BY xid, seq LIMIT 1", {"before": before})
            limits.append(young or limits[0])
        for lane, lanes, xid, seq in connection.execute(sa.text(_LANES), {"stream": stream}).all():
            ahead = f"AND slot % :lanes = :lane AND {self._after} ORDER BY xid, seq LIMIT 1"
            values = {"lane": lane, "lanes": lanes, "xid": xid, "seq": seq}
            limits.append(self._place(connection, stream, ahead, values) or limits[0])
        return limits

    def _end(self, connection: sa.Connection, stream: str) -> Position | None:
        last = self._place(connection, stream, f"{self._horizon} ORDER BY xid DESC, seq DESC LIMIT 1", {})
        return None if last is None else Position(last.xid, last.seq + 1)

    def _chunk(self, connection: sa.Connection, stream: str, end: Position) -> Position:
        rest = f"AND {self._before} AND seq NOT IN ({_ASIDE}) ORDER BY xid, seq LIMIT 1 OFFSET {CHUNK}"
        return self._place(connection, stream, rest, {"xid": end.xid, "seq": end.seq}) or end

    def _place(self, connection: sa.Connection, stream: str, rest: str, values: dict[str, Any]) -> Position | None:
        text = sa.text(f"SELECT xid, seq FROM stream_event WHERE stream = :stream {rest}")
        row = connection.execute(text, {"stream": stream, **values}).one_or_none()
        return None if row is None else Position(*row)
