"""Settling on a timer what a crash of another process left open."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from nexus_admin.actions.sources.known import Sources
from nexus_admin.audit.ledger import Ledger
from nexus_admin.audit.settle import Unnoted, settle
from nexus_admin.audit.winding import Reread
from nexus_admin.kernel.working.proving import is_proved
from nexus_admin.kernel.working.watcher import Watcher

EVERY = 60.0
"""Seconds between two looks."""
OLD = timedelta(minutes=5)
"""So long a call may take before somebody else looks what became of it; statements are cut off much earlier."""


class Settler(Watcher):
    """Looks once a minute for entries that nobody is at any more.

    Args:
        ledger: Whose entries.
        reread: Reads a row again, with no rights in between.
        harmless: Says of a call that noted nothing that it cannot have left anything behind.
        busy: Says of a call that another process is still at it.
        sources: Those whose outboxes prove what was committed.
    """

    def __init__(self, ledger: Ledger, reread: Reread, harmless: Unnoted, busy: Unnoted, sources: Sources) -> None:
        self._ledger, self._reread, self._harmless, self._busy = ledger, reread, harmless, busy
        self._proof = partial(is_proved, sources, ledger.state.vault)
        super().__init__("nexus-settle", EVERY, "Open entries could not be settled.")

    def start(self) -> None:
        """Look at all that is open, for who left it is gone; then again and again, in a thread."""
        self.look(timedelta(0))
        super().start()

    def look(self, older_than: timedelta = OLD) -> object:
        """Look once; what is open stays open until the next time where the state or a source is away."""
        return settle(self._ledger, self._reread, older_than, self._harmless, self._busy, self._proof)
