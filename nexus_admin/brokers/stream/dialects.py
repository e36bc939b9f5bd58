"""What the stream has done differently by each database of ours: numbers, locks, and how far one may read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import sqlalchemy as sa

from nexus_admin.brokers.stream.protocol import StreamEvent
from nexus_admin.domain.dataclass import dataclass

ROW = "xid, seq, id, stream, key, version, slot, type, at, note, data, content_type"
"""The columns of an event that is to be written."""
Row = tuple[int, int, str, str, str | None, int | None, int, str, int, str | None, bytes, str]
"""Their values."""


@dataclass(frozen=True, slots=True)
class Last:
    """The last event of a key: its version, 0 where there is none, and its transaction."""

    version: int = 0
    xid: int = 0


class Dialect(Protocol):
    """One of them.

    Attributes:
        horizon: A condition that holds for events which no earlier one can come in front of any more.
        poll: Seconds after which who waits looks by itself.
    """

    horizon: str
    poll: float

    def stands(self, how: str, xid: str = ":xid", seq: str = ":seq", *, of: str = "") -> str:
        """Return a condition that holds for events, of the table *of*, which stand so to a place: `<`, `<=` or `>`."""
        ...

    def in_order(self, connection: sa.Connection) -> None:
        """Have what is read until the transaction is over go by the order of an index, and not sort all there is."""
        ...

    def lock(self, connection: sa.Connection, names: set[tuple[str, str]]) -> None:
        """Let nobody else append to these keys, or these ids, of these streams until the transaction is over."""
        ...

    def last(self, connection: sa.Connection, stream: str, keys: Sequence[str]) -> dict[str, Last]:
        """Return the last event of each of *keys*."""
        ...

    def there(self, connection: sa.Connection, stream: str, ids: Sequence[str]) -> dict[str, StreamEvent]:
        """Return the events with these ids that are there."""
        ...

    def numbers(self, connection: sa.Connection, count: int) -> tuple[int, Sequence[int]]:
        """Return this transaction's number and the numbers of the next *count* events."""
        ...

    def insert(self, connection: sa.Connection, rows: Sequence[Row]) -> None:
        """Write *rows*."""
        ...
