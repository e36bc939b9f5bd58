"""Moving what waits in outboxes to the stream of the house: read, append, delete, in this order.

What dies in between leaves a row that is appended again, and the stream has its id already. A row is deleted only when
the entry of its call is closed, for until then it is the proof that the call was done. Processes on one state take
turns.
"""

from __future__ import annotations

import logging
import threading
import time

from nexus_admin.actions.sources import outbox_records
from nexus_admin.actions.sources.known import Sources
from nexus_admin.actions.sources.outboxes import fresh_in, report_forged, sorted_out
from nexus_admin.audit.ledger import Ledger
from nexus_admin.audit.outbox import HOUSE
from nexus_admin.brokers.stream import Stream
from nexus_admin.data.drivers.outbox import Line, clear, waiting
from nexus_admin.data.drivers.outbox_seals import Seals
from nexus_admin.data.source import Box, DataSource
from nexus_admin.domain.action import Event
from nexus_admin.domain.errors import NexusError
from nexus_admin.domain.ids import new_ulid
from nexus_admin.kernel.working.watcher import Watcher
from nexus_admin.sdk.providers import Services
from nexus_admin.state.engine import State

WAIT = 1.0
"""Seconds between two looks where nothing rings: other processes leave events too."""
SOON = 0.3
"""Seconds until a look at rows that are told, but whose entries were not closed yet."""
TURN = 10.0
"""Seconds that the rows of an outbox are ours to move."""

log = logging.getLogger(__name__)


class OutboxRelay(Watcher):
    """Moves the rows of every outbox, in a thread; one a process that works.

    Args:
        services: Where the sources, the state, the ledger and the stream are.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._sources, self._state, self._ledger = services.get(Sources), services.get(State), services.get(Ledger)
        self._me = new_ulid()
        self._told: dict[str, set[str]] = {}
        self._ours_until: dict[str, float] = {}
        self._troubled: dict[str, str] = {}
        self._left = False
        self._bell = threading.Event()
        super().__init__("nexus-outboxes", 0, "What waits in outboxes is told later.")

    def stop(self) -> None:
        """Move no more."""
        self.stopping.set()
        self._bell.set()
        super().stop()

    def hear(self, event: Event) -> None:
        """Look at once where *event* was left in an outbox."""
        source = self._sources.find(event.target.source)
        if source is not None and source.box is not None:
            self._bell.set()

    def look(self) -> None:
        """Wait until something may have been left there, and move it."""
        self._bell.wait(SOON if self._left else WAIT)
        self._bell.clear()
        self._left = not self.stopping.is_set() and self.round()

    def round(self) -> bool:
        """Move what waits in each outbox; return whether rows were left there. What goes wrong is logged once."""
        left = False
        for source in list(self._sources):
            box = source.box
            if box is None or source.read_only:  # what cannot be deleted is not told yet; the source's page says so
                continue
            try:
                left = self._move(source, box) or left
                self._troubled.pop(source.name, None)
            except Exception as error:
                self._log(source.name, error)
        return left

    def _move(self, source: DataSource, box: Box) -> bool:
        """Move the rows of one outbox; return whether some are left."""
        told, left = self._told.setdefault(box.id, set()), False
        seen, seals = set[str](), Seals(self._state.vault, box.id)
        for some in waiting(source, box):
            if not self._is_ours(box):
                return False
            some, forged = sorted_out(seals, some)
            if forged:
                report_forged(self._ledger, source.name, forged)
                clear(source, [line.seq for line in forged])
            fresh = [line for line in some if line.event is not None and line.id not in told]
            if fresh:
                self._append(source.name, fresh)
                told.update(line.id for line in fresh)
            still_open = self._ledger.open_among({line.entry for line in some})
            clear(source, [line.seq for line in some if line.entry not in still_open])
            left = left or bool(still_open)
            seen.update(line.id for line in some if line.entry in still_open)
        told &= seen
        return left

    def _append(self, source: str, lines: list[Line]) -> None:
        fresh = [one for line in lines if (one := fresh_in(source, line)) is not None]
        if fresh:
            self._services.get(Stream).append(HOUSE, *fresh)  # type: ignore[type-abstract]

    def _is_ours(self, box: Box) -> bool:
        """Take the turn, or keep it. One process alone has a state in a file."""
        if self._state.dialect == "sqlite" or time.monotonic() < self._ours_until.get(box.id, 0.0):
            return True
        ours = self._state.write(lambda open_: outbox_records.take_turn(open_, box.id, self._me, TURN))
        if ours:
            self._ours_until[box.id] = time.monotonic() + TURN / 2
        return ours

    def _log(self, name: str, error: Exception) -> None:
        said = f"{type(error).__name__}: {error}"
        if self._troubled.get(name) != said:
            self._troubled[name] = said
            trace = None if isinstance(error, NexusError) else error
            log.warning("What waits in the outbox of %s is told later: %s", name, error, exc_info=trace)
