"""Who watches: for each source that somebody follows, and that has a way, one thread, until nobody does any more."""

from __future__ import annotations

import time

from nexus_admin.actions.live import feed_records as records
from nexus_admin.actions.live.feed_records import FeedRecord
from nexus_admin.actions.live.feeds import Feeds, Table
from nexus_admin.actions.sources.known import Sources
from nexus_admin.brokers.pubsub import Message, PubSub
from nexus_admin.kernel.sources.feeds.listening import Own
from nexus_admin.kernel.sources.feeds.watching import Watch
from nexus_admin.kernel.working.watcher import Watcher
from nexus_admin.sdk.providers import Services
from nexus_admin.state.engine import State

EVERY = 0.25
"""Seconds between two looks at who wants what."""
LINGERS = 30.0
"""Seconds for which a table is watched on, so that somebody who goes from page to page misses nothing."""


class Feeding(Watcher):
    """Starts and ends the threads that watch.

    Args:
        services: Where the sources, the state, what is published and who follows are.
    """

    def __init__(self, services: Services) -> None:
        self._sources, self._state = services.get(Sources), services.get(State)
        self._pubsub: PubSub = services.get(PubSub)  # type: ignore[type-abstract]
        self.feeds = services.put(Feeds, Feeds())
        self._own = Own()
        self._wanted: dict[Table, float] = {}
        self._watches: dict[str, Watch] = {}
        self._heard = False
        super().__init__("nexus-feeds", EVERY, "Who watches which source could not be settled.")

    def look(self) -> None:
        """Settle once who watches what."""
        now = time.monotonic()
        self._wanted |= dict.fromkeys(self.feeds.wanted(), now)
        self._wanted = {table: at for table, at in self._wanted.items() if now - at < LINGERS}
        if not self._wanted and not self._watches:
            return
        kept = self._state.read(records.records)
        for name in {source for source, _ in self._wanted} | set(self._watches):
            self._settle(name, kept.get(name), {table for source, table in self._wanted if source == name})

    def stop(self) -> None:
        """Let all threads end."""
        super().stop()
        for watch in self._watches.values():
            watch.end()
        for watch in self._watches.values():
            watch.join()

    def _settle(self, name: str, record: FeedRecord | None, tables: set[str]) -> None:
        known = next((one for one in self._sources.statuses() if one.name == name), None)
        source = known.source if known is not None and known.ready else None
        watch = self._watches.get(name)
        if watch is not None and (record is None or not tables or watch.record != record or watch.source is not source):
            self._watches.pop(name).end()
            watch = None
        if record is None or source is None or not tables:
            return
        if watch is None:
            if not self._heard:
                self._heard = True
                self._pubsub.listen(self._told, "rows/#")
            watch = self._watches[name] = Watch(source, record, self.feeds, self._own)
        watch.watch(tables)

    def _told(self, message: Message) -> None:
        self._own.add(message.topic)
