"""Writes rows and takes that back until it is killed: `python -m tests.kernel.undo_child FOLDER URL SEED`."""

import random
import sys
import threading
from contextlib import suppress
from pathlib import Path

from nexus_admin.audit.query import AuditQuery
from nexus_admin.domain.errors import Conflict, Invalid, Refused
from nexus_admin.domain.target import Target
from nexus_admin.kernel.kernel import Kernel
from tests.kernel.crash_child import WRITERS, ready, write
from tests.kernel.world import kernel_of, perform
from tests.threads import end_together

UNDOERS = 3


def write_on(kernel: Kernel, writer: int, seed: int) -> None:
    """Write, also where a row is there again that was gone a moment ago."""
    while True:
        with suppress(Invalid, Conflict):
            write(kernel, writer, seed)
        seed += 1000


def take_back(kernel: Kernel, undoer: int, seed: int) -> None:
    """Take back what anybody did last, whatever others are at."""
    dice = random.Random(f"{seed} undo {undoer}")
    wanted = AuditQuery(sources=("data",), actions=("row.update", "row.create", "row.delete"), outcomes=("done",))
    while True:
        if not (found := kernel.ledger.find(wanted).entries):
            continue
        entry = dice.choice(found[:20]).id
        try:
            perform(kernel, "change.undo", Target("data"), entry=entry)
        except (Conflict, Refused):
            continue
        print(f"undone {entry}\n", end="", flush=True)  # in one piece: others tell, too


def main(folder: str, url: str, seed: str) -> None:
    """Start, write and take back with several threads, and wait for the end."""
    kernel = kernel_of(Path(folder), urls=(("data", url),), allow_writes=True)
    ready(kernel)
    end_together()
    for writer in range(WRITERS):
        threading.Thread(target=write_on, args=(kernel, writer, int(seed)), daemon=True).start()
    for undoer in range(UNDOERS):
        threading.Thread(target=take_back, args=(kernel, undoer, int(seed)), daemon=True).start()
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
