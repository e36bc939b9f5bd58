"""All actions on brokers, and what they keep while the house runs."""

from __future__ import annotations

from nexus_admin.actions import (
    broker_jobs,
    broker_queues,
    broker_store,
    broker_streams,
    broker_tables,
    broker_topics,
)
from nexus_admin.actions.broker_tap import Tap
from nexus_admin.actions.broker_watch import Watch
from nexus_admin.brokers.pubsub import PubSub
from nexus_admin.sdk.providers import Services

ACTIONS = (
    *broker_queues.ACTIONS,
    *broker_jobs.ACTIONS,
    *broker_streams.ACTIONS,
    *broker_topics.ACTIONS,
    *broker_store.ACTIONS,
)


def provide(services: Services) -> None:
    """Let the actions remember how figures went, and listen while somebody looks."""
    broker_tables.provide(services)
    services.put(Watch, Watch())
    services.provide(Tap, lambda given: Tap(given.get(PubSub)))  # type: ignore[type-abstract]
