"""A worker that is killed loses nothing and does nothing twice: another one goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.target import Target
from nexus_admin.kernel.kernel import Kernel
from tests.kernel.working.tally_child import KEY, options
from tests.waiting import until

JOBS = Target("nexus", "jobs")
COUNT = 40


@pytest.fixture(params=["sqlite", "postgresql"])
def state(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("NEXUS_SECRET_KEY", KEY)
    if request.param == "sqlite":
        return str(tmp_path / "state.db")
    return str(request.getfixturevalue("new_postgres_url"))


@contextmanager
def worker(folder: Path, state: str) -> Iterator[subprocess.Popen[str]]:
    """Run a worker in a process of its own, which is killed at the end."""
    command = [sys.executable, "-m", "tests.kernel.working.tally_child", str(folder), state]
    root = Path(__file__).parents[3]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        try:
            yield child
        finally:
            child.send_signal(signal.SIGKILL)
            child.wait()


def asked(folder: Path, state: str, statements: str) -> int:
    """Ask the state past Nexus."""
    engine = sa.create_engine(state if "://" in state else f"sqlite:///{state}", poolclass=sa.NullPool)
    with engine.begin() as connection:
        return int(connection.exec_driver_sql(statements).scalar() or 0)


@pytest.mark.req("S002-QUEUE-12", "S002-ARCH-08", "S002-QUEUE-17")
def test_what_a_job_does_in_our_own_state_is_done_exactly_once(tmp_path: Path, state: str) -> None:
    kernel = Kernel(options(tmp_path, state, parts=frozenset({"web", "worker", "scheduler"}), shared=True)).start()
    kernel.state.write(lambda connection: connection.exec_driver_sql("create table tally (n integer)"))
    kernel.state.write(lambda connection: connection.exec_driver_sql("insert into tally values (0)"))
    for _ in range(COUNT):
        kernel.perform(Call("job.run", JOBS, {"job": "tally.count"}, Actor.system("test")))
    kernel.stop()
    done = "select count(*) from queue_job where state = 'done'"
    (tmp_path / "hold").touch()
    with worker(tmp_path, state):  # killed within its first jobs, for certain
        until((tmp_path / "held").exists, "a job that waits for its end")
    (tmp_path / "hold").unlink()
    with worker(tmp_path, state):  # killed wherever it is, between two jobs too
        until(lambda: asked(tmp_path, state, done) >= 10, "the first jobs")
    with worker(tmp_path, state):
        until(lambda: asked(tmp_path, state, done) == COUNT, "the rest")
    assert asked(tmp_path, state, "select n from tally") == COUNT
    assert asked(tmp_path, state, "select max(attempts) from queue_job") > 1
    once = "select count(*) from job_run where outcome = 'done'"
    assert asked(tmp_path, state, once) == COUNT
