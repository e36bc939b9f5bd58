"""Looking again and again, in a thread of its own, until told to stop."""

from __future__ import annotations

import logging
import threading

from nexus_admin.domain.errors import NexusError

REST = 1.0
"""Seconds for which nothing is looked at after a look that failed."""

log = logging.getLogger(__name__)


class Watcher:
    """Looks every so often; what goes wrong in one look is logged, and the next one comes all the same.

    Whoever watches says in `look` what that is.

    Args:
        name: The thread's.
        every: Seconds between two looks; 0 where a look itself waits until there is something, or `stopping`.
        trouble: What the log says when a look fails.
    """

    def __init__(self, name: str, every: float, trouble: str) -> None:
        self._every, self._trouble = every, trouble
        self.stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name=name, daemon=True)

    def look(self) -> object:
        """Look once."""
        raise NotImplementedError

    def start(self) -> None:
        """Begin to look, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more, once the look that goes on is over."""
        self.stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _watch(self) -> None:
        while not self.stopping.wait(self._every):
            try:
                self.look()
            except NexusError as error:
                if not self.stopping.wait(REST):  # else everything is being closed, and that is why
                    log.warning("%s %s", self._trouble, error)
            except Exception:
                log.exception("%s", self._trouble)
                self.stopping.wait(REST)
