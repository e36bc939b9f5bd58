"""A process that moves what waits in outboxes until its input ends: `… relay_child FOLDER STATE URL`.

Where there is a file `hold` in FOLDER it makes a file `held`, and does nothing more until that one is gone.
"""

import sys
import time
from pathlib import Path

from nexus_admin.kernel.kernel import Kernel
from nexus_admin.kernel.options import Options
from nexus_admin.kernel.working import outboxes

TURN = 600.0
"""Seconds; so long that it is never over by itself."""


def main(folder: str, state: str, url: str) -> None:
    """Say when it is there, and stay."""
    outboxes.TURN = TURN
    round_, hold, held = outboxes.OutboxRelay.round, Path(folder, "hold"), Path(folder, "held")

    def hangs(relay: outboxes.OutboxRelay) -> bool:
        while hold.exists():
            held.touch()
            relay._ours_until.clear()  # as long as it hangs, its turn is over
            time.sleep(0.01)
        return round_(relay)

    outboxes.OutboxRelay.round = hangs  # type: ignore[method-assign]
    options = Options(project=Path(folder), state=state, urls=(("data", url),), allow_writes=True, environ={})
    kernel = Kernel(options).start()
    print("up", flush=True)
    sys.stdin.read()
    kernel.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
