"""Writes rows through the kernel until it is killed: `python -m tests.kernel.crash_child FOLDER URL SEED`."""

import random
import sys
import threading
from pathlib import Path

from nexus_admin.domain.errors import NotFound
from nexus_admin.domain.target import Target
from nexus_admin.kernel.kernel import Kernel
from tests.kernel.world import kernel_of, owner_of, perform
from tests.threads import end_together
from tests.waiting import until

WRITERS = 8
ROWS = 5


def write(kernel: Kernel, writer: int, seed: int) -> None:
    """Make, change and delete rows that no other writer touches."""
    dice = random.Random(f"{seed} {writer}")
    count = 0
    while True:
        key = writer + WRITERS * dice.randrange(ROWS)
        count += 1
        row = Target("data", "notes", str(key))
        try:
            if dice.random() < 0.2:
                perform(kernel, "row.delete", row)
            else:
                perform(kernel, "row.update", row, values={"text": f"{seed}.{count}"})
        except NotFound:
            perform(kernel, "row.create", Target("data", "notes"), values={"id": key, "text": f"{seed}.{count}"})
        print(key, flush=True)


def ready(kernel: Kernel) -> None:
    """Wait until there is somebody who writes, made once, and what is written to."""
    owner_of(kernel)
    until(lambda: kernel.sources.status("data").state == "ready", "the source")


def main(folder: str, url: str, seed: str) -> None:
    """Start, write with several threads, and wait for the end."""
    kernel = kernel_of(Path(folder), urls=(("data", url),), allow_writes=True)
    ready(kernel)
    end_together()
    for writer in range(WRITERS):
        threading.Thread(target=write, args=(kernel, writer, int(seed)), daemon=True).start()
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
