"""Projections: each event is folded once, behind kills too; all is folded anew beside the rows that are shown."""

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from nexus_admin.actions.jobs import projection_records as records
from nexus_admin.brokers.stream import Fresh, Stream
from nexus_admin.domain.errors import Forbidden, NotFound
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.kernel.working.projecting import Projector
from tests.kernel.world import kernel_of, perform, plugin
from tests.waiting import until

ROOT = Path(__file__).parents[3]
ROUNDS = int(os.environ.get("NEXUS_CRASH_ROUNDS", "6"))
TALLY = """
import os
from nexus_admin.sdk import Action, Nothing, Projection, hookimpl
wrong = set()

def fold(rows, event):
    before = rows.get(event.name) or {"n": 0, "ids": []}
    rows.put(event.name, {"n": before["n"] + 1, "ids": [*before["ids"], event.data["value"]][-400:]})
    if event.data["value"] in wrong:
        raise RuntimeError("not this one")

def read(unit, data):
    return dict(unit.projected("tally.kinds").rows())

def pry(unit, data):
    unit.projected("other.kinds")

@hookimpl
def nexus_projections():
    return [Projection("tally.kinds", fold, stream="app", version=int(os.environ.get("TALLY_VERSION", "1")))]

@hookimpl
def nexus_actions():
    how = {"on": "house", "writes": False, "transaction": False}
    return [Action("tally.read", Nothing, read, **how), Action("tally.pry", Nothing, pry, **how)]
"""


def started(folder: Path) -> Kernel:
    plugin(folder, "tally", TALLY)
    return kernel_of(folder)


def stream_of(kernel: Kernel) -> Stream:
    return kernel.services.get(Stream)  # type: ignore[type-abstract]


def told(kernel: Kernel, *events: tuple[str, int]) -> None:
    stream_of(kernel).append("app", *(Fresh(kind, value) for kind, value in events))


def counts(kernel: Kernel) -> dict[str, int]:
    found: Any = perform(kernel, "tally.read")
    return {kind: row["n"] for kind, row in found.items()}


def seen(kernel: Kernel) -> Any:
    (one,) = (one for one in perform(kernel, "projection.list") if one.projection.name == "tally.kinds")  # type: ignore[attr-defined]
    return one


@pytest.mark.req("S002-STREAM-05")
def test_a_stream_is_folded_and_folded_anew_beside_what_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = started(tmp_path)
    told(kernel, ("a", 1), ("b", 2), ("a", 3))
    until(lambda: counts(kernel) == {"a": 2, "b": 1})
    assert (seen(kernel).behind, seen(kernel).parked, seen(kernel).generations.newest) == (0, 0, 1)
    perform(kernel, "projection.rebuild", projection="tally.kinds")
    until(lambda: seen(kernel).generations.shown == 2)
    assert counts(kernel) == {"a": 2, "b": 1}
    until(lambda: [one.group for one in stream_of(kernel).groups("app")] == ["tally.kinds.2"])
    with pytest.raises(Forbidden, match="its extension's own"):
        perform(kernel, "tally.pry")
    with pytest.raises(NotFound):
        perform(kernel, "projection.rebuild", projection="tally.none")
    kernel.stop()
    monkeypatch.setenv("TALLY_VERSION", "2")
    kernel = started(tmp_path)
    until(lambda: seen(kernel).generations.shown == 3)
    assert counts(kernel) == {"a": 2, "b": 1}
    kernel.stop()


def test_what_cannot_be_folded_is_set_aside_and_leaves_no_half_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nexus_admin.kernel.working.retrying.LONGEST_PAUSE", 0.01)
    kernel = started(tmp_path)
    module: Any = kernel.hooks.manager.get_plugin("plugins/tally")
    module.wrong.add(2)
    told(kernel, ("a", 1), ("a", 2), ("a", 3))
    until(lambda: counts(kernel) == {"a": 2} and seen(kernel).behind == 0)
    assert [one.event.value for one in stream_of(kernel).parked("app", "tally.kinds.1")] == [2]
    assert seen(kernel).parked == 1
    kernel.stop()


def test_while_it_is_made_anew_the_rows_of_before_are_read(tmp_path: Path) -> None:
    kernel = started(tmp_path)
    told(kernel, ("a", 1))
    until(lambda: counts(kernel) == {"a": 1})
    kernel.crew.projector.stop()
    perform(kernel, "projection.rebuild", projection="tally.kinds")
    kernel.state.write(lambda open_: records.write(open_, "tally.kinds", 2, {"a": '{"n":77}'}))
    assert (counts(kernel), seen(kernel).generations.building) == ({"a": 1}, 2)
    kernel.stop()


CHILD = """
import itertools, os, random, signal, sys, threading, time
from pathlib import Path
from tests.kernel.working.test_projecting import started, told
kernel = started(Path(sys.argv[1]))
threading.Timer(random.Random(int(sys.argv[2])).uniform(0.05, 0.5), os.kill, (os.getpid(), signal.SIGKILL)).start()
for n in itertools.count():
    told(kernel, *((f"k{n % 3}", n) for _ in range(7)))
"""


def test_after_every_kill_each_event_is_folded_once(tmp_path: Path) -> None:
    for seed in range(ROUNDS):
        died = subprocess.run([sys.executable, "-c", CHILD, str(tmp_path), str(seed)], cwd=ROOT, check=False)
        assert died.returncode == -signal.SIGKILL
    kernel = started(tmp_path)
    until(lambda: seen(kernel).behind == 0)
    events, after = Counter[str](), None
    while page := stream_of(kernel).read("app", limit=10_000, **({"after": after} if after else {})):
        events.update(one.type for one in page)
        after = page[-1].position
    assert counts(kernel) == dict(events)
    assert events.total() > ROUNDS
    kernel.stop()


def test_an_older_fold_leaves_a_newer_one_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLY_VERSION", "2")
    kernel = started(tmp_path)
    told(kernel, ("a", 1))
    until(lambda: counts(kernel) == {"a": 1})
    kernel.stop()
    monkeypatch.setenv("TALLY_VERSION", "1")
    kernel = started(tmp_path)
    told(kernel, ("a", 2))
    projector: Projector = kernel.crew.projector
    projector.round()
    assert (counts(kernel), seen(kernel).generations.version) == ({"a": 1}, 2)
    kernel.stop()
