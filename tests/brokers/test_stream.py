"""The stream in memory: the contract, and what only this engine can be asked."""

import time
from collections.abc import Callable, Iterator

import pytest

PARTS = ("stream_base", "stream_log", "stream_groups", "stream_keeping", "stream_tx")
pytest.register_assert_rewrite(*(f"nexus_admin.testing.brokers.{one}" for one in PARTS))

from nexus_admin.brokers.stream import MemoryStream, Stream  # noqa: E402  (after the line above)
from nexus_admin.testing.brokers.stream import StreamContract  # noqa: E402


class Clock:
    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        self.now += 1e-6
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.mark.req("S002-STREAM-01", "S002-STREAM-03")
class TestMemory(StreamContract):
    @pytest.fixture
    def stream(self, clock: Clock) -> Iterator[Stream]:
        one = MemoryStream(clock=clock, wall=clock)
        yield one
        one.close()

    @pytest.fixture
    def pass_time(self, clock: Clock) -> Callable[[float], None]:
        return clock.forward
