"""Dies at a point of one piece of work on a stream: `python -m tests.brokers.stream_points ADDRESS`.

A point is before or after a statement, before a commit, and after one before anybody is told of it. Each line of the
input, `WORK NAME POINT`, is done by a process of its own, in a stream of that name; it kills itself as it comes to that
point, counted from 1, or ends where there are not so many. Said of each, in a line: the batch that it holds as it
begins, the kinds of the points that it came to, and `whole` where it ended.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from nexus_admin.brokers.stream import Batch, DurableStream, Fresh
from nexus_admin.domain.ids import as_ulid, new_id
from nexus_admin.state import carried
from nexus_admin.state.engine import State
from tests.state.conftest import KEY

LANE = "nexus-writer-lane"
LEASE = 3600.0
GROUP = "g"
FIRST = 6
"""Events that are there before the work begins."""


class Points:
    """Counts points from when it is armed, and dies at the one that it is told."""

    def __init__(self, last: int) -> None:
        self._last = last
        self._armed = False
        sa.event.listen(sa.Engine, "before_cursor_execute", self._on("before"))
        sa.event.listen(sa.Engine, "after_cursor_execute", self._on("after"))
        sa.event.listen(sa.Engine, "commit", self._on("commit"))
        committed = carried.committed

        def done(connection: sa.Connection) -> None:
            self._come("done")
            committed(connection)

        carried.committed = done

    def arm(self) -> None:
        """Count from here, what this thread does or the lane does for it."""
        self._thread = threading.current_thread().name
        self._armed = True

    def _on(self, kind: str) -> Callable[..., None]:
        return lambda *_: self._come(kind)

    def _come(self, kind: str) -> None:
        if self._armed and threading.current_thread().name in (self._thread, LANE):
            tell(kind)
            self._last -= 1
            if not self._last:
                os.kill(os.getpid(), signal.SIGKILL)


def tell(word: str) -> None:
    """Say a word of the line at once."""
    os.write(1, f"{word} ".encode())


def append(_state: State, stream: DurableStream, name: str, _batch: Batch) -> None:
    """Some with keys, one with an id."""
    fresh = [Fresh("t", number, key="ad"[number % 2]) for number in range(FIRST, FIRST + 3)]
    stream.append(name, *fresh, Fresh("t", FIRST + 3, id=as_ulid(new_id())))


def fetch(_state: State, stream: DurableStream, name: str, batch: Batch) -> None:
    """The other lane's."""
    assert stream.fetch(name, GROUP, lane=1 - batch.lane, n=2, lease=LEASE) is not None


def commit(_state: State, stream: DurableStream, _name: str, batch: Batch) -> None:
    """All of a batch."""
    assert stream.commit(batch)


def effect(state: State, stream: DurableStream, _name: str, batch: Batch) -> None:
    """What it causes, and its commit: both or neither."""
    state.write(lambda tx: have_effects(stream, batch, tx))


def have_effects(stream: DurableStream, batch: Batch, tx: sa.Connection) -> None:
    """Append to another stream what was handed out, and commit it, in one transaction."""
    stream.append(f"{batch.stream}.effects", *(Fresh("t", one.value, key=one.key) for one in batch.events), tx=tx)
    stream.commit(batch, tx=tx)


def park(_state: State, stream: DurableStream, _name: str, batch: Batch) -> None:
    """The first of a batch."""
    assert stream.park(batch, batch.events[0], "no")


def seek(_state: State, stream: DurableStream, name: str, _batch: Batch) -> None:
    """Both lanes, past who has a batch."""
    stream.seek(name, GROUP, "end")


def trim(_state: State, stream: DurableStream, name: str, batch: Batch) -> None:
    """What the group has done with."""
    assert stream.trim(name, keep=1)


WORK: dict[str, Callable[[State, DurableStream, str, Batch], None]] = {
    one.__name__: one for one in (append, fetch, commit, effect, park, seek, trim)
}


def work(address: str, kind: str, name: str, last: int) -> None:
    """Make the stream ready, do the work, and die on the way."""
    points = Points(last)
    state = State.open(address, key=KEY)
    stream = DurableStream(state)
    stream.group(name, GROUP, lanes=2)
    stream.append(name, *(Fresh("t", number, key="ad"[number % 2]) for number in range(FIRST)))
    batch: Any = stream.fetch(name, GROUP, lane=0, n=2, lease=LEASE, wait=300)
    if kind == "trim":
        assert stream.commit(batch)
        while batch := stream.fetch(name, GROUP, n=2, lease=LEASE):
            assert stream.commit(batch)
    tell(f"{batch.lane}:{batch.generation}:{batch.lease}" if batch else "none")
    points.arm()
    WORK[kind](state, stream, name, batch)
    tell("whole")
    os._exit(0)


def main(address: str) -> None:
    """Have each line done by a child, which has read all modules already."""
    for line in sys.stdin:
        kind, name, last = line.split()
        child = os.fork()
        if not child:
            work(address, kind, name, int(last))
        os.waitpid(child, 0)
        os.write(1, b"\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
