"""The stream's own ways on PostgreSQL.

Numbers are drawn before a commit, so a later one may be there first. An event has the number of its transaction in
front of its own, and is read only when no transaction before that one is open any more: then nothing can come in front
of it. Two transactions that append to one key take turns by a lock, and the later one bears at least the number of the
one before; so the order of a key is the order of its versions.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from nexus_admin.brokers.stream.checking import slot_of
from nexus_admin.brokers.stream.dialects import ROW, Last, Row
from nexus_admin.brokers.stream.protocol import StreamEvent
from nexus_admin.brokers.stream.rows import COLUMNS, events_of

LOCK = 0x6E78_0002
BUCKETS = 512
"""Locks that the keys share, so that a large append does not fill the server's table of them."""

_LOCK = "SELECT pg_advisory_xact_lock(%s, one) FROM unnest(CAST(%s AS int[])) one"
_LAST = """SELECT k.key, coalesce(e.version, v.version, 0), coalesce(e.xid, 0)
FROM unnest(CAST(%s AS text[])) k (key)
LEFT JOIN LATERAL (
  SELECT version, xid FROM stream_event WHERE stream = %s AND key = k.key ORDER BY version DESC LIMIT 1) e ON true
LEFT JOIN stream_version v ON v.stream = %s AND v.key = k.key"""
_THERE = f"SELECT {COLUMNS} FROM stream_event WHERE stream = %s AND id = ANY(CAST(%s AS text[]))"
_NUMBERS = """SELECT CAST(CAST(pg_current_xact_id() AS text) AS bigint), nextval('stream_event_seq_seq')
FROM generate_series(1, %s)"""
_INSERT = f"""INSERT INTO stream_event ({ROW})
SELECT * FROM unnest(CAST(%s AS bigint[]), CAST(%s AS bigint[]), CAST(%s AS text[]), CAST(%s AS text[]),
  CAST(%s AS text[]), CAST(%s AS bigint[]), CAST(%s AS int[]), CAST(%s AS text[]), CAST(%s AS bigint[]),
  CAST(%s AS text[]), CAST(%b AS bytea[]), CAST(%s AS text[]))"""


class OnPostgres:
    """A `Dialect`."""

    horizon = "AND xid < (SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint))"
    poll = 1.0

    def stands(self, how: str, xid: str = ":xid", seq: str = ":seq", *, of: str = "") -> str:
        """As `Dialect.stands`."""
        return f"({of}xid, {of}seq) {how} ({xid}, {seq})"

    def in_order(self, connection: sa.Connection) -> None:
        """As `Dialect.in_order`: until it has statistics, or with old ones, it takes a long stream for a short one."""
        connection.exec_driver_sql("SET LOCAL enable_bitmapscan = off")

    def lock(self, connection: sa.Connection, names: set[tuple[str, str]]) -> None:
        """As `Dialect.lock`; in one order, so that two who lock do not wait for each other."""
        buckets = sorted({slot_of(f"{stream}\n{name}") % BUCKETS for stream, name in names})
        connection.exec_driver_sql(_LOCK, (LOCK, buckets))

    def last(self, connection: sa.Connection, stream: str, keys: Sequence[str]) -> dict[str, Last]:
        """As `Dialect.last`."""
        rows = connection.exec_driver_sql(_LAST, (list(keys), stream, stream))
        return {key: Last(version, xid) for key, version, xid in rows}

    def there(self, connection: sa.Connection, stream: str, ids: Sequence[str]) -> dict[str, StreamEvent]:
        """As `Dialect.there`."""
        rows = connection.exec_driver_sql(_THERE, (stream, list(ids)))
        return {event.id: event for event in events_of(stream, rows)}

    def numbers(self, connection: sa.Connection, count: int) -> tuple[int, Sequence[int]]:
        """As `Dialect.numbers`."""
        rows = connection.exec_driver_sql(_NUMBERS, (count,)).all()
        return rows[0][0], sorted(row[1] for row in rows)

    def insert(self, connection: sa.Connection, rows: Sequence[Row]) -> None:
        """As `Dialect.insert`: a column is an array."""
        connection.exec_driver_sql(_INSERT, tuple(map(list, zip(*rows, strict=True))))
