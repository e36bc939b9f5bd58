"""Reading the chain as events. It has no gaps, and a place in it is given out and committed under one lock.

So whatever can be read stays where it is, and nothing ever comes in front of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from nexus_admin.audit.record import Recorder
from nexus_admin.audit.stream.events import MOST_CHANGES, payload_of
from nexus_admin.audit.values import compact
from nexus_admin.brokers.content import JSON
from nexus_admin.brokers.stream.checking import moment
from nexus_admin.brokers.stream.cursors import Lane, lanes_of
from nexus_admin.brokers.stream.protocol import BEGIN, Parked, Position, StreamEvent
from nexus_admin.brokers.stream.reading import Reading, Rows
from nexus_admin.brokers.stream.rows import event_of, events_of
from nexus_admin.domain.errors import Refused
from nexus_admin.state.tables.ledger import audit_change, audit_entry
from nexus_admin.state.tables.stream import stream_parked

FAR = 2**62
"""A place behind every entry."""
AT_ONCE = 500
"""Entries whose changes are asked for at once."""
ENTRY, CHANGE, PARKED = audit_entry.c, audit_change.c, stream_parked.c


def seq_of(at: Position) -> int:
    """Return the place in the chain that a position stands for; those of other streams' transactions lie behind it."""
    return FAR if at.xid else at.seq


def last_of(connection: sa.Connection) -> int:
    """Return the last place in the chain; 0 where it is empty."""
    last: int | None = connection.execute(sa.select(sa.func.max(ENTRY.seq))).scalar()
    return last or 0


class ChainReading(Reading):
    """What is read of the chain; each on a connection that is given.

    Args:
        recorder: Reads rows of the ledger.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def read(
        self,
        connection: sa.Connection,
        stream: str,  # noqa: ARG002  as every stream has it
        after: Position,
        limit: int,
        types: Sequence[str],
        key: str | None,
        backwards: bool = False,
    ) -> Rows:
        """As `Reading.read`; no entry has a key."""
        if key is not None:
            return []
        seq = seq_of(after)
        before = ENTRY.seq < (FAR if after == BEGIN else seq)
        statement = sa.select(audit_entry).where(before if backwards else ENTRY.seq > seq)
        if types:
            statement = statement.where(sa.or_(*map(_is_of, types)))
        return self._rows(connection, statement.order_by(ENTRY.seq.desc() if backwards else ENTRY.seq).limit(limit))

    def of_lane(self, connection: sa.Connection, stream: str, lane: Lane, limit: int) -> list[StreamEvent]:
        """As `Reading.of_lane`.

        Raises:
            Refused: the group has several lanes; it was made when another stream was called so.
        """
        if lane.lanes > 1:
            raise Refused(f"A group of {stream!r} has one lane, and this one has {lane.lanes}. Forget it first.")
        return list(events_of(stream, self.read(connection, stream, lane.position, limit, (), None)))

    def head(self, connection: sa.Connection, stream: str) -> Position:  # noqa: ARG002  as every stream has it
        """As `Reading.head`."""
        return Position(0, last_of(connection))

    def is_beyond(self, connection: sa.Connection, *, stream: str, after: Position) -> bool:  # noqa: ARG002  the same
        """As `Reading.is_beyond`."""
        return last_of(connection) > seq_of(after)

    def asked_again(
        self, connection: sa.Connection, stream: str, group: str, lane: Lane  # noqa: ARG002  there is one
    ) -> tuple[StreamEvent, int] | None:  # fmt: skip
        """As `Reading.asked_again`."""
        mine = sa.select(PARKED.seq, PARKED.attempts).where(PARKED.stream == stream, PARKED.grp == group, PARKED.again)
        found = connection.execute(mine.order_by(PARKED.seq).limit(1)).one_or_none()
        if found is None:
            return None
        event = self._at(connection, stream, [found.seq]).get(found.seq)
        return None if event is None else (event, found.attempts)

    def parked(self, connection: sa.Connection, stream: str, group: str, after: int, limit: int) -> list[Parked]:
        """As `Stream.parked`."""
        lanes_of(connection, stream, group)
        mine = sa.select(stream_parked).where(PARKED.stream == stream, PARKED.grp == group, PARKED.seq > after)
        rows = connection.execute(mine.order_by(PARKED.seq).limit(limit)).all()
        events = self._at(connection, stream, [row.seq for row in rows])
        return [
            Parked(events[row.seq], group, row.attempts, row.error, moment(row.at), bool(row.again))
            for row in rows
            if row.seq in events
        ]

    def _at(self, connection: sa.Connection, stream: str, seqs: Sequence[int]) -> dict[int, StreamEvent]:
        rows = self._rows(connection, sa.select(audit_entry).where(ENTRY.seq.in_(seqs)))
        return {row[1]: event_of(stream, row) for row in rows}

    def _rows(self, connection: sa.Connection, statement: sa.Select[Any]) -> list[Sequence[Any]]:
        """Return entries as the rows of events."""
        found = connection.execute(statement).mappings().all()
        changes = _changes(connection, [row["no"] for row in found if row["change_count"]])
        return [self._row(row, changes.get(row["no"], ())) for row in found]

    def _row(self, row: sa.RowMapping, changes: Iterable[sa.RowMapping]) -> Sequence[Any]:
        data = payload_of(self._recorder.entry(row, changes), row["change_count"])
        note = compact({"actor": row["actor"]})
        return 0, row["seq"], row["id"], row["action"], JSON, data, row["closed_at"], None, None, note


def _changes(connection: sa.Connection, numbers: Sequence[int]) -> dict[int, list[sa.RowMapping]]:
    found: dict[int, list[sa.RowMapping]] = {}
    for first in range(0, len(numbers), AT_ONCE):
        part = numbers[first : first + AT_ONCE]
        statement = sa.select(audit_change).where(CHANGE.entry.in_(part), CHANGE.n < MOST_CHANGES)
        for change in connection.execute(statement.order_by(CHANGE.entry, CHANGE.n)).mappings():
            found.setdefault(change["entry"], []).append(change)
    return found


def _is_of(type: str) -> sa.ColumnElement[bool]:
    """Return a condition that holds for actions of a type, as `checking.fits` has it; LIKE folds letters on SQLite."""
    if type.endswith(".*"):
        return sa.func.substr(ENTRY.action, 1, len(type) - 1) == type[:-1]
    return ENTRY.action == type
