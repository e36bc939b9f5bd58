"""A projection of the stream `audit`: every entry is folded once, in the order of the chain, behind restarts too."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nexus_admin.brokers.stream import Stream
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.target import Target
from nexus_admin.kernel.kernel import Kernel
from tests.kernel.world import kernel_of, perform, plugin
from tests.waiting import until

pytestmark = pytest.mark.req("S002-STREAM-04")
ROOT = Path(__file__).parents[3]
TALLY = """
from nexus_admin.sdk import Action, Nothing, Projection, hookimpl

def fold(rows, event):
    before = rows.get("all") or {"n": 0, "last": 0, "gaps": 0}
    seq = event.data["seq"]
    rows.put("all", {"n": before["n"] + 1, "last": seq, "gaps": before["gaps"] + (seq != before["last"] + 1)})
    if event.name == "thing.done":
        things = rows.get("things") or {"ids": []}
        rows.put("things", {"ids": [*things["ids"], event.data["data"]["n"]], "by": event.actor})

def read(unit, data):
    return dict(unit.projected("watch.audit").rows())

@hookimpl
def nexus_projections():
    return [Projection("watch.audit", fold, stream="audit")]

@hookimpl
def nexus_actions():
    return [Action("watch.read", Nothing, read, on="house", writes=False, transaction=False)]
"""
CHILD = """
import os, signal, sys
from pathlib import Path
from tests.kernel.working.test_audit_projection import done, rows, started
from tests.waiting import until
kernel = started(Path(sys.argv[1]))
for n in range(20):
    done(kernel, 100 + n)
until(lambda: len(rows(kernel)["things"]["ids"]) > 3)
os.kill(os.getpid(), signal.SIGKILL)
"""


def started(folder: Path) -> Kernel:
    plugin(folder, "watch", TALLY)
    return kernel_of(folder)


def done(kernel: Kernel, n: int) -> None:
    kernel.ledger.close(kernel.ledger.open(Call("thing.done", Target("nexus"), {"n": n}, Actor("user:x"))), "done")


def rows(kernel: Kernel) -> Any:
    return {"things": {"ids": []}, **perform(kernel, "watch.read")}  # type: ignore[dict-item]


def through(kernel: Kernel) -> Any:
    """Return the rows once all there is has been folded."""
    stream = kernel.services.get(Stream)  # type: ignore[type-abstract]

    def end() -> Any:
        (last,) = stream.read("audit", limit=1, backwards=True)
        found = rows(kernel)
        return found if found.get("all", {}).get("last") == last.position.seq else None

    return until(end)


def test_every_entry_is_folded_once_behind_a_restart_and_a_kill(tmp_path: Path) -> None:
    kernel = started(tmp_path)
    for n in range(5):
        done(kernel, n)
    first = through(kernel)
    assert (first["things"]["ids"], first["things"]["by"]) == ([0, 1, 2, 3, 4], "user:x")
    kernel.stop()
    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path)], cwd=ROOT, env={**os.environ}, capture_output=True, check=False
    )
    assert child.returncode == -signal.SIGKILL, child.stderr.decode()
    kernel = started(tmp_path)
    done(kernel, 999)
    last = through(kernel)
    assert last["things"]["ids"] == [*range(5), *range(100, 120), 999]
    assert (last["all"]["n"], last["all"]["gaps"]) == (last["all"]["last"], 0)
    (group,) = kernel.services.get(Stream).groups("audit")  # type: ignore[type-abstract]
    assert (group.group, group.parked) == ("watch.audit.1", 0)
    (shown,) = (one for one in perform(kernel, "projection.list") if one.projection.name == "watch.audit")  # type: ignore[attr-defined]
    assert (shown.behind, shown.since is not None) == (0, True)
    assert json.loads(json.dumps(last)) == last
    kernel.stop()
