"""Every engine of the queue keeps the contract."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest

for part in ("fixtures", "pushing", "settling", "lines", "by_hand", "waiting"):
    pytest.register_assert_rewrite(f"nexus_admin.testing.brokers.queue_{part}")

from nexus_admin.brokers.queue import DurableQueue, MemoryQueue, Queue  # noqa: E402  (after the lines above)
from nexus_admin.state.engine import State  # noqa: E402
from nexus_admin.testing.brokers.queue import QueueContract  # noqa: E402
from tests.brokers.queue.engines import Clocks  # noqa: E402


class Standing(QueueContract):
    """Queues whose clocks stand still until a test moves them."""

    @pytest.fixture
    def pass_time(self, clocks: Clocks) -> Callable[[float], None]:
        return clocks.forward

    @pytest.fixture
    def set_clock(self, clocks: Clocks) -> Callable[[float], None]:
        return clocks.set_wall

    @pytest.fixture
    def clock(self, clocks: Clocks) -> Callable[[], datetime]:
        return clocks.moment


@pytest.mark.req("S002-QUEUE-01", "S002-QUEUE-03", "S002-QUEUE-04", "S002-QUEUE-06", "S002-QUEUE-07", "S002-QUEUE-08")
@pytest.mark.req("S002-QUEUE-09", "S002-QUEUE-12", "S002-QUEUE-13", "S002-QUEUE-15", "S002-QUEUE-16")
class TestMemory(Standing):
    @pytest.fixture
    def queue(self, clocks: Clocks) -> Iterator[Queue]:
        queue = MemoryQueue(clock=clocks.steady, wall=clocks.wall)
        yield queue
        queue.close()

    @pytest.fixture
    def live(self) -> Iterator[Queue]:
        queue = MemoryQueue()
        yield queue
        queue.close()


class Durable(Standing):
    @pytest.fixture
    def queue(self, state: State, clocks: Clocks) -> Iterator[Queue]:
        queue = DurableQueue(state, wall=clocks.wall, steady=clocks.steady)
        yield queue
        queue.close()

    @pytest.fixture
    def live(self, state: State) -> Iterator[Queue]:
        queue = DurableQueue(state)
        yield queue
        queue.close()


@pytest.mark.req("S002-QUEUE-01", "S002-QUEUE-02", "S002-QUEUE-03", "S002-QUEUE-04", "S002-QUEUE-06", "S002-QUEUE-07")
@pytest.mark.req("S002-QUEUE-08", "S002-QUEUE-09", "S002-QUEUE-12", "S002-QUEUE-13", "S002-QUEUE-15", "S002-QUEUE-16")
@pytest.mark.req("S002-ARCH-08")
class TestSqlite(Durable):
    @pytest.fixture
    def state(self, sqlite_state: State) -> State:
        return sqlite_state


@pytest.mark.req("S002-QUEUE-01", "S002-QUEUE-02", "S002-QUEUE-03", "S002-QUEUE-04", "S002-QUEUE-06", "S002-QUEUE-07")
@pytest.mark.req("S002-QUEUE-08", "S002-QUEUE-09", "S002-QUEUE-12", "S002-QUEUE-13", "S002-QUEUE-15", "S002-QUEUE-16")
@pytest.mark.req("S003-STACK-12")
class TestPostgres(Durable):
    @pytest.fixture
    def state(self, postgres_state: State) -> State:
        return postgres_state
