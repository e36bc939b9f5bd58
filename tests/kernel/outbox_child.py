"""Processes that write and move outboxes until they die at a point: `python -m tests.kernel.outbox_child FOLDER URL`.

Each line of the input, `POINT NTH SEED`, is one process, forked from this one, which has imported all and done nothing.
"""

import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nexus_admin.actions import dispatcher
from nexus_admin.kernel.working import outboxes
from tests.kernel.crash_child import WRITERS, ready, write
from tests.kernel.world import kernel_of

LONGEST = 60


def main(folder: str, url: str) -> None:
    """Fork for each line, wait for the end, and say how it came."""
    for line in sys.stdin:
        point, nth, seed = line.split()
        child = os.fork()
        if not child:
            work_until(point, int(nth), int(seed), folder, url)
        _, status = os.waitpid(child, 0)
        print(point, os.WTERMSIG(status) if os.WIFSIGNALED(status) else f"ended {status}", flush=True)


def work_until(point: str, nth: int, seed: int, folder: str, url: str) -> None:
    """Die at the *nth* passing of *point*; never come back."""
    signal.alarm(LONGEST)  # which is told as another signal
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    die_at(point, nth, seed)
    kernel = kernel_of(Path(folder), urls=(("data", url),), allow_writes=True)
    ready(kernel)
    for writer in range(WRITERS):
        threading.Thread(target=write, args=(kernel, writer, seed), daemon=True).start()
    threading.Event().wait()


def die_at(point: str, nth: int, seed: int) -> None:
    """Have this process killed there."""
    match point:
        case "write":  # the rows and their events are written, and not committed
            dispatcher.leave_behind = after(dispatcher.leave_behind, nth)
        case "commit":  # they are committed, and the entry is open
            dispatcher.Dispatcher._committed = before(dispatcher.Dispatcher._committed, nth)  # type: ignore[method-assign]
        case "relay":  # the relay has read them, and told nothing
            outboxes.OutboxRelay._append = before(outboxes.OutboxRelay._append, nth)  # type: ignore[method-assign]
        case "append":  # it has told them, and deleted nothing
            outboxes.OutboxRelay._append = after(outboxes.OutboxRelay._append, nth)  # type: ignore[method-assign]
        case "delete":  # it has deleted what it told
            outboxes.clear = after(outboxes.clear, nth, lambda _source, seqs: bool(seqs))
        case _:  # at any moment
            pause = random.Random(seed).uniform(0.2, 1.2)
            threading.Thread(target=lambda: (time.sleep(pause), kill()), daemon=True).start()


def after(work: Callable[..., Any], nth: int, counts: Callable[..., bool] = lambda *_: True) -> Callable[..., Any]:
    """Return *work* with a death behind its *nth* call that counts."""
    left = iter(range(nth - 1))

    def worked(*given: Any) -> Any:
        result = work(*given)
        if counts(*given) and next(left, None) is None:
            kill()
        return result

    return worked


def before(work: Callable[..., Any], nth: int) -> Callable[..., Any]:
    """Return *work* with a death before its *nth* call."""
    left = iter(range(nth - 1))

    def worked(*given: Any) -> Any:
        if next(left, None) is None:
            kill()
        return work(*given)

    return worked


def kill() -> None:
    """Die at once, as by `kill -9`."""
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(*sys.argv[1:])
