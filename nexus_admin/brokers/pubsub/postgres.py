"""Publish-subscribe of all processes that share a state in PostgreSQL, by LISTEN and NOTIFY.

At home a message goes the same way as in memory, at once. To the other processes it goes by a thread of its own, which
puts all that waits into one transaction: so who publishes waits neither for the database nor for anybody who listens,
and where it is away others hear later, or that they have missed something. Only a last value is waited for: when
`publish` returns it is kept, and everybody is told of it in the order in which they were kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

from nexus_admin.brokers.pubsub import rows
from nexus_admin.brokers.pubsub.checking import MOST_PAYLOAD, MOST_RETAINED, check_lifetime, fitting
from nexus_admin.brokers.pubsub.ear import Ear
from nexus_admin.brokers.pubsub.home import Home, Told, call
from nexus_admin.brokers.pubsub.protocol import Capability, Message, PubSubFigures
from nexus_admin.brokers.pubsub.receiving import Buffered, Called
from nexus_admin.brokers.pubsub.rows import Parcel
from nexus_admin.brokers.pubsub.sender import Sender, wake
from nexus_admin.domain.ids import new_ulid
from nexus_admin.state.engine import State


class PostgresPubSub:
    """A `PubSub` of all processes on one state. Its threads begin when they are first needed.

    Between two processes, too, the messages of one thread that publishes come in their order. Of last values that two
    processes keep for one topic at the same moment, some may hear only the one that stays; it is told last.

    Args:
        state: Is in PostgreSQL.
        most_payload: The largest payload, in bytes.
        most_retained: What all last values may take, in bytes, as `Retained` counts. Each process holds them all.
    """

    capabilities: frozenset[Capability] = frozenset({"retain", "shared"})

    def __init__(self, state: State, *, most_payload: int = MOST_PAYLOAD, most_retained: int = MOST_RETAINED) -> None:
        self._state, self._most_payload = state, most_payload
        self._home = Home(most_retained, time.monotonic)
        name = new_ulid()
        self._ear = Ear(state, self._home, name)
        self._sender = Sender(state, name, self._keep)

    def publish(self, topic: str, payload: Any, *, retain: bool = False, ttl: float | None = None) -> int:
        """As `PubSub.publish`.

        Without *retain* it returns when everybody here was told; the others are told as soon as that can be. With it,
        when the value is kept in the database.

        Raises:
            StateDown: a last value cannot be kept now; nobody was told.
        """
        message = fitting(topic, payload, self._most_payload)
        check_lifetime(ttl, retain=retain)
        self._home.check_open()
        if not retain:
            self._sender.put(Parcel(message))
            return self._home.tell(message)
        self._ear.begin()  # so that it is known how much room there is
        self._home.check_room(message)
        kept: Future[Told] = Future()
        self._sender.put(Parcel(message, kept, ttl))
        told = kept.result()
        call(told, message)
        return len(told)

    def subscribe(self, *patterns: str, buffer: int = 1024) -> Buffered:
        """As `PubSub.subscribe`."""
        self._ear.begin()
        return self._home.subscribe(patterns, buffer)

    def listen(
        self, call: Callable[[Message], object], *patterns: str, missed: Callable[[], object] | None = None
    ) -> Called:
        """As `PubSub.listen`. Messages of other processes come one after another, on a thread of this engine."""
        self._ear.begin()
        return self._home.listen(call, patterns, missed)

    def patterns(self) -> Mapping[str, int]:
        """As `PubSub.patterns`."""
        return self._home.patterns()

    def figures(self) -> PubSubFigures:
        """As `PubSub.figures`: of this process, and of the last values of all."""
        return self._home.figures()

    def sweep(self) -> int:
        """Forget last values and long messages that are over; return how many they were. Nobody finds them anyway."""
        return self._state.write(rows.sweep)

    def close(self) -> None:
        """As `PubSub.close`; what was published before still goes to the others, if that can be done at once."""
        self._ear.stop()
        self._sender.close()
        if self._ear.begun:
            wake(self._state)
            self._ear.join()
        self._home.close()

    def _keep(self, parcel: Parcel, version: int) -> Told:
        return self._home.keep(parcel.message, parcel.ttl, version=version)
