"""The stream in memory: the contract, and what only this engine can be asked."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

PARTS = ("stream_base", "stream_log", "stream_groups", "stream_keeping", "stream_tx")
pytest.register_assert_rewrite(*(f"nexus_admin.testing.brokers.{one}" for one in PARTS))

from nexus_admin.brokers.stream import DurableStream, MemoryStream, Stream  # noqa: E402  (after the line above)
from nexus_admin.state.engine import State  # noqa: E402
from nexus_admin.testing.brokers.stream import StreamContract  # noqa: E402
from tests.state.conftest import KEY  # noqa: E402


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


EMPTY = """SELECT 'TRUNCATE ' || string_agg(quote_ident(tablename), ', ') FROM pg_tables
           WHERE schemaname = 'public' AND tablename ~ '^stream_'"""


def forget(tx: sa.Connection) -> None:
    """Empty the tables of streams in PostgreSQL, past the triggers by which no event is ever lost."""
    tx.exec_driver_sql("SET LOCAL session_replication_role = replica")
    tx.exec_driver_sql(tx.exec_driver_sql(EMPTY).scalar_one())


@pytest.fixture(params=["sqlite", "postgresql"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[State]:
    """Our own state without any stream, once for each dialect. In PostgreSQL its tables are made once."""
    sqlite = request.param == "sqlite"
    where = tmp_path / "nexus.sqlite" if sqlite else request.getfixturevalue("module_postgres_url")
    with State.open(where, key=KEY) as one:
        if not sqlite:
            one.write(forget)
        yield one


@pytest.mark.req("S002-STREAM-01", "S002-STREAM-03", "S002-ARCH-09")
class TestDurable(StreamContract):
    @pytest.fixture
    def stream(self, state: State, clock: Clock) -> Iterator[Stream]:
        one = DurableStream(state, clock=clock, wall=clock)
        yield one
        one.close()

    @pytest.fixture
    def pass_time(self, clock: Clock) -> Callable[[float], None]:
        return clock.forward

    @pytest.fixture
    def write(self, state: State) -> Callable[..., Any]:
        return state.write
