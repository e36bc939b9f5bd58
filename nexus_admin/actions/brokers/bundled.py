"""All actions on brokers, and what they keep while the house runs."""

from __future__ import annotations

from nexus_admin.actions.brokers import jobs as broker_jobs
from nexus_admin.actions.brokers import queues as broker_queues
from nexus_admin.actions.brokers import retention as broker_retention
from nexus_admin.actions.brokers import store as broker_store
from nexus_admin.actions.brokers import streams as broker_streams
from nexus_admin.actions.brokers import tables as broker_tables
from nexus_admin.actions.brokers import topics as broker_topics
from nexus_admin.actions.brokers.tap import Tap
from nexus_admin.actions.brokers.watch import Watch
from nexus_admin.brokers.pubsub import PubSub
from nexus_admin.sdk.providers import Services

ACTIONS = (
    *broker_queues.ACTIONS,
    *broker_jobs.ACTIONS,
    *broker_streams.ACTIONS,
    *broker_retention.ACTIONS,
    *broker_topics.ACTIONS,
    *broker_store.ACTIONS,
)


def provide(services: Services) -> None:
    """Let the actions remember how figures went, and listen while somebody looks."""
    broker_tables.provide(services)
    services.put(Watch, Watch())
    services.provide(Tap, lambda given: Tap(given.get(PubSub)))  # type: ignore[type-abstract]
