"""Watching one source: looking at its tables again and again, or hearing what its triggers tell, in one thread."""

from __future__ import annotations

import logging
import threading
import time

from nexus_admin.actions.live.feed_records import FeedRecord
from nexus_admin.actions.live.feeds import Feeds, Missed
from nexus_admin.data.source import DataSource
from nexus_admin.domain.errors import NexusError
from nexus_admin.kernel.sources.feeds.listening import Listener, Own, listening
from nexus_admin.kernel.sources.feeds.polling import Poller

SHARE = 10
"""So many times as long as a look takes is the rest after it, at least: slow tables are looked at less often."""
AGAIN = (0.5, 30.0)
"""Seconds until a database that does not answer is tried again: at first, and at most."""

log = logging.getLogger(__name__)


class Watch:
    """Watches one source, in a thread.

    Args:
        source: Which.
        record: How.
        feeds: Who is told.
        own: What was told already, by those who did it.
    """

    def __init__(self, source: DataSource, record: FeedRecord, feeds: Feeds, own: Own) -> None:
        self.source, self.record, self._feeds, self._own = source, record, feeds, own
        self._tables: set[str] = set()
        self._on: set[str] = set()
        self._pollers: dict[str, Poller] = {}
        self._listened = False
        self._over, self._bell = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"nexus-feed-{source.name}", daemon=True)

    def watch(self, tables: set[str]) -> None:
        """Watch these tables from now on, and no others."""
        added, self._tables = tables - self._tables, tables
        if added:
            self._bell.set()
        if self._thread.ident is None:
            self._thread.start()

    def end(self) -> None:
        """Watch no more; the thread ends with what it is at."""
        self._over.set()
        self._bell.set()
        for table in tuple(self._on):
            self._off(table)

    def join(self) -> None:
        """Wait until the thread has ended, so that it opens no connection behind the end of its source."""
        self._thread.join(timeout=5)

    def _run(self) -> None:
        rest = AGAIN[0]
        while not self._over.is_set():
            try:
                began = time.monotonic()
                (self._listen if self.record.mode == "triggers" else self._poll)()
            except Exception as error:
                self._lost(error)
                rest = AGAIN[0] if time.monotonic() - began > AGAIN[1] else min(AGAIN[1], rest * 2)
                self._over.wait(rest)

    def _lost(self, error: Exception) -> None:
        for table in tuple(self._on):
            self._off(table)
        trace = None if isinstance(error, NexusError) else error
        log.warning("Changes of %s are not learned of until it answers: %s", self.source.name, error, exc_info=trace)

    def _poll(self) -> None:
        """Look at each table in turn, for ever; raises where the database does not answer."""
        while not self._over.is_set():
            self._bell.clear()
            began = time.monotonic()
            for name in set(self._pollers) - self._tables:
                del self._pollers[name]
                self._off(name)
            for name in sorted(self._tables):
                self._look(name)
            took = time.monotonic() - began
            self._bell.wait(max(self.record.options.get("seconds", 2.0), SHARE * took))

    def _look(self, name: str) -> None:
        """Look at one table. Behind a time without its database the look before that is what it is compared with."""
        first = name not in self._pollers
        column = self.record.options.get("columns", {}).get(name, "")
        poller = self._pollers.get(name) or Poller(self.source, name, column)
        told = poller.look()
        self._pollers[name] = poller
        self._turn_on(name, anew=first)
        self._feeds.tell(*told)

    def _listen(self) -> None:
        """Hear what triggers tell, for ever; raises where the connection is lost."""
        listener = Listener(self.source, self._own)
        with listening(self.source) as connection:
            self._feeds.tell(Missed(self.source.name, began=not self._listened))
            self._listened = True
            while not self._over.is_set():
                for name in self._tables - self._on:
                    self._turn_on(name, anew=False)
                self._feeds.tell(*listener.wait(connection))

    def _turn_on(self, name: str, *, anew: bool = True) -> None:
        """Say that a table is watched now; with *anew*, nobody knows what happened to it before."""
        if name in self._on:
            return
        self._on.add(name)
        self._feeds.watching((self.source.name, name), self.record.mode)
        if anew:
            self._feeds.tell(Missed(self.source.name, name, began=True))

    def _off(self, name: str) -> None:
        self._on.discard(name)
        self._feeds.watching((self.source.name, name), "")
