"""A process that moves what waits in outboxes until its input ends: `… relay_child FOLDER STATE URL TURN`."""

import sys
from pathlib import Path

from nexus_admin.kernel.kernel import Kernel
from nexus_admin.kernel.options import Options
from nexus_admin.kernel.working import outboxes


def main(folder: str, state: str, url: str, turn: str) -> None:
    """Say when it is there, and stay."""
    outboxes.TURN = float(turn)
    options = Options(project=Path(folder), state=state, urls=(("data", url),), allow_writes=True, environ={})
    kernel = Kernel(options).start()
    print("up", flush=True)
    sys.stdin.read()
    kernel.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
