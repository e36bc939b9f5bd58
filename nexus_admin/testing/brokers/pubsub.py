"""The contract of publish-subscribe: one suite that runs unchanged on every engine.

    class TestOurs(PubSubContract):
        @pytest.fixture
        def pubsub(self) -> PubSub:
            return OurPubSub("redis://…")

It holds routing by every vector of MQTT, buffers, listeners and last values; see the three files beside this one.
"""

from __future__ import annotations

from nexus_admin.testing.brokers.receiving import BufferContract, ListenerContract
from nexus_admin.testing.brokers.retaining import RetainContract
from nexus_admin.testing.brokers.routing import RoutingContract

__all__ = ["BufferContract", "ListenerContract", "PubSubContract", "RetainContract", "RoutingContract"]


class PubSubContract(BufferContract, ListenerContract, RetainContract):
    """Everything that publish-subscribe must do. Subclasses give the fixture `pubsub`, new for each test."""
