"""Telling the other processes: one thread, which sends what waits in one transaction.

While the database is away messages wait, in a bounded room, and the oldest go first. Each has a number, so that what
was dropped is missed by those who hear, and what is sent twice is heard once.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial

import sqlalchemy as sa

from nexus_admin.brokers.pubsub import rows
from nexus_admin.brokers.pubsub.home import Told
from nexus_admin.brokers.pubsub.rows import Numbered, Parcel
from nexus_admin.domain.errors import NexusError, Refused, StateDown
from nexus_admin.state.engine import State

AT_ONCE = 500
"""Messages in one transaction."""
AT_ONCE_BYTES = 4 * 2**20
"""Bytes of them; the one that goes beyond is still in it."""
MOST_WAITING = 10_000
"""Messages that wait for the database."""
MOST_BYTES = 32 * 2**20
"""Bytes of them."""
SOON, LATE = 0.05, 2.0
"""Seconds between two tries while the database is away, at first and at last."""
FAREWELL = 2.0
"""Seconds that what still waits has when this is closed."""

_log = logging.getLogger(__name__)


class Sender:
    """One process's voice.

    Args:
        state: Whose server carries it.
        name: What the others know this process by.
        keep: `keep(parcel, version)` of each last value once it is committed; what it returns is the parcel's answer.
    """

    def __init__(self, state: State, name: str, keep: Callable[[Parcel, int], Told]) -> None:
        self._state, self._name, self._keep = state, name, keep
        self._bell = threading.Condition()
        self._waiting: deque[Parcel] = deque()
        self._bytes = 0
        self._number = 0
        self._urgent = self._closing = False
        self._thread: threading.Thread | None = None

    def put(self, parcel: Parcel) -> None:
        """Have *parcel* sent, behind all that were put before.

        Raises:
            Refused: this is closed.
        """
        with self._bell:
            if self._closing:
                raise Refused("Publish-subscribe is closed: the application is stopping.")
            self._waiting.append(parcel)
            self._bytes += parcel.size
            self._urgent |= parcel.kept is not None
            while len(self._waiting) > MOST_WAITING or self._bytes > MOST_BYTES:
                self._drop()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="nexus-topics-voice", daemon=True)
                self._thread.start()
            self._bell.notify_all()

    def close(self) -> None:
        """Send what waits, for as long as `FAREWELL`, and nothing more."""
        with self._bell:
            self._closing = True
            self._bell.notify_all()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(FAREWELL)

    def _drop(self) -> None:
        """Let the oldest go; the number that it would have had is missing."""
        gone = self._waiting.popleft()
        self._bytes -= gone.size
        self._number += 1
        if gone.kept is not None:
            gone.kept.set_exception(Refused("Too many messages wait for the state's database. Nothing was told."))

    def _run(self) -> None:
        while batch := self._take():
            self._send(batch)

    def _take(self) -> list[Numbered]:
        """Wait for messages, and return those that go together; none where there will be none any more."""
        with self._bell:
            self._bell.wait_for(lambda: self._waiting or self._closing)
            batch: list[Numbered] = []
            size = 0
            while self._waiting and len(batch) < AT_ONCE and size < AT_ONCE_BYTES:
                parcel = self._waiting.popleft()
                self._number += 1
                batch.append((self._number, parcel))
                size += parcel.size
            self._bytes -= size
            return batch

    def _send(self, batch: list[Numbered]) -> None:
        """Send *batch*, as often as it takes; its last values are refused where it cannot be done at once."""
        pause = SOON
        while batch:
            try:
                versions = self._state.write(partial(rows.send, sender=self._name, batch=batch))
            except StateDown as error:
                batch = self._refused(batch, error)
                with self._bell:
                    if self._closing:
                        return
                    if batch:
                        _log.warning("Other processes are told later of what was published here: %s", error)
                        self._bell.wait_for(lambda: self._closing or self._urgent, pause)
                pause = min(pause * 2, LATE)
            except Exception as error:
                self._one_by_one(batch, error)
                return
            else:
                self._done(batch, versions)
                return

    def _done(self, batch: Sequence[Numbered], versions: dict[int, int]) -> None:
        for number, parcel in batch:
            if parcel.kept is not None:
                try:
                    parcel.kept.set_result(self._keep(parcel, versions[number]))
                except NexusError as error:
                    parcel.kept.set_exception(error)

    def _refused(self, batch: Sequence[Numbered], error: StateDown) -> list[Numbered]:
        """Give up every last value that waits, for whoever publishes one waits for it; return what is left."""
        with self._bell:
            self._urgent = False
            late = [one for one in self._waiting if one.kept is not None]
            self._waiting = deque(one for one in self._waiting if one.kept is None)
            self._bytes = sum(one.size for one in self._waiting)
            self._number += len(late)
        for parcel in (*(parcel for _, parcel in batch), *late):
            if parcel.kept is not None:
                parcel.kept.set_exception(error)
        return [one for one in batch if one[1].kept is None]

    def _one_by_one(self, batch: list[Numbered], error: Exception) -> None:
        """Send each alone, for one of them cannot be sent; that one is given up."""
        if len(batch) > 1:
            for one in batch:
                self._send([one])
            return
        ((_, parcel),) = batch
        _log.error("A message to %r could not be sent to other processes.", parcel.message.topic[:200], exc_info=error)
        if parcel.kept is not None:
            parcel.kept.set_exception(error)


def wake(state: State) -> None:
    """Wake up who listens, where that can be done at once."""
    try:
        state.write(rows.wake)
    except (StateDown, sa.exc.SQLAlchemyError) as error:
        _log.debug("Who listens wakes up by itself: %s", error)
