"""Settling on a timer what a crash of another process left open."""

from __future__ import annotations

from datetime import timedelta

from nexus_admin.audit.ledger import Ledger
from nexus_admin.audit.settle import Unnoted, settle
from nexus_admin.audit.winding import Reread
from nexus_admin.kernel.watcher import Watcher

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
    """

    def __init__(self, ledger: Ledger, reread: Reread, harmless: Unnoted, busy: Unnoted) -> None:
        self._ledger, self._reread, self._harmless, self._busy = ledger, reread, harmless, busy
        super().__init__("nexus-settle", EVERY, "Open entries could not be settled.")

    def look(self) -> object:
        """Look once; what is open stays open until the next time where the state or a source is away."""
        return settle(self._ledger, self._reread, OLD, self._harmless, self._busy)
