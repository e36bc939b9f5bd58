"""Settling on a timer what a crash of another process left open."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta

from nexus_admin.audit.ledger import Ledger
from nexus_admin.audit.settle import Unnoted, settle
from nexus_admin.audit.winding import Reread

log = logging.getLogger(__name__)

EVERY = 60.0
"""Seconds between two looks."""
OLD = timedelta(minutes=5)
"""So long a call may take before somebody else looks what became of it; statements are cut off much earlier."""


class Settler:
    """Looks once a minute for entries that nobody is at any more.

    Args:
        ledger: Whose entries.
        reread: Reads a row again, with no rights in between.
        harmless: Says of a call that noted nothing that it cannot have left anything behind.
    """

    def __init__(self, ledger: Ledger, reread: Reread, harmless: Unnoted) -> None:
        self._ledger, self._reread, self._harmless = ledger, reread, harmless
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="nexus-settle", daemon=True)

    def start(self) -> None:
        """Begin to look, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _watch(self) -> None:
        while not self._over.wait(EVERY):
            try:
                settle(self._ledger, self._reread, OLD, self._harmless)
            except Exception:  # the state or a source is away; what is open stays open until the next look
                log.exception("Open entries could not be settled.")
