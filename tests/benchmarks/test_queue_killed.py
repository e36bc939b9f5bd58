"""Very many jobs while their workers are killed: `NEXUS_CRASH_JOBS` of them, a million unless told, at 50 kills.

Unlike the other benchmarks it asserts: each job has its effect once, whatever was killed when.
"""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from nexus_admin.brokers.queue import DurableQueue
from nexus_admin.state.engine import State
from tests.benchmarks.queue_worker import KEY

pytestmark = pytest.mark.benchmark

JOBS = int(os.environ.get("NEXUS_CRASH_JOBS", "1000000"))
KILLS = int(os.environ.get("NEXUS_CRASH_KILLS", "50"))
ROOT = Path(__file__).parents[2]


def worker(where: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.benchmarks.queue_worker", where]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


@pytest.mark.req("S002-QUEUE-11", "S002-QUEUE-12", "S002-QUEUE-18")
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_each_job_has_its_effect_once_though_workers_are_killed(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    where = str(tmp_path / "q.sqlite") if database == "sqlite" else str(request.getfixturevalue("new_postgres_url"))
    dice = random.Random(7)
    with State.open(where, key=KEY) as state:
        state.write(lambda c: c.execute(sa.text("CREATE TABLE crash_effect (job TEXT NOT NULL)")))
        queue = DurableQueue(state)
        for start in range(0, JOBS, 10_000):
            queue.push_many("q", list(range(min(10_000, JOBS - start))), max_attempts=1000)
        queue.close()
    began, kills = time.monotonic(), 0
    team = [worker(where) for _ in range(1 if database == "sqlite" else 3)]  # a SQLite file has one process
    while any(one.poll() is None for one in team):
        victim = dice.randrange(len(team))
        if kills < KILLS and team[victim].poll() is None:
            assert team[victim].stdout is not None
            team[victim].stdout.readline()
            time.sleep(dice.random())
            team[victim].kill()
            team[victim].wait(30)
            team[victim].stdout.close()
            team[victim] = worker(where)
            kills += 1
        else:
            time.sleep(0.2)
    for one in team:
        assert one.stdout is not None
        one.stdout.close()
    with State.open(where, key=KEY) as state:
        states = state.read(lambda c: c.execute(sa.text("SELECT state, count(*) FROM queue_job GROUP BY state")).all())
        count = "SELECT count(*), count(DISTINCT job) FROM crash_effect"
        effects = state.read(lambda c: c.execute(sa.text(count)).one())
    print(f"\n  {database}: {JOBS:,} jobs, {kills} kills, {time.monotonic() - began:,.0f} s: {states}, {effects}")
    assert {row[0]: row[1] for row in states} == {"done": JOBS}
    assert tuple(effects) == (JOBS, JOBS)
