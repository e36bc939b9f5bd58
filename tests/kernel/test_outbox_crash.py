"""kill -9 of a process with an outbox, at each step of a change's way into the stream: told once, or never."""

import itertools
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from nexus_admin.audit.chain import verify
from nexus_admin.audit.query import AuditQuery
from nexus_admin.domain.target import Target
from nexus_admin.kernel.kernel import Kernel
from tests.kernel.test_settling import ROOT, data_url, replayed, stored, told_of
from tests.kernel.world import kernel_of, perform
from tests.waiting import until

__all__ = ["data_url"]
ROUNDS = int(os.environ.get("NEXUS_CRASH_ROUNDS", "10"))
"""For each database."""
POINTS = ("write", "commit", "relay", "append", "delete", "any")
SOURCE = Target("nexus", "sources", "data")


def killed(folder: Path, url: str) -> Counter[str]:
    """Let processes work and die, one after the other; return how they died."""
    dice = random.Random(7)
    deaths = "".join(
        f"{point} {dice.randint(1, 5)} {seed}\n" for seed, point in zip(range(ROUNDS), itertools.cycle(POINTS))
    )
    command = [sys.executable, "-m", "tests.kernel.outbox_child", str(folder), url]
    done = subprocess.run(command, cwd=ROOT, input=deaths, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return Counter(line.split(" ", 1)[1] for line in done.stdout.splitlines())


def waits(kernel: Kernel) -> int:
    found: int = perform(kernel, "outbox.status", SOURCE).waiting  # type: ignore[attr-defined]
    return found


@pytest.mark.req("S004-BUS-06")
def test_after_every_kill_what_was_committed_is_told_once_and_nothing_else(data_url: str, tmp_path: Path) -> None:
    kernel = kernel_of(tmp_path, urls=(("data", data_url),), allow_writes=True)
    perform(kernel, "outbox.install", SOURCE)
    kernel.stop()
    assert killed(tmp_path, data_url) == {"9": ROUNDS}
    kernel = kernel_of(tmp_path, urls=(("data", data_url),), allow_writes=True)
    until(lambda: waits(kernel) == 0)
    entries = list(kernel.ledger.export(AuditQuery(sources=("data",))))
    assert {one.outcome for one in entries} <= {"done", "failed", "invalid"}  # none is open, and none unknown
    assert replayed(kernel) == stored(data_url)
    assert verify(kernel.state).ok
    done = sorted(one.id for one in entries if one.outcome == "done" and one.changes)
    told = sorted(entry for entry in told_of(kernel) if kernel.ledger.get(entry).source == "data")
    assert told == done
    assert len(done) > ROUNDS
    kernel.stop()
