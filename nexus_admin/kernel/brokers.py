"""The durable brokers put together: made when somebody asks for one, tidied up once a minute, closed at the end."""

from __future__ import annotations

from nexus_admin.brokers.queue import DurableQueue, Queue
from nexus_admin.kernel.watcher import Watcher
from nexus_admin.sdk.providers import Services
from nexus_admin.state.engine import State

EVERY = 60.0
"""Seconds between two times of tidying up."""


class Brokers(Watcher):
    """Forgets what has long been over, and closes what was opened.

    Args:
        services: Where the brokers are.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._queue: DurableQueue | None = None
        services.provide(Queue, self._make_queue)  # type: ignore[type-abstract]
        super().__init__("nexus-brokers", EVERY, "What is over could not be forgotten.")

    def _make_queue(self, services: Services) -> Queue:
        self._queue = DurableQueue(services.get(State))
        return self._queue

    def look(self) -> object:
        """Tidy up once, what was opened."""
        if self._queue is not None:
            self._queue.sweep()
        return None

    def stop(self) -> None:
        """Tidy up no more, and wake everybody who waits."""
        super().stop()
        if self._queue is not None:
            self._queue.close()
