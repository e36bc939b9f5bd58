"""Telling other processes on PostgreSQL that a queue has jobs, and hearing it: NOTIFY after the commit, and LISTEN.

A notice that is lost, because a connection broke, is made good by the look that the clock takes every second.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

import sqlalchemy as sa

from nexus_admin.domain.errors import StateDown
from nexus_admin.domain.ids import new_ulid
from nexus_admin.state.engine import State
from nexus_admin.state.listening import listening

CHANNEL = "nexus_queue"
_TELL = sa.text("SELECT pg_notify(:channel, :said)")
EVERY = 0.02
"""Seconds between two notices of one process; those of one queue that come sooner are one."""
_LOOK = 1.0
_PAUSE = 1.0

_log = logging.getLogger(__name__)


class Notices:
    """One process's ear and voice.

    Args:
        state: Whose server carries them.
        hear: Called with the name of a queue in which somebody else put jobs, in a thread of its own.
    """

    def __init__(self, state: State, hear: Callable[[str], object]) -> None:
        self._state, self._hear = state, hear
        self._mine = new_ulid()
        self._lock = threading.Lock()
        self._pending: set[str] = set()
        self._sent = 0.0
        self._thread: threading.Thread | None = None
        self._over = threading.Event()

    def add(self, queue: str) -> None:
        """Have others told of *queue* with the next `send`."""
        with self._lock:
            self._pending.add(queue)

    def send(self) -> float | None:
        """Tell what is to be told, unless it is too soon; return after how many seconds it is not, None for never."""
        left = self._sent + EVERY - time.monotonic()
        with self._lock:
            if not self._pending:
                return None
            if left > 0:
                return left
            queues, self._pending = self._pending, set()
        self._sent = time.monotonic()
        try:
            self._state.write(lambda connection: self._tell(connection, queues))
        except StateDown as error:
            _log.warning("Other processes were not told at once of new jobs, they look within a second: %s", error)
        return None

    def _tell(self, connection: sa.Connection, queues: set[str]) -> None:
        for queue in queues:
            connection.execute(_TELL, {"channel": CHANNEL, "said": f"{self._mine} {queue}"})

    def listen(self) -> None:
        """Begin to hear; twice is once."""
        with self._lock:
            if self._thread is None and not self._over.is_set():
                self._thread = threading.Thread(target=self._run, name="nexus-queue-ear", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Hear and tell no more."""
        self._over.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                with listening(self._state, CHANNEL) as heard:
                    while not self._over.is_set():
                        self._hear_all(heard(_LOOK))
            except Exception as error:
                if not self._over.is_set():
                    _log.warning("New jobs of other processes are found by looking only, for now: %s", error)
                    self._over.wait(_PAUSE)

    def _hear_all(self, said: list[str]) -> None:
        for one in said:
            sender, _, queue = one.partition(" ")
            if sender != self._mine:
                self._hear(queue)
