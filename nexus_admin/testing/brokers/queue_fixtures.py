"""What every part of the queue's contract is given, and how a queue says what it cannot do."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from nexus_admin.brokers.queue.protocol import Capability, Job, JobState, Queue
from nexus_admin.state.engine import State


def needs(queue: Queue, *capabilities: Capability) -> None:
    """Skip where *queue* says that it cannot do one of them."""
    if missing := set(capabilities) - queue.capabilities:
        pytest.skip(f"{type(queue).__name__} cannot: {', '.join(sorted(missing))}")


def values(jobs: list[Job]) -> list[Any]:
    """Return what was pushed."""
    return [job.value for job in jobs]


def counts(queue: Queue, name: str = "q") -> dict[JobState, int]:
    """Return how many jobs of *name* are in which state."""
    return next(({**one.counts} for one in queue.figures() if one.queue == name), {})


class QueueFixtures:
    """Subclasses give `queue`, empty for each test, and what moves its clocks where they can be moved."""

    @pytest.fixture
    def queue(self) -> Queue:
        """Return the empty queue that is tried; its clocks may stand still until `pass_time` is called."""
        raise NotImplementedError

    @pytest.fixture
    def live(self, queue: Queue) -> Queue:
        """Return an empty queue whose time passes by itself; another one than `queue` where that one's does not."""
        return queue

    @pytest.fixture
    def pass_time(self) -> Callable[[float], None]:
        """Return what lets so many seconds pass."""
        return time.sleep

    @pytest.fixture
    def clock(self) -> Callable[[], datetime]:
        """Return what says what time it is for the queue."""
        return lambda: datetime.now(UTC)

    @pytest.fixture
    def set_clock(self) -> Callable[[float], None]:
        """Return what sets the wall's clock by so many seconds, while no time passes."""
        pytest.skip("The clock of this machine is not set for a test.")

    @pytest.fixture
    def state(self) -> State:
        """Return the state that a transactional queue is in."""
        pytest.skip("It is in no state of ours.")
