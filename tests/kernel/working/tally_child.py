"""Does jobs until it is killed: `python -m tests.kernel.working.tally_child FOLDER STATE`."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from nexus_admin.kernel.kernel import Kernel
from nexus_admin.kernel.options import Options
from tests.kernel.world import plugin

CODE = '''
import random, time
from pathlib import Path
from nexus_admin.sdk import Action, Nothing, Target, hookimpl, job

HERE = Target("nexus", "jobs")
HOLD, HELD = (Path(__file__).parents[2] / name for name in ("hold", "held"))


@job("tally.count", max_attempts=100)
def count(job, data):
    """Add one, exactly once, however often it is begun."""
    job.progress(0, 1)
    while HOLD.exists():
        HELD.touch()
        time.sleep(0.01)
    time.sleep(random.random() * 0.05)
    job.perform("tally.add", HERE, settles=True)
    time.sleep(random.random() * 0.05)


def add(unit, data):
    unit.connection.exec_driver_sql("update tally set n = n + 1")


@hookimpl
def nexus_jobs():
    return [count]


@hookimpl
def nexus_actions():
    return [Action("tally.add", Nothing, add, "Add", on="house", transaction=False)]
'''


def options(folder: Path, state: str, **more: object) -> Options:
    """Return what a house with the plugin is started with; leases are short."""
    plugin(folder, "tally", CODE)
    given = {"jobs.lease_seconds": 1.0, "jobs.threads": 4}
    environ = {"NEXUS_SECRET_KEY": KEY}
    return Options(project=folder, state=state, environ=environ, given=given, **more)  # type: ignore[arg-type]


KEY = "kR3Vq0yT7mNw5xBz9cJd1fHg4sLp8aUe2oQi6rWt"

if __name__ == "__main__":
    kernel = Kernel(options(Path(sys.argv[1]), sys.argv[2])).start()
    print("ready", flush=True)
    threading.Event().wait()
