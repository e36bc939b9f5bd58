"""kill -9 amid appends, commits, and commits with effects: what was told is there, and each effect is there once."""

import random
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from nexus_admin.brokers.stream import BEGIN, Batch, DurableStream, Fresh, Position, StreamEvent
from nexus_admin.state.engine import State
from tests.state.conftest import KEY

ROOT = Path(__file__).parent.parent.parent
ROUNDS = 10
"""For each database; the one that is marked as a benchmark kills 50 times."""


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    sqlite = request.param == "sqlite"
    return str(tmp_path / "nexus.sqlite") if sqlite else str(request.getfixturevalue("new_postgres_url"))


def told_until_killed(address: str, seed: int) -> list[str]:
    """Let a process work, kill it somewhere in the middle, and return what it told of."""
    command = [sys.executable, "-m", "tests.brokers.stream_child", address, str(seed)]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout is not None
    first = child.stdout.readline()
    time.sleep(random.Random(seed).uniform(0.0, 0.3))
    child.kill()
    rest, complaints = child.communicate()
    assert first, complaints
    lines = [first, *rest.splitlines(keepends=True)]
    return [line for line in lines if line.endswith("\n")]


def everything(stream: DurableStream, name: str) -> list[StreamEvent]:
    found: list[StreamEvent] = []
    while page := stream.read(name, after=found[-1].position if found else BEGIN, limit=10_000):
        found += page
    return found


def drain(state: State, stream: DurableStream) -> None:
    """Have the effects of what is left."""
    last = stream.append("s", Fresh("end"))[0]
    assert stream.wait("s", Position(last.position.xid, last.position.seq - 1), 60)
    deadline = time.monotonic() + 60
    while stream.groups("s")[0].behind and time.monotonic() < deadline:
        batch = stream.fetch("s", "exact", wait=1)
        if batch is not None:
            state.write(partial(effects, stream, batch))


def effects(stream: DurableStream, batch: Batch, tx: sa.Connection) -> None:
    stream.append("effects", *(Fresh("t", one.id, key=one.key) for one in batch.events), tx=tx)
    stream.commit(batch, tx=tx)


@pytest.mark.req("S002-ARCH-09", "S002-STREAM-01", "S002-STREAM-10")
def test_after_every_kill_nothing_told_is_lost_and_no_effect_is_doubled(address: str) -> None:
    held_through(address, ROUNDS)


@pytest.mark.benchmark
def test_the_same_after_fifty_kills(address: str) -> None:
    held_through(address, 50)


def held_through(address: str, rounds: int) -> None:
    """Kill so often, and hold what is there then against what was told."""
    appended: list[str] = []
    done: dict[tuple[str, int], Position] = {}
    for seed in range(rounds):
        for line in told_until_killed(address, seed):
            kind, *said = line.split()
            if kind == "a":
                appended.append(said[0])
            else:
                done[kind, int(said[0])] = Position.parse(said[1])
    with State.open(address, key=KEY) as state:
        stream = DurableStream(state)
        drain(state, stream)
        events = everything(stream, "s")
        assert len(appended) > rounds
        assert set(appended) <= {one.id for one in events}
        for key in {one.key for one in events if one.key}:
            versions = [one.version for one in events if one.key == key]
            assert versions == list(range(1, len(versions) + 1))
        exact, plain = stream.groups("s")
        for kind, group in (("c", plain), ("e", exact)):
            for lane in group.lanes:
                assert done.get((kind, lane.lane), BEGIN) <= lane.position
        there = everything(stream, "effects")
        assert sorted(one.value for one in there) == sorted(one.id for one in events)
        for key in {one.key for one in events}:
            in_order = [one.value for one in there if one.key == key]
            assert in_order == [one.id for one in events if one.key == key]
        stream.close()
