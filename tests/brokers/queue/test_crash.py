"""Killed at any moment, a queue has lost nothing that it acknowledged, and what is done in tx is not done twice."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa

from nexus_admin.brokers.queue import DurableQueue
from nexus_admin.domain.errors import StateDown
from nexus_admin.state.engine import State
from tests.brokers.queue.crash_child import KINDS
from tests.brokers.queue.engines import KEY

ROOT = Path(__file__).parents[3]
ROUNDS = int(os.environ.get("NEXUS_CRASH_ROUNDS", "3"))
"""Kills of each kind of work; eight kinds."""
TABLE = sa.text("CREATE TABLE IF NOT EXISTS crash_effect (job TEXT NOT NULL)")


class Said:
    """What killed processes said, in whole lines."""

    def __init__(self) -> None:
        self.ids: dict[str, set[str]] = {"pushed": set(), "acked": set(), "dead": set(), "held": set()}
        self.acked: Counter[str] = Counter()

    def hear(self, line: str) -> None:
        what, *ids = line.split()
        self.ids[what].update(ids)
        if what == "acked":
            self.acked.update(ids)


def kill_after_some_work(where: str, kind: str, seed: int, said: Said) -> None:
    """Start it, let it say some lines, kill it at a random moment after."""
    dice = random.Random(f"{kind} {seed}")
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.brokers.queue.crash_child", where, kind, str(seed)],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    alarm = threading.Timer(180, child.kill)
    alarm.start()
    try:
        assert child.stdout is not None
        lines = 1 + dice.randrange(40)
        for _ in range(lines):
            said.hear(child.stdout.readline())
        time.sleep(dice.random() * 0.05)
        child.send_signal(signal.SIGKILL)
        for line in child.stdout:
            if line.endswith("\n"):
                said.hear(line)
    finally:
        alarm.cancel()
        child.kill()
        child.wait(30)
        child.stdout.close()


def states_of(state: State) -> dict[str, str]:
    found = state.read(lambda c: c.execute(sa.text("SELECT id, state FROM queue_job")).all())
    return {row[0]: row[1] for row in found}


def check(state: State, said: Said) -> None:
    """Nothing acknowledged is lost, and no effect is there without its job or twice."""
    states = states_of(state)
    assert said.ids["pushed"] <= states.keys()
    assert {states[id] for id in said.ids["acked"]} <= {"done"}
    assert {states[id] for id in said.ids["dead"]} <= {"dead"}
    assert {states[id] for id in said.ids["held"]} <= {"running", "done"}
    effects = state.read(lambda c: c.execute(sa.text("SELECT job, count(*) FROM crash_effect GROUP BY job")).all())
    assert {number for _, number in effects} <= {1}
    assert {job for job, _ in effects} <= states.keys()
    assert not [id for id, number in said.acked.items() if number > 1]


def drain(state: State) -> int:
    """Do all that is left, as a process of tomorrow would: whatever the dead held is nobody's by then."""
    queue = DurableQueue(state, wall=lambda: time.time() + 86_400)
    done = 0
    until = time.monotonic() + 180
    while any(one in ("ready", "waiting", "running") for one in states_of(state).values()):
        assert time.monotonic() < until, "Some are never handed out."
        jobs = queue.pop("q", n=500, wait=0.5)
        done += queue.ack(*jobs)
    queue.close()
    return done


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "nexus.sqlite")
    return str(request.getfixturevalue("new_postgres_url"))


@pytest.mark.req("S002-ARCH-08", "S002-QUEUE-11", "S002-QUEUE-12", "S002-QUEUE-18")
@pytest.mark.parametrize("kind", KINDS)
def test_killed_at_any_moment_nothing_acknowledged_is_lost_and_no_effect_doubled(where: str, kind: str) -> None:
    with State.open(where, key=KEY) as state:
        state.write(lambda connection: connection.execute(TABLE))
    said = Said()
    for seed in range(ROUNDS if "://" not in where else max(1, ROUNDS // 2)):
        kill_after_some_work(where, kind, seed, said)
        with State.open(where, key=KEY) as state:
            check(state, said)
    assert said.ids["pushed"]
    with State.open(where, key=KEY) as state:
        if kind in ("push", "push_in"):
            left = [one for one in states_of(state).values() if one != "done"]
            assert drain(state) == len(left)
        else:
            drain(state)
        check(state, said)
        if kind == "push_in":  # each that is there has its row, and none has a row that is not
            effects = state.read(lambda c: c.execute(sa.text("SELECT job FROM crash_effect")).scalars().all())
            assert sorted(effects) == sorted(states_of(state))
        if kind == "ack_in":
            effects = set(state.read(lambda c: c.execute(sa.text("SELECT job FROM crash_effect")).scalars().all()))
            assert said.ids["acked"] <= effects


@pytest.mark.req("S002-QUEUE-12")
def test_two_processes_on_one_file_are_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "nexus.sqlite"
    with State.open(path, key=KEY) as state:
        DurableQueue(state).close()
        with pytest.raises(StateDown, match=r"Another Nexus is running on .*several processes.*into PostgreSQL"):
            State.open(path, key=KEY)
