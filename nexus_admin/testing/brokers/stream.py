"""The contract of streams: one suite that runs unchanged on every engine.

    class TestOurs(StreamContract):
        @pytest.fixture
        def stream(self) -> Stream:
            return OurStream("redis://…")

It holds appending and reading, groups, and what is set aside, moved and forgotten; see the files beside this one.
An engine says what it can; what it cannot is skipped by name. Time passes by sleeping unless `pass_time` is given.
"""

from __future__ import annotations

from nexus_admin.testing.brokers.stream_groups import GroupContract, LeaseContract
from nexus_admin.testing.brokers.stream_keeping import KeepingContract
from nexus_admin.testing.brokers.stream_log import FollowContract, LogContract, VersionContract
from nexus_admin.testing.brokers.stream_trimming import TrimmingContract
from nexus_admin.testing.brokers.stream_tx import TransactionContract

__all__ = [
    "FollowContract", "GroupContract", "KeepingContract", "LeaseContract", "LogContract", "StreamContract",
    "TransactionContract", "TrimmingContract", "VersionContract",
]  # fmt: skip


class StreamContract(
    LogContract,
    VersionContract,
    FollowContract,
    GroupContract,
    LeaseContract,
    KeepingContract,
    TrimmingContract,
    TransactionContract,
):
    """Everything that a stream must do. Subclasses give the fixture `stream`, with nothing in it, for each test."""
