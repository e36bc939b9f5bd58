"""The stream's own ways on SQLite: one writer, so numbers come in the order of the commits."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from nexus_admin.brokers.stream.dialects import ROW, Last, Row
from nexus_admin.brokers.stream.protocol import StreamEvent
from nexus_admin.brokers.stream.rows import COLUMNS, events_of

_LAST = """SELECT k.value, coalesce(
  (SELECT max(e.version) FROM stream_event e WHERE e.stream = ?1 AND e.key = k.value),
  (SELECT v.version FROM stream_version v WHERE v.stream = ?1 AND v.key = k.value), 0)
FROM json_each(?2) k"""
_LAST_OF_ONE = """SELECT coalesce(
  (SELECT max(version) FROM stream_event WHERE stream = ?1 AND key = ?2),
  (SELECT version FROM stream_version WHERE stream = ?1 AND key = ?2), 0)"""
_THERE = f"SELECT {COLUMNS} FROM stream_event WHERE stream = ? AND id IN (SELECT value FROM json_each(?))"
_INSERT = f"INSERT INTO stream_event ({ROW}) VALUES ({', '.join('?' * len(ROW.split()))})"


class OnSqlite:
    """A `Dialect`. What is written is said to the driver; its errors go up as they are: the lane knows them."""

    horizon = ""
    poll = 0.1

    def stands(self, how: str, xid: str = ":xid", seq: str = ":seq", *, of: str = "") -> str:
        """As `Dialect.stands`. As a pair they would be looked up by `xid` alone, which is 0 in every row here."""
        return f"{of}xid = 0 AND {of}seq {how} iif({xid} > 0, {2**63 - 1}, {seq})"

    def in_order(self, connection: sa.Connection) -> None:
        """Nothing is to be done: it goes by the index as the statements are."""

    def lock(self, connection: sa.Connection, names: set[tuple[str, str]]) -> None:
        """Nothing is to be done: whoever writes is alone."""

    def last(self, connection: sa.Connection, stream: str, keys: Sequence[str]) -> dict[str, Last]:
        """As `Dialect.last`."""
        if len(keys) == 1:
            return {keys[0]: Last(*_raw(connection).execute(_LAST_OF_ONE, (stream, keys[0])).fetchone())}
        rows = _raw(connection).execute(_LAST, (stream, json.dumps(keys)))
        return {key: Last(version) for key, version in rows}

    def there(self, connection: sa.Connection, stream: str, ids: Sequence[str]) -> dict[str, StreamEvent]:
        """As `Dialect.there`."""
        rows = connection.exec_driver_sql(_THERE, (stream, json.dumps(ids)))
        return {event.id: event for event in events_of(stream, rows)}

    def numbers(self, connection: sa.Connection, count: int) -> tuple[int, Sequence[int]]:
        """As `Dialect.numbers`; none is given twice, as `AUTOINCREMENT` keeps the greatest."""
        asked = "SELECT seq FROM sqlite_sequence WHERE name = 'stream_event'"
        found = _raw(connection).execute(asked).fetchone()
        last: int = found[0] if found else 0
        return 0, range(last + 1, last + 1 + count)

    def insert(self, connection: sa.Connection, rows: Sequence[Row]) -> None:
        """As `Dialect.insert`."""
        _raw(connection).executemany(_INSERT, rows)


def _raw(connection: sa.Connection) -> Any:
    return connection.connection.dbapi_connection
