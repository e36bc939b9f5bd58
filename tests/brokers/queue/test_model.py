"""Whatever is done in whatever order, every engine does what the model does."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy as sa
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from nexus_admin.brokers.queue import DurableQueue, MemoryQueue
from nexus_admin.state.engine import State
from nexus_admin.testing.brokers.queue_model import machine_of
from tests.brokers.queue.engines import KEY, Clocks

pytestmark = pytest.mark.req("S002-QUEUE-01", "S002-QUEUE-04", "S002-QUEUE-06", "S002-QUEUE-15", "S002-QUEUE-16")


def hold(make, clocks: Clocks, examples: int) -> None:
    machine = machine_of(make, clocks.forward)
    few = settings(settings.default, max_examples=examples, stateful_step_count=40, deadline=None)
    run_state_machine_as_test(machine, settings=few)


def hold_durable(state: State, examples: int) -> None:
    clocks = Clocks()

    def make() -> DurableQueue:
        for table in ("queue_job", "queue_held"):
            state.write(lambda connection, table=table: connection.execute(sa.text(f"DELETE FROM {table}")))
        return DurableQueue(state, wall=clocks.wall, steady=clocks.steady)

    hold(make, clocks, examples)


def test_memory_does_what_the_model_does() -> None:
    clocks = Clocks()
    hold(lambda: MemoryQueue(clock=clocks.steady, wall=clocks.wall), clocks, settings.default.max_examples * 2)


def test_sqlite_does_what_the_model_does() -> None:
    with TemporaryDirectory() as folder, State.open(Path(folder) / "nexus.sqlite", key=KEY) as state:
        hold_durable(state, settings.default.max_examples)


def test_postgres_does_what_the_model_does(postgres_state: State) -> None:
    hold_durable(postgres_state, settings.default.max_examples // 2)
