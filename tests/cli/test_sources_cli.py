"""`nexus source` and `nexus projection`: beside a running server, which follows."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Ran
from tests.kernel.world import kernel_of
from tests.waiting import until

TOML = """
[sources.data]
url = "{0}/data.db"
allow_writes = true

[sources.logs]
url = "{0}/data.db"
"""


@pytest.fixture
def run(tmp_path: Path, command: Callable[..., Ran]) -> Callable[..., Ran]:
    where = ("--state", str(tmp_path / "state.db"), "--project", str(tmp_path))
    return lambda *words: command(*words, *where)


def test_an_outbox_is_made_seen_lost_and_removed_beside_a_server(tmp_path: Path, run) -> None:
    with sqlite3.connect(tmp_path / "data.db") as connection:
        connection.execute("create table notes (id integer primary key, text varchar(40) not null)")
    (tmp_path / "nexus.toml").write_text(TOML.format(tmp_path))
    kernel = kernel_of(tmp_path)
    try:
        assert (
            "has no outbox: events are told once, and late after a crash (level C)."
            in run("source", "outbox", "status", "data")[1]
        )
        assert "exactly if their change was made (level B)" in run("source", "outbox", "install", "data")[1]
        until(lambda: kernel.sources.get("data").level == "B")
        lines = run("source", "ls")[1].splitlines()
        assert [line.split()[:5] for line in lines[1:]] == [
            ["data", "sqlite", "ready", "allowed", "B"], ["logs", "sqlite", "ready", "read-only", "C"],
        ]  # fmt: skip
        assert "Rows that wait: 0." in run("source", "outbox", "status", "data")[1]
        assert "read-only" in run("source", "outbox", "install", "logs")[2]
        with sqlite3.connect(tmp_path / "data.db") as connection:
            connection.execute("drop table nx_outbox")
        code, _, wrong = run("source", "outbox", "status", "data")
        assert (code, "not there any more" in wrong) == (1, True)
        assert "has no outbox any more; events told on the way: 0" in run("source", "outbox", "remove", "data")[1]
        until(lambda: kernel.sources.get("data").level == "C")
        assert "activity.changes  house" in run("projection", "ls")[1]
        assert "as generation 2" in run("projection", "rebuild", "activity.changes", "--yes")[1]
        assert "no projection called 'none'" in run("projection", "rebuild", "none", "--yes")[2]
    finally:
        kernel.stop()
