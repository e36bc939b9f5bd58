"""Groups of readers of the chain: where they are moved, how far they are behind. One lane each: it has one order."""

from __future__ import annotations

import sqlalchemy as sa

from nexus_admin.audit.stream.reading import ENTRY, last_of, seq_of
from nexus_admin.brokers.stream.checking import COUNTED, micros_of
from nexus_admin.brokers.stream.cursors import Lane
from nexus_admin.brokers.stream.moving import Moving
from nexus_admin.brokers.stream.protocol import BEGIN, Position, Shift, To
from nexus_admin.domain.errors import Refused


class ChainMoving(Moving):
    """What is done to groups of the chain, each within a transaction that is given; they are kept as all others are."""

    def __init__(self) -> None:
        """Nothing is asked of a table of events."""

    def make(self, connection: sa.Connection, stream: str, group: str, lanes: int, start: To, now: int) -> None:
        """As `Moving.make`.

        Raises:
            Refused: it is to have several lanes.
        """
        if lanes != 1:
            raise Refused(f"The entries of {stream!r} are one chain, so a group has 1 lanes, not {lanes}.")
        super().make(connection, stream, group, lanes, start, now)

    def target(self, connection: sa.Connection, stream: str, lane: Lane, to: To) -> Position:  # noqa: ARG002  the same
        """As `Moving.target`."""
        if isinstance(to, Position):
            return to
        if to == "begin":
            return BEGIN
        last = last_of(connection)
        if to == "end":
            return Position(0, last)
        if isinstance(to, Shift):
            here = min(seq_of(lane.position), last)
            return Position(0, max(0, min(here + to.by, last)))
        since = sa.select(ENTRY.seq).where(ENTRY.seq > 0, ENTRY.closed_at >= micros_of(to)).order_by(ENTRY.seq).limit(1)
        first: int | None = connection.execute(since).scalar()
        return Position(0, last if first is None else first - 1)

    def head(self, connection: sa.Connection, stream: str) -> Position:  # noqa: ARG002  as every stream has it
        """As `Moving.head`."""
        return Position(0, last_of(connection))

    def behind(
        self, connection: sa.Connection, stream: str, lane: Lane, after: Position  # noqa: ARG002  the same
    ) -> tuple[int, int | None]:  # fmt: skip
        """As `Moving.behind`: the chain has no gaps, so nothing need be counted."""
        ahead = last_of(connection) - seq_of(after)
        if ahead <= 0:
            return 0, None
        first = sa.select(ENTRY.closed_at).where(ENTRY.seq == seq_of(after) + 1)
        return min(ahead, COUNTED), connection.execute(first).scalar()
