"""The ledger read as a stream, and that stream beside those of an engine."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

import sqlalchemy as sa

from nexus_admin.audit.ledger import Ledger
from nexus_admin.audit.stream.moving import ChainMoving
from nexus_admin.audit.stream.reading import ENTRY, ChainReading
from nexus_admin.brokers.bell import Bell
from nexus_admin.brokers.stream.checking import moment, steady
from nexus_admin.brokers.stream.durable import DurableStream
from nexus_admin.brokers.stream.fetching import Fetching
from nexus_admin.brokers.stream.protocol import BEGIN, Capability, Fresh, Position, Stream, StreamFigures
from nexus_admin.brokers.stream.reserved import LEDGER, check_appended, check_trimmed
from nexus_admin.brokers.stream.routed import RoutedStream
from nexus_admin.brokers.stream.trimming import Trimming

T = TypeVar("T")
_HERE: frozenset[Capability] = frozenset({"durable", "shared", "transactional", "groups", "seek", "park", "wait"})
_GROUPS = sa.text("SELECT DISTINCT grp FROM stream_cursor WHERE stream = :stream ORDER BY grp")


class LedgerStream(DurableStream):
    """The one stream that is the ledger: a position is a place in the chain. It is read and followed, never written.

    Groups of it are kept where all groups are. What is read are entries without their sealed values; who lets people
    look narrows them by the rights of each (`actions/brokers/seen_stream.py`).

    Args:
        ledger: Whose entries.
        clock, wall: As for `DurableStream`.
    """

    def __init__(
        self, ledger: Ledger, *, clock: Callable[[], float] = steady, wall: Callable[[], float] = time.time
    ) -> None:
        super().__init__(ledger.state, clock=clock, wall=wall)
        self._ledger = ledger
        self._bell = Bell(ledger.state, "nexus_audit")
        self._reading, self._moving = ChainReading(ledger.recorder), ChainMoving()
        self._fetching = Fetching(ledger.state, self._reading, clock)
        if ledger.state.dialect == "postgresql":  # somebody may wait in another process
            self._be_told()

    @property
    def capabilities(self) -> frozenset[Capability]:
        """As `Stream.capabilities`."""
        return self._capabilities & _HERE

    def append(self, stream: str, *events: Fresh, expect: int | None = None, tx: Any = None) -> NoReturn:  # noqa: ARG002
        """Refuse it."""
        check_appended(LEDGER)
        raise AssertionError("The ledger's name is reserved.")

    def trim(self, stream: str, *, force: bool = False, **limits: Any) -> int:  # noqa: ARG002  as every stream has it
        """Refuse it."""
        check_trimmed(LEDGER)
        return 0

    def trim_plan(self, stream: str, *, force: bool = False, **limits: Any) -> Trimming:  # noqa: ARG002  the same
        """Refuse it."""
        check_trimmed(LEDGER)
        return Trimming(BEGIN, 0, 0, ())

    def figures(self) -> list[StreamFigures]:
        """As `Stream.figures`: its own, where it has entries or groups. Nobody counts its bytes."""
        self._open()
        return self._state.read(_figures)

    def close(self) -> None:
        """As `Stream.close`."""
        self._ledger.grown = None
        super().close()

    def _look(self, stream: str, seconds: float, look: Callable[[], tuple[T | None, float]]) -> T | None:
        if seconds and self._ledger.grown is None and not self._bell.closed:
            self._be_told()
        return super()._look(stream, seconds, look)

    def _be_told(self) -> None:
        """Be told from now on when the chain has grown. On SQLite nothing is told until somebody waits."""
        self._ledger.grown = lambda: self._bell.ring(LEDGER)


class WithLedger(RoutedStream):
    """The streams of *engine*, and beside them the ledger.

    Attributes:
        engine: Keeps all streams but the one.
    """

    def __init__(self, engine: Stream, ledger: LedgerStream) -> None:
        self.engine, self._ledger = engine, ledger

    @property
    def capabilities(self) -> frozenset[Capability]:
        """As `Stream.capabilities`."""
        return self.engine.capabilities

    def figures(self) -> list[StreamFigures]:
        """As `Stream.figures`."""
        others = [one for one in self.engine.figures() if one.stream != LEDGER]
        return sorted([*others, *self._ledger.figures()], key=lambda one: one.stream)

    def close(self) -> None:
        """As `Stream.close`."""
        self.engine.close()
        self._ledger.close()

    def _of(self, stream: str) -> Stream:
        return self._ledger if stream == LEDGER else self.engine


def _figures(connection: sa.Connection) -> list[StreamFigures]:
    groups = tuple(connection.execute(_GROUPS, {"stream": LEDGER}).scalars())
    ends = sa.select(ENTRY.seq, ENTRY.closed_at).where(ENTRY.seq > 0).limit(1)
    first = connection.execute(ends.order_by(ENTRY.seq)).one_or_none()
    last = connection.execute(ends.order_by(ENTRY.seq.desc())).one_or_none()
    if first is None or last is None:
        return [StreamFigures(LEDGER, BEGIN, 0, None, None, None, groups)] if groups else []
    head, moments = Position(0, last.seq), (moment(first.closed_at), moment(last.closed_at))
    return [StreamFigures(LEDGER, head, last.seq, None, *moments, groups)]
