"""Queues to try: clocks that stand still, and states on both databases."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from nexus_admin.state.engine import State
from tests.brokers.queue.engines import KEY, Clocks


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def pass_time(clocks: Clocks) -> Callable[[float], None]:
    return clocks.forward


@pytest.fixture
def set_clock(clocks: Clocks) -> Callable[[float], None]:
    return clocks.set_wall


@pytest.fixture
def clock(clocks: Clocks) -> Callable[[], datetime]:
    return clocks.moment


@pytest.fixture
def sqlite_state(tmp_path: Path) -> Iterator[State]:
    with State.open(tmp_path / "nexus.sqlite", key=KEY) as state:
        yield state


@pytest.fixture(scope="module")
def whole_postgres_state(module_postgres_url: str) -> Iterator[State]:
    with State.open(module_postgres_url, key=KEY) as state:
        yield state


@pytest.fixture
def postgres_state(whole_postgres_state: State) -> State:
    """A state in PostgreSQL whose queue is empty."""
    whole_postgres_state.write(lambda c: c.execute(sa.text("TRUNCATE queue_job, queue_held")))
    return whole_postgres_state
