"""Two processes on one PostgreSQL state and one outbox: one moves at a time, and the other where that one hangs."""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nexus_admin.kernel.kernel import Kernel
from nexus_admin.kernel.options import Options
from nexus_admin.kernel.working import outboxes
from tests.kernel.test_outbox import ROWS, SOURCE, run, status, told
from tests.kernel.test_relaying import until
from tests.kernel.test_settling import ROOT
from tests.kernel.test_settling import TABLE as NOTES
from tests.kernel.world import perform

TURN = 3.0


@contextmanager
def other(folder: Path, state: str, url: str) -> Iterator[int]:
    """Start another process, and give its id once it is there."""
    command = [sys.executable, "-m", "tests.kernel.relay_child", str(folder), state, url, str(TURN)]
    child = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdin is not None
    try:
        assert child.stdout.readline() == "up\n"
        yield child.pid
    finally:
        child.stdin.close()
        child.wait(60)
        child.stdout.close()


def test_one_moves_at_a_time_and_the_other_goes_on_where_it_hangs(
    new_postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outboxes, "TURN", TURN)
    monkeypatch.setenv("NEXUS_SECRET_KEY", secrets.token_urlsafe(48))  # which the other process is given, too
    url = f"sqlite:///{tmp_path}/data.db"
    run(url, NOTES)
    options = Options(project=tmp_path, state=new_postgres_url, urls=(("data", url),), allow_writes=True, environ={})
    kernel = Kernel(options).start()
    try:
        perform(kernel, "outbox.install", SOURCE)
        kernel.crew.outboxes.stop()
        relay = outboxes.OutboxRelay(kernel.services)
        with other(tmp_path, new_postgres_url, url) as pid:
            for id in range(5):
                perform(kernel, "row.create", ROWS, values={"id": id, "text": "a"})
            kernel.state.flush()
            until(lambda: status(kernel).waiting == 0)
            assert told(kernel) == ["row.created"] * 5
            os.kill(pid, signal.SIGSTOP)
            try:
                perform(kernel, "row.create", ROWS, values={"id": 5, "text": "a"})
                kernel.state.flush()
                relay.round()
                assert status(kernel).waiting == 1  # it is the other's turn still
                time.sleep(TURN)
                relay.round()
                assert status(kernel).waiting == 0
            finally:
                os.kill(pid, signal.SIGCONT)
            perform(kernel, "row.create", ROWS, values={"id": 6, "text": "a"})
            kernel.state.flush()
            until(lambda: relay.round() is False and status(kernel).waiting == 0)
        assert told(kernel) == ["row.created"] * 7
    finally:
        kernel.stop()
