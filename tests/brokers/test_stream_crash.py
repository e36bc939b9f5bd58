"""kill -9 amid appends, commits, and commits with effects: what was told is there, and each effect is there once.

Some processes are killed at random while four threads of them work; others at every point of one piece of work.
"""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from nexus_admin.brokers.stream import BEGIN, Batch, DurableStream, Fresh, Position, StreamEvent
from nexus_admin.brokers.stream.checking import slot_of, steady
from nexus_admin.state.engine import State
from tests.brokers.stream_points import FIRST, GROUP, LEASE, WORK, have_effects
from tests.state.conftest import KEY

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 300.0
"""Seconds after which it will not happen any more: the server's others may load a database in one transaction."""
ROUNDS = 6
"""For each database; the one that is marked as a benchmark kills 50 times."""
STEP = 1 if os.environ.get("NEXUS_CRASH_POINTS") == "all" else 9
"""A process is killed at so many points of each piece of work: at each, or at every ninth."""


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    sqlite = request.param == "sqlite"
    return str(tmp_path / "nexus.sqlite") if sqlite else str(request.getfixturevalue("new_postgres_url"))


def told_until_killed(address: str, seed: int) -> list[str]:
    """Let a process work, kill it somewhere in the middle, and return what it told of."""
    command = [sys.executable, "-m", "tests.brokers.stream_child", address, str(seed)]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout is not None
    dice = random.Random(seed)
    lines = [child.stdout.readline() for _ in range(2 + dice.randrange(30))]
    time.sleep(dice.uniform(0.0, 0.3))
    child.kill()
    rest, complaints = child.communicate()
    assert all(lines), complaints
    return [line for line in [*lines, *rest.splitlines(keepends=True)] if line.endswith("\n")]


def drain(state: State, stream: DurableStream) -> None:
    """Have the effects of what is left."""
    stream.append("s", Fresh("end"))
    settled(stream, "s")
    deadline = time.monotonic() + PATIENCE
    while stream.groups("s")[0].behind:
        assert time.monotonic() < deadline, "Some are never handed out."
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
        events = settled(stream, "s")
        assert len(appended) > rounds
        assert set(appended) <= {one.id for one in events}
        for key in {one.key for one in events if one.key}:
            versions = [one.version for one in events if one.key == key]
            assert versions == list(range(1, len(versions) + 1))
        exact, plain = stream.groups("s")
        for kind, group in (("c", plain), ("e", exact)):
            for lane in group.lanes:
                assert done.get((kind, lane.lane), BEGIN) <= lane.position
        there = settled(stream, "effects")
        assert sorted(one.value for one in there) == sorted(one.id for one in events)
        for key in {one.key for one in events}:
            in_order = [one.value for one in there if one.key == key]
            assert in_order == [one.id for one in events if one.key == key]
        stream.close()


@contextmanager
def forking(address: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.brokers.stream_points", address]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        yield child
        child.stdin.close()  # type: ignore[union-attr]
        assert child.wait(60) == 0


def killed_at(child: subprocess.Popen[str], kind: str, name: str, point: int) -> list[str]:
    """Have *kind* of work done in the stream *name* up to *point*; return what was told of it."""
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(f"{kind} {name} {point}\n")
    child.stdin.flush()
    return child.stdout.readline().split()


def settled(stream: DurableStream, name: str) -> list[StreamEvent]:
    """Return all events as soon as all that are there can be read.

    In PostgreSQL none is read while a transaction is open that began before its own, be it of another test's database.
    """
    there = sum(one.events for one in stream.figures() if one.stream == name)
    deadline = time.monotonic() + PATIENCE
    while len(found := list(stream.replay(name))) < there:
        assert time.monotonic() < deadline, f"{len(found)} of {there} events of {name} can be read."
        stream.wait(name, found[-1].position if found else BEGIN, 1.0)
    return found


def lane_of(event: StreamEvent) -> int:
    return slot_of(event.key or event.id) % 2


def seen(stream: DurableStream, name: str) -> dict[str, Any]:
    """Return what somebody sees of a stream and of what it caused."""
    events = settled(stream, name)
    (group,) = stream.groups(name)
    return {
        "events": [(one.value, one.key, one.version) for one in events],
        "ahead": [one.value for one in events if one.position > group.lanes[lane_of(one)].position],
        "lanes": [(one.leased, one.attempts, one.error) for one in group.lanes],
        "parked": [one.event.value for one in stream.parked(name, GROUP)],
        "effects": [one.value for one in settled(stream, f"{name}.effects")],
    }


def gone_on(state: State, name: str, held: str) -> None:
    """Go on as the next process would, when the leases are over: each effect once, the batch of the dead refused."""
    stream = DurableStream(state, clock=lambda: steady() + 2 * LEASE)
    before = seen(stream, name)
    while stream.groups(name)[0].behind:
        batch = stream.fetch(name, GROUP, wait=PATIENCE)
        assert batch is not None
        state.write(partial(have_effects, stream, batch))
    after = seen(stream, name)
    assert sorted(after["effects"]) == sorted([*before["effects"], *before["ahead"]])
    assert (after["events"], after["parked"], after["ahead"]) == (before["events"], before["parked"], [])
    if held != "none":
        lane, generation, lease = held.split(":")
        events = tuple(one for one in stream.replay(name) if lane_of(one) == int(lane))[:2]
        assert not stream.commit(Batch(name, GROUP, int(lane), events, int(generation), lease))
        assert seen(stream, name) == after
    stream.close()


@pytest.mark.req("S002-ARCH-09", "S002-STREAM-01", "S002-STREAM-10")
def test_killed_at_a_point_of_its_work_it_has_done_all_of_it_or_nothing(address: str) -> None:
    State.open(address, key=KEY).close()
    points = 0
    with forking(address) as child:
        for kind in WORK:
            told = {}
            for name, point in ((f"{kind}.whole", 10**6), *((f"{kind}.{n}", n) for n in range(1, 200, STEP))):
                told[name] = killed_at(child, kind, name, point)
                if "whole" in told[name] and point < 10**6:
                    break
            points += check_points(address, kind, told)
    print(f"\n  killed at {points} points")
    assert points >= (50 if STEP == 1 else len(WORK))


def check_points(address: str, kind: str, told: dict[str, list[str]]) -> int:
    """Hold what is there against what each process came to; return how many were killed."""
    with State.open(address, key=KEY) as state:
        stream = DurableStream(state)
        whole, untouched = seen(stream, f"{kind}.whole"), seen(stream, f"{kind}.1")
        assert whole != untouched
        assert len(untouched["events"]) == FIRST
        for name, (held, *points) in told.items():
            assert seen(stream, name) == (whole if "done" in points else untouched), (name, points)
            gone_on(state, name, held)
        stream.close()
    return sum("whole" not in points for points in told.values())
