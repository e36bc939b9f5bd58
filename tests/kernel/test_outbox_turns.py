"""Two processes on one PostgreSQL state and one outbox: one moves at a time, and the other where that one hangs."""

import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from nexus_admin.kernel.kernel import Kernel
from nexus_admin.kernel.options import Options
from nexus_admin.kernel.working import outboxes
from nexus_admin.state.tables.sources import source_outbox
from tests.kernel.relay_child import TURN
from tests.kernel.test_outbox import ROWS, SOURCE, run, status, told
from tests.kernel.test_settling import ROOT
from tests.kernel.test_settling import TABLE as NOTES
from tests.kernel.world import perform
from tests.waiting import until


@contextmanager
def other(folder: Path, state: str, url: str) -> Iterator[None]:
    """Start another process, and go on once it is there."""
    command = [sys.executable, "-m", "tests.kernel.relay_child", str(folder), state, url]
    child = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdin is not None
    try:
        assert child.stdout.readline() == "up\n"
        yield
    finally:
        child.stdin.close()
        child.wait(60)
        child.stdout.close()


def later(connection: sa.Connection) -> None:
    """As if so much time had passed that the turn of each is over."""
    connection.execute(source_outbox.update().values(moves_until=0))


def all_told(kernel: Kernel, count: int) -> list[str]:
    """Return what was told, once so many can be read: in PostgreSQL older transactions of anybody come first."""
    return until(lambda: found if len(found := told(kernel)) >= count else None, "what is told") or []


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
        with other(tmp_path, new_postgres_url, url):
            for id in range(5):
                perform(kernel, "row.create", ROWS, values={"id": id, "text": "a"})
            kernel.state.flush()
            until(lambda: status(kernel).waiting == 0)
            assert all_told(kernel, 5) == ["row.created"] * 5
            (tmp_path / "hold").touch()
            until((tmp_path / "held").exists, "the other's hanging")
            perform(kernel, "row.create", ROWS, values={"id": 5, "text": "a"})
            kernel.state.flush()
            relay.round()
            assert status(kernel).waiting == 1  # it is the other's turn still
            kernel.state.write(later)
            relay.round()
            assert status(kernel).waiting == 0
            (tmp_path / "hold").unlink()
            perform(kernel, "row.create", ROWS, values={"id": 6, "text": "a"})
            kernel.state.flush()
            until(lambda: relay.round() is False and status(kernel).waiting == 0)
        assert all_told(kernel, 7) == ["row.created"] * 7
    finally:
        kernel.stop()
