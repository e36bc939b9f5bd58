"""Waking up who waits for something new in our state: in this process at once, in others by PostgreSQL's NOTIFY.

A bell says that it may be worth looking, never what there is: whoever waits looks by itself too, at long intervals.
NOTIFY is sent in a statement of its own after the commit, at most once in `PAUSE` seconds for each name; sent within a
transaction it would make all commits of the server wait for each other.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial

import sqlalchemy as sa

from nexus_admin.domain.errors import StateDown
from nexus_admin.state.engine import State
from nexus_admin.state.listening import listening

PAUSE = 0.02
"""Seconds between two rounds of NOTIFY."""
LISTEN = 0.5
"""Seconds after which the one who listens looks whether it should stop."""

_log = logging.getLogger(__name__)


class Bell:
    """One for each engine; safe to use from many threads. Its threads begin when they are first needed.

    Args:
        state: Where the other processes are; where it is a SQLite file there are none.
        channel: A name of letters and `_`, under which they hear each other.
    """

    def __init__(self, state: State, channel: str) -> None:
        self._state, self._channel = state, channel
        self._far = state.dialect == "postgresql"
        self._rung = threading.Condition()
        self._counts: dict[str, int] = {}
        self._dirty: set[str] = set()
        self._threads: dict[str, threading.Thread] = {}
        self.closed = False

    def count(self, name: str) -> int:
        """Return how often it rang for *name*: taken before one looks, and given to `wait` where there was nothing."""
        with self._rung:
            return self._counts.get(name, 0)

    def ring(self, *names: str) -> None:
        """Wake up who waits for *names*, here and elsewhere."""
        with self._rung:
            self._hear(*names)
            if self._far:
                self._dirty.update(names)
                self._begin("notify", self._notify)

    def wait(self, name: str, count: int, seconds: float) -> bool:
        """Wait until it rings for *name* beyond *count*, it is closed, or time is over; return whether it is open."""
        with self._rung:
            if self._far:
                self._begin("listen", self._listen)
            self._rung.wait_for(lambda: self.closed or self._counts.get(name, 0) != count, seconds)
            return not self.closed

    def close(self) -> None:
        """Wake up all who wait, and end the threads."""
        with self._rung:
            self.closed = True
            self._rung.notify_all()
            threads = list(self._threads.values())
        for one in threads:
            if one is not threading.current_thread():
                one.join()

    def _hear(self, *names: str) -> None:
        for name in names:
            self._counts[name] = self._counts.get(name, 0) + 1
        self._rung.notify_all()

    def _begin(self, name: str, work: Callable[[], None]) -> None:
        if name not in self._threads and not self.closed:
            thread = threading.Thread(target=work, name=f"nexus-{self._channel}-{name}", daemon=True)
            self._threads[name] = thread
            thread.start()

    def _notify(self) -> None:
        while True:
            with self._rung:
                self._rung.wait_for(lambda: self.closed or bool(self._dirty))
                if self.closed:
                    return
                names, self._dirty = sorted(self._dirty), set()
            try:
                self._state.read(partial(self._say, names))
            except (StateDown, sa.exc.SQLAlchemyError) as error:
                _log.warning("Others were not told of news in %s; they look by themselves: %s", names[:3], error)
            with self._rung:
                self._rung.wait_for(lambda: self.closed, PAUSE)

    def _say(self, names: list[str], connection: sa.Connection) -> None:
        said = "SELECT pg_notify(%s, name) FROM unnest(CAST(%s AS text[])) name"
        connection.exec_driver_sql(said, (self._channel, names))
        connection.commit()

    def _listen(self) -> None:
        while not self.closed:
            try:
                with listening(self._state, self._channel) as heard:
                    while not self.closed:
                        self._hear_all(heard(LISTEN))
            except (StateDown, sa.exc.SQLAlchemyError) as error:
                _log.warning("News of other processes come late: %s", error)
                with self._rung:
                    self._rung.wait_for(lambda: self.closed, 1.0)

    def _hear_all(self, names: list[str]) -> None:
        if names:
            with self._rung:
                self._hear(*names)
