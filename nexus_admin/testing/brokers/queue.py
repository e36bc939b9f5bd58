"""The contract of queues.

    class TestOurs(QueueContract):
        @pytest.fixture
        def queue(self) -> Queue:
            return OurQueue("amqp://…")

A queue says what it can; what it cannot is skipped by name. Time passes by sleeping unless `pass_time` is given.
"""

from __future__ import annotations

from nexus_admin.testing.brokers.queue_by_hand import ByHandContract, LookingContract
from nexus_admin.testing.brokers.queue_fixtures import needs
from nexus_admin.testing.brokers.queue_lines import LinesContract
from nexus_admin.testing.brokers.queue_pushing import PushingContract
from nexus_admin.testing.brokers.queue_settling import SettlingContract, TimeContract
from nexus_admin.testing.brokers.queue_waiting import TransactionContract, WaitingContract

__all__ = ["QueueContract", "needs"]


class QueueContract(
    PushingContract,
    SettlingContract,
    TimeContract,
    LinesContract,
    LookingContract,
    ByHandContract,
    WaitingContract,
    TransactionContract,
):
    """Everything that a queue must do. Subclasses give the fixture `queue`, empty for each test."""
