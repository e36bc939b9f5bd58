"""A part of each broker that looks like a whole one: every name in it begins alike, and none of the others is seen.

So programs that speak to the brokers from elsewhere have queues, streams, topics and keys of their own, and those
of the house, in which others' jobs and events are, cannot be named by them.
"""

from nexus_admin.brokers.fenced.pubsub import FencedPubSub
from nexus_admin.brokers.fenced.queue import FencedQueue
from nexus_admin.brokers.fenced.store import FencedStore
from nexus_admin.brokers.fenced.stream import FencedStream

__all__ = ["FencedPubSub", "FencedQueue", "FencedStore", "FencedStream"]
