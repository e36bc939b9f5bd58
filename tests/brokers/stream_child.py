"""Appends, commits and has effects until it is killed: `python -m tests.brokers.stream_child ADDRESS SEED`.

It tells of what it was told is done, a line each: `a ID` appended, `c LANE POSITION` committed, `e LANE POSITION` with
its effects.
"""

import os
import random
import sys
import threading

import sqlalchemy as sa

from nexus_admin.brokers.stream import Batch, DurableStream, Fresh
from nexus_admin.state.engine import State
from tests.state.conftest import KEY
from tests.threads import end_together

LEASE = 0.4
"""Seconds; short, for whoever comes after a kill must not wait."""


def tell(*said: object) -> None:
    """Write a line in one go: threads do not mix theirs."""
    os.write(1, (" ".join(map(str, said)) + "\n").encode())


def append(stream: DurableStream, seed: int, writer: int) -> None:
    dice, number = random.Random(f"{seed} {writer}"), 0
    while True:
        fresh = []
        for _ in range(dice.randrange(1, 6)):
            number += 1
            fresh.append(Fresh("t", [seed, writer, number], key=f"k{dice.randrange(4)}"))
        for event in stream.append("s", *fresh):
            tell("a", event.id)


def commit(stream: DurableStream) -> None:
    while True:
        batch = stream.fetch("s", "plain", n=20, lease=LEASE, wait=1)
        if batch is not None and stream.commit(batch):
            tell("c", batch.lane, batch.events[-1].position)


def effect(state: State, stream: DurableStream) -> None:
    while True:
        batch = stream.fetch("s", "exact", n=10, lease=LEASE, wait=1)
        if batch is None:
            continue

        def work(tx: sa.Connection, batch: Batch = batch) -> None:
            stream.append("effects", *(Fresh("t", one.id, key=one.key) for one in batch.events), tx=tx)
            stream.commit(batch, tx=tx)

        try:
            state.write(work)
        except Exception:  # somebody else's by now
            continue
        tell("e", batch.lane, batch.events[-1].position)


def main(address: str, seed: str) -> None:
    """Start, work with four threads, and wait for the end."""
    state = State.open(address, key=KEY)
    stream = DurableStream(state)
    for group in ("plain", "exact"):
        stream.group("s", group, lanes=2)
    end_together()
    for writer in (1, 2):
        threading.Thread(target=append, args=(stream, int(seed), writer), daemon=True).start()
    threading.Thread(target=commit, args=(stream,), daemon=True).start()
    threading.Thread(target=effect, args=(state, stream), daemon=True).start()
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
