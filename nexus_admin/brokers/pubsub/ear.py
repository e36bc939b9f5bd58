"""Hearing the other processes: one connection that listens, in one thread, and comes back when it is lost.

What was said meanwhile nobody can tell. So everybody here is told that something may have been missed, and the last
values are read again: who subscribed hears of those that are others now.
"""

from __future__ import annotations

import logging
import threading
from functools import partial

import sqlalchemy as sa

from nexus_admin.brokers.pubsub import rows
from nexus_admin.brokers.pubsub.home import Home, call
from nexus_admin.brokers.pubsub.notices import CHANNEL, Notice, read
from nexus_admin.brokers.pubsub.protocol import Message
from nexus_admin.domain.errors import StateDown
from nexus_admin.state.engine import State
from nexus_admin.state.listening import listening

LISTEN = 0.5
"""Seconds after which it looks whether it should stop."""
SOON, LATE = 0.05, 5.0
"""Seconds between two tries to listen again, at first and at last."""
AT_ONCE = 32
"""Long messages that are read at once; each may have a megabyte."""
PATIENCE = 5.0
"""Seconds that the first who subscribes waits until others are heard."""

_log = logging.getLogger(__name__)


class Ear:
    """One process's ear.

    Args:
        state: Whose server carries the messages.
        home: Who is told here.
        name: What the others know this process by: what it says itself has been told here already.
    """

    def __init__(self, state: State, home: Home, name: str) -> None:
        self._state, self._home, self._name = state, home, name
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self._over = threading.Event()
        self._numbers: dict[str, int] = {}
        self._unsure: set[str] = set()

    def begin(self) -> None:
        """Hear others from now on; when this returns the last values are known, unless the database is away."""
        with self._lock:
            if self._thread is None and not self._over.is_set():
                self._thread = threading.Thread(target=self._run, name="nexus-topics-ear", daemon=True)
                self._thread.start()
        if not self._over.is_set() and threading.current_thread() is not self._thread:
            self._ready.wait(PATIENCE)

    @property
    def begun(self) -> bool:
        """Whether it listens, or tries to."""
        return self._thread is not None

    def stop(self) -> None:
        """Tell it to end."""
        self._over.set()
        self._ready.set()

    def join(self) -> None:
        """Wait until it has."""
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(10)

    def _run(self) -> None:
        pause = SOON
        while not self._over.is_set():
            try:
                with listening(self._state, CHANNEL) as heard:
                    self._catch_up()
                    pause = SOON
                    while not self._over.is_set():
                        self._hear_all(heard(LISTEN))
            except Exception as error:
                if self._over.is_set():
                    return
                _log.warning("What other processes publish is not heard for now: %s", error, exc_info=_odd(error))
                self._over.wait(pause)
                pause = min(pause * 2, LATE)

    def _catch_up(self) -> None:
        """Tell of what may have been missed; at the first time nobody is there who could have missed anything."""
        values, upto = self._state.read(rows.last_values)
        self._unsure = set(self._numbers)
        self._home.missed()
        self._home.take_over(values, upto)
        self._ready.set()

    def _hear_all(self, said: list[str]) -> None:
        news = [one for one in map(_notice, said) if one is not None and one.sender != self._name]
        for start in range(0, len(news), AT_ONCE):
            some = news[start : start + AT_ONCE]
            asked = [one.row for one in some if one.message is None]
            found = self._state.read(partial(rows.messages_in, ids=asked)) if asked else {}
            for notice in some:
                self._hear(notice, notice.message or found.get(notice.row))

    def _hear(self, notice: Notice, message: Message | None) -> None:
        if not self._is_news(notice):
            return
        if message is None:
            if not notice.retain:  # of last values, a later one took its place
                self._home.missed()
        elif not notice.retain:
            self._home.tell(message, published=0)
        else:
            call(self._home.keep(message, notice.ttl, version=notice.row, published=0), message)

    def _is_news(self, notice: Notice) -> bool:
        """Whether it was not heard before; where numbers are missing before it, everybody is told so."""
        before = self._numbers.get(notice.sender)
        if before is not None and notice.number <= before:
            return False
        self._numbers[notice.sender] = notice.number
        if before is not None and notice.number > before + 1 and notice.sender not in self._unsure:
            self._home.missed()
        self._unsure.discard(notice.sender)
        return True


def _notice(said: str) -> Notice | None:
    try:
        return read(said)
    except ValueError:
        return None  # somebody woke us up


def _odd(error: Exception) -> bool:
    """Whether it is none of those that a lost connection raises, so that the log needs its place."""
    return not isinstance(error, StateDown | sa.exc.DBAPIError)
