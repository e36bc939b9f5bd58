"""The streams as one actor may see them: the ledger only for who may look at the audit, narrowed by their rights.

Every action on streams asks this, so no door shows more than another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from nexus_admin.access import Access
from nexus_admin.actions.house.lens import HOUSE, Lens
from nexus_admin.actions.unit import Unit
from nexus_admin.audit.stream.events import entry_of, shown_as
from nexus_admin.brokers.stream.handing import paged
from nexus_admin.brokers.stream.protocol import (
    BEGIN,
    Batch,
    Capability,
    Parked,
    Position,
    Stream,
    StreamEvent,
    StreamFigures,
)
from nexus_admin.brokers.stream.reserved import LEDGER
from nexus_admin.brokers.stream.routed import RoutedStream
from nexus_admin.domain.errors import Forbidden

LOOK = "audit.view"
"""What somebody must be granted to look at the audit, in whichever form."""


class SeenStream(RoutedStream):
    """The streams of *stream*, for the actor of one unit."""

    def __init__(self, unit: Unit, stream: Stream) -> None:
        self._unit, self._stream = unit, stream
        self._ledger = _SeenLedger(unit, stream)

    @property
    def capabilities(self) -> frozenset[Capability]:
        """As `Stream.capabilities`."""
        return self._stream.capabilities

    def figures(self) -> list[StreamFigures]:
        """As `Stream.figures`; the ledger's only for who may look at it."""
        may = self._may_look()
        return [one for one in self._stream.figures() if may or one.stream != LEDGER]

    def close(self) -> None:
        """It is closed by whoever opened it."""

    def _of(self, stream: str) -> Stream:
        if stream != LEDGER:
            return self._stream
        if not self._may_look():
            who = self._unit.actor.name or self._unit.actor.id
            raise Forbidden(
                f"{who} may not read the stream {LEDGER!r}: that needs {LOOK}.",
                "Your role does not let you look at it.",
            )
        return self._ledger

    def _may_look(self) -> bool:
        return self._unit.service(Access).decide(self._unit.actor, LOOK, HOUSE, None).allowed


class _SeenLedger(RoutedStream):
    """The ledger's stream with what the actor may see of each entry."""

    def __init__(self, unit: Unit, stream: Stream) -> None:
        self._unit, self._stream = unit, stream

    @property
    def capabilities(self) -> frozenset[Capability]:
        return self._stream.capabilities

    def read(self, stream: str, **how: Any) -> list[StreamEvent]:
        return self._seen(self._stream.read(stream, **how))

    def replay(self, stream: str, *, after: Position = BEGIN, **how: Any) -> Iterator[StreamEvent]:
        return paged(lambda after: self.read(stream, after=after, **how), after)

    def fetch(self, stream: str, group: str, **how: Any) -> Batch | None:
        batch = self._stream.fetch(stream, group, **how)
        return batch and replace(batch, events=tuple(self._seen(batch.events)))

    def parked(self, stream: str, group: str, *, after: int = 0, limit: int = 50) -> list[Parked]:
        found = self._stream.parked(stream, group, after=after, limit=limit)
        events = self._seen([one.event for one in found])
        return [replace(one, event=event) for one, event in zip(found, events, strict=True)]

    def figures(self) -> list[StreamFigures]:
        return [one for one in self._stream.figures() if one.stream == LEDGER]

    def close(self) -> None:
        """It is closed by whoever opened it."""

    def _of(self, stream: str) -> Stream:  # noqa: ARG002  there is one
        return self._stream

    def _seen(self, events: Sequence[StreamEvent]) -> list[StreamEvent]:
        return shown_as(events, Lens(self._unit).entries(map(entry_of, events)))
