"""Telling whoever listens, at most once: topics with wildcards, last values, buffers that say what they lost."""

from nexus_admin.brokers.pubsub.memory import MemoryPubSub
from nexus_admin.brokers.pubsub.postgres import PostgresPubSub
from nexus_admin.brokers.pubsub.protocol import Gap, Listener, Message, PubSub, PubSubFigures, Subscription

__all__ = [
    "Gap", "Listener", "MemoryPubSub", "Message", "PostgresPubSub", "PubSub", "PubSubFigures", "Subscription",
]  # fmt: skip
