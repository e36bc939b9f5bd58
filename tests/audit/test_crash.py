"""Killed at any moment: what was acknowledged is there, nothing is there twice, and the chain verifies."""

import os
import random
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from nexus_admin.audit.chain import verify
from nexus_admin.audit.ledger import Ledger
from nexus_admin.audit.query import AuditQuery
from nexus_admin.audit.settle import settle
from nexus_admin.state.engine import State
from tests.audit.conftest import KEY

ROUNDS = {"sqlite": 20, "postgresql": 8}
SOME = 200
"""Bytes that are told before the kill, at least: half a dozen lines."""
WRITER = Path(__file__).with_name("writer.py")


def kill_mid_stream(address: str, log: Path, after: float) -> None:
    """Let a process write into the ledger, and kill it that many seconds after its first acknowledged entries."""
    size = log.stat().st_size
    environment = {**os.environ, "PYTHONPATH": str(WRITER.parents[2]), "NEXUS_SECRET_KEY": KEY.decode()}
    with log.open("a") as out:
        process = subprocess.Popen([sys.executable, str(WRITER), address], stdout=out, env=environment)
    deadline = time.monotonic() + 120
    while log.stat().st_size < size + SOME and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(after)
    assert process.poll() is None, "The writer ended by itself."
    process.send_signal(signal.SIGKILL)
    process.wait()


def acknowledged(log: Path) -> dict[str, set[str]]:
    """Return the ids that the writer was told of, by what it was told: `opened` or `closed`."""
    told: dict[str, set[str]] = {"opened": set(), "closed": set()}
    for line in log.read_text().splitlines():
        word, _, entry = line.partition(" ")
        if len(entry) == 26:
            told[word].add(entry)
    return told


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_many_kills_lose_nothing_that_was_acknowledged(
    dialect: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    address = str(tmp_path / "nexus.sqlite")
    if dialect == "postgresql":
        address = request.getfixturevalue("new_postgres_url")
    log, chance = tmp_path / "told", random.Random(1)
    log.touch()
    for _ in range(ROUNDS[dialect]):
        kill_mid_stream(address, log, chance.uniform(0, 0.12))
        with State.open(address, key=KEY) as state:
            verified = verify(state)
            assert verified.ok, verified.first_bad
    told = acknowledged(log)
    with State.open(address, key=KEY) as state:
        ledger = Ledger(state)
        kept = {entry.id: entry for entry in ledger.export(AuditQuery())}
        assert told["opened"] <= kept.keys()
        assert len(told["opened"]) > ROUNDS[dialect]
        for entry in told["closed"]:
            assert (kept[entry].outcome, len(kept[entry].changes)) == ("done", 2)
        still_open = {entry.id for entry in kept.values() if entry.outcome == "open"}
        settled = settle(ledger, lambda change: dict(change.before or {}), timedelta(0))
        assert {one.entry for one in settled} == still_open
        assert {one.outcome for one in settled} <= {"failed", "unknown"}
        assert ledger.find(AuditQuery(outcomes=("open",))).entries == ()
        assert verify(state).ok
