"""The durable brokers put together: made when somebody asks for one, tidied up once a minute, closed at the end."""

from __future__ import annotations

from datetime import timedelta

from nexus_admin.audit.outbox import HOUSE
from nexus_admin.brokers.queue import DurableQueue, Queue
from nexus_admin.brokers.store import DurableStore, Store
from nexus_admin.brokers.stream import DurableStream, Stream
from nexus_admin.kernel.watcher import Watcher
from nexus_admin.sdk.providers import Services
from nexus_admin.state.engine import State

EVERY = 60.0
"""Seconds between two times of tidying up."""
KEPT = timedelta(days=30)
"""So long the events of the house are kept, and longer where a listener has not heard them yet."""


class Brokers(Watcher):
    """Forgets what has long been over, and closes what was opened.

    Args:
        services: Where the brokers are.
        durable_store: Whether the store is kept in our state, too.
    """

    def __init__(self, services: Services, *, durable_store: bool = False) -> None:
        self._services = services
        self._queue: DurableQueue | None = None
        self._stream: DurableStream | None = None
        services.provide(Queue, self._make_queue)  # type: ignore[type-abstract]
        services.provide(Stream, self._make_stream)  # type: ignore[type-abstract]
        if durable_store:
            services.provide(Store, lambda given: DurableStore(given.get(State)))  # type: ignore[type-abstract]
        super().__init__("nexus-brokers", EVERY, "What is over could not be forgotten.")

    def _make_queue(self, services: Services) -> Queue:
        self._queue = DurableQueue(services.get(State))
        return self._queue

    def _make_stream(self, services: Services) -> Stream:
        self._stream = DurableStream(services.get(State))
        return self._stream

    def look(self) -> object:
        """Tidy up once, what was opened."""
        if self._queue is not None:
            self._queue.sweep()
        if self._stream is not None:
            self._stream.trim(HOUSE, older_than=KEPT)
        return None

    def stop(self) -> None:
        """Tidy up no more, and wake everybody who waits."""
        super().stop()
        if self._queue is not None:
            self._queue.close()
        if self._stream is not None:
            self._stream.close()
