"""Folding streams into projections: the rows and how far the stream was read are committed as one.

The fold runs outside of the transaction, on rows that nobody else writes while the lane is ours. An event that cannot
be folded is tried again in its place, later each time, and set aside after `MOST` times; what came before it is kept.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from nexus_admin.actions.jobs import projection_records as records
from nexus_admin.actions.jobs.projections import Projections, group_of
from nexus_admin.audit.outbox import HOUSE, event_of
from nexus_admin.brokers.stream import Batch, Stream, StreamEvent
from nexus_admin.domain.action import Event
from nexus_admin.domain.errors import NexusError
from nexus_admin.domain.projection import Projection
from nexus_admin.domain.target import Target
from nexus_admin.kernel.working.retrying import MOST, noted, pause_after
from nexus_admin.kernel.working.watcher import Watcher
from nexus_admin.sdk.providers import Services
from nexus_admin.state.engine import State

AT_ONCE = 500
"""Events of one projection that are folded with one commit, as far as that takes no longer than `SPELL`."""
SPELL = 3.0
"""Seconds of folding between two commits."""
LEASE = 10.0
"""Seconds that a projection is ours for one batch; where we die, others go on after them."""
BREATH = 0.25
"""Seconds between two rounds while much happens: a round takes three milliseconds, however little there is to fold."""
WAIT = 1.0
"""Seconds between two looks where nothing rings."""

log = logging.getLogger(__name__)


class BatchRows:
    """The rows of a generation while a batch is folded (a `Folding`): what was read and what is to be written.

    As text, as they are kept: so nobody holds on to a row and changes it later.
    """

    def __init__(self, stored: records.ShownRows) -> None:
        self._stored = stored
        self._known: dict[str, str | None] = {}
        self._fresh: dict[str, str | None] = {}
        self.written: dict[str, str | None] = {}

    def get(self, key: str) -> dict[str, Any] | None:
        """As `Folding.get`."""
        if key in self._fresh:
            text = self._fresh[key]
        elif key in self._known:
            text = self._known[key]
        else:
            text = self._known[key] = self._stored.text(key)
        return None if text is None else json.loads(text)

    def put(self, key: str, row: Mapping[str, Any]) -> None:
        """As `Folding.put`."""
        self._fresh[key] = records.row_text(key, dict(row))

    def delete(self, key: str) -> None:
        """As `Folding.delete`."""
        self._fresh[key] = None

    def keep(self, *, folded: bool) -> None:
        """Take over what the last event wrote, or forget it."""
        if folded:
            self._known |= self._fresh
            self.written |= self._fresh
        self._fresh = {}


class Projector(Watcher):
    """Folds events into projections, in a thread; processes on one state share the work, projection by projection.

    Args:
        services: Where the state and the stream are; what is declared is put there.
        raised: Told of a fold that raised, with its owner.
    """

    def __init__(self, services: Services, raised: Callable[[str, Exception], None]) -> None:
        self._services, self._state, self._raised = services, services.get(State), raised
        self._declared = services.put(Projections, Projections())
        self._tidy: set[str] = set()
        super().__init__("nexus-projections", 0, "Projections are made later.")

    def declared(self, projections: Mapping[str, Projection]) -> None:
        """Fold into these from now on, and into no others."""
        for gone in self._declared.keys() - projections.keys():
            self._declared.pop(gone, None)
        self._declared.update(projections)

    @property
    def _stream(self) -> Stream:
        return self._services.get(Stream)  # type: ignore[type-abstract]

    def look(self) -> None:
        """Fold what there is, and wait for more; when told to stop, the event that is being folded is the last."""
        if not self._declared or not self._worked():
            self.stopping.wait(WAIT)

    def _worked(self) -> bool:
        """Fold what is there, and wait for more; return False where nothing has ever happened."""
        latest = self._stream.read(HOUSE, limit=1, backwards=True)
        self.round()
        if latest and not self.stopping.wait(BREATH):
            self._stream.wait(HOUSE, latest[0].position, WAIT)
        return bool(latest)

    def round(self) -> None:
        """Fold into each projection what is there; what goes wrong with one holds up no other."""
        for one in list(self._declared.values()):
            try:
                self._advance(one)
            except NexusError as error:
                log.warning("%s is made later: %s", one.name, error)
            except Exception:
                log.exception("%s could not be made.", one.name)

    def _advance(self, one: Projection) -> None:
        found = self._generations(one)
        if found is None or self.stopping.is_set():
            return
        group = group_of(one.name, found.newest)
        if group not in self._tidy:
            self._stream.group(one.stream, group, start="begin")
            self._forget_before(one, found.shown)
            self._tidy.add(group)
        while not self.stopping.is_set() and (batch := self._stream.fetch(one.stream, group, n=AT_ONCE, lease=LEASE)):
            if not self._fold(one, found.newest, batch):
                return
            if len(batch.events) < AT_ONCE:
                break
        if found.building is not None and not self.stopping.is_set() and self._is_through(one, group):
            self._state.write(lambda connection: records.show(connection, one.name, found.newest))
            self._forget_before(one, found.newest)

    def _forget_before(self, one: Projection, generation: int) -> None:
        """Let go of the groups of earlier generations, which would keep their stream from being trimmed."""
        for old in range(1, generation):
            self._stream.forget_group(one.stream, group_of(one.name, old))

    def _generations(self, one: Projection) -> records.Generations | None:
        """Return where a projection is, begun where it never was; None where a newer version of its fold is at it."""

        def look(connection: sa.Connection) -> records.Generations | None:
            found = records.generations(connection, one.name)
            if found is None:
                records.begin(connection, one.name, one.version)
            elif found.version < one.version:
                records.begin_anew(connection, one.name, one.version)
            return records.generations(connection, one.name)

        known = self._state.read(lambda connection: records.generations(connection, one.name))
        if known is None or known.version < one.version:
            known = self._state.write(look)
        return known if known is not None and known.version == one.version else None

    def _is_through(self, one: Projection, group: str) -> bool:
        return all(not each.behind for each in self._stream.groups(one.stream) if each.group == group)

    def _fold(self, one: Projection, generation: int, batch: Batch) -> bool:
        """Fold a batch as far as that goes, and commit it; return whether all of it is done with."""
        rows = BatchRows(records.ShownRows(self._state, one.name, generation))
        done: StreamEvent | None = None
        wrong: Exception | None = None
        until = time.monotonic() + SPELL
        for event in batch.events:
            if self.stopping.is_set() or time.monotonic() > until:
                break
            try:
                one.fold(rows, heard(event))
            except Exception as error:
                log.exception("%s could not fold an event of %s.", one.name, event.type)
                rows.keep(folded=False)
                wrong = error
                break
            rows.keep(folded=True)
            done = event
        if done is not None:
            self._commit(one.name, generation, rows, batch, done)
        if wrong is not None:
            return self._again(one, batch, batch.events[0] if done is None else self._after(batch, done), wrong)
        if done is not batch.events[-1]:
            self._stream.release(batch)
        return not self.stopping.is_set()

    def _commit(self, name: str, generation: int, rows: BatchRows, batch: Batch, done: StreamEvent) -> None:
        def work(connection: sa.Connection) -> None:
            records.write(connection, name, generation, rows.written)
            self._stream.commit(batch, upto=done.position, tx=connection)

        self._state.write(work)

    @staticmethod
    def _after(batch: Batch, done: StreamEvent) -> StreamEvent:
        return batch.events[batch.events.index(done) + 1]

    def _again(self, one: Projection, batch: Batch, event: StreamEvent, error: Exception) -> bool:
        """Have an event tried again later, or set it aside; return whether there may be more at once."""
        tried = (batch.attempts if event is batch.events[0] else 0) + 1
        if tried < MOST:
            self._stream.release(batch, noted(error), retry_in=pause_after(tried))
            return False
        self._stream.park(batch, event, noted(error))
        self._stream.release(batch)
        self._raised(one.owner, error)
        return True


def heard(event: StreamEvent) -> Event:
    """Return an event of any stream as a fold is given it."""
    if event.stream == HOUSE:
        return event_of(event)
    value = event.value
    data = value if isinstance(value, dict) else {"value": value}
    note = event.note
    return Event(
        event.type, Target("stream", event.stream, event.key), data, note.get("actor", ""), note.get("by", ""),
        event.id, event.at,
    )  # fmt: skip
