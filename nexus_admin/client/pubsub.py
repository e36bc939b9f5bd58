"""Publish-subscribe of the other side. Messages wait here, too, in a bounded buffer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from nexus_admin.brokers.content import content_of
from nexus_admin.brokers.pubsub.protocol import Capability, Gap, Listener, Message, PubSubFigures, Subscription
from nexus_admin.brokers.pubsub.receiving import Buffered, Called
from nexus_admin.client.line import Line
from nexus_admin.client.named import Topic
from nexus_admin.domain.errors import NexusError, NotFound, Refused

MOST_THERE = 10_000
"""Messages that wait on the other side at most; the rest of a buffer is here."""
T = TypeVar("T")
Heard = TypeVar("Heard", bound="Buffered | Called")


class RemotePubSub:
    """A `PubSub` over a line."""

    capabilities: frozenset[Capability] = frozenset({"retain", "shared"})

    def __init__(self, line: Callable[[], Line]) -> None:
        self._line = line
        self._heard: dict[int, Buffered | Called] = {}
        self._early: dict[int, list[Any]] = {}
        self._lock = threading.Lock()
        self._over = [0, 0]  # dropped and failed, of those that are closed
        self._closed = False

    def __call__(self, name: str, model: type[T] = object) -> Topic[T]:  # type: ignore[assignment]
        """Return a handle on the topic or pattern called *name*, whose payloads are of *model*."""
        return Topic(self, name, model)

    def publish(self, topic: str, payload: Any, *, retain: bool = False, ttl: float | None = None) -> int:
        """As `PubSub.publish`; how many it went to there."""
        self._check()
        return int(self._line().call("topic.publish", topic, content_of(payload), retain=retain, ttl=ttl))

    def subscribe(self, *patterns: str, buffer: int = 1024) -> Subscription:
        """As `PubSub.subscribe`. After the line broke, a `Gap` of 0 stands where an unknown number was missed."""
        return self._begin(Buffered(patterns, buffer, self._forget), buffer)

    def listen(
        self, call: Callable[[Message], object], *patterns: str, missed: Callable[[], object] | None = None
    ) -> Listener:
        """As `PubSub.listen`, one message after another on a thread of the client's."""
        one = Called(patterns, call, self._forget, missed)
        one.catch_up()
        return self._begin(one, 1024)

    def patterns(self) -> Mapping[str, int]:
        """As `PubSub.patterns`."""
        found: Mapping[str, int] = self._line().call("topic.patterns", twice=True)
        return found

    def figures(self) -> PubSubFigures:
        """As `PubSub.figures`: of all of the other side, and what was dropped and failed here."""
        found: PubSubFigures = self._line().call("topic.figures", twice=True)
        with self._lock:
            dropped = sum((one.dropped for one in self._heard.values()), self._over[0])
            failed = sum((one.failed for one in self._heard.values()), self._over[1])
        return replace(found, dropped=found.dropped + dropped, failed=found.failed + failed)

    def close(self) -> None:
        """End every subscription of this client."""
        self._closed = True
        for one in list(self._heard.values()):
            one.close()

    def _check(self) -> None:
        if self._closed:
            raise Refused("This client's publish-subscribe is closed.")

    def told(self, number: int, what: Message | Gap) -> None:
        """Hear what the line was told."""
        with self._lock:
            one = self._heard.get(number)
            if one is None:
                self._early.setdefault(number, []).append(what)  # it came before the number did
                return
        _hear(one, what)

    def again(self) -> None:
        """Subscribe anew, after the line was made anew."""
        with self._lock:
            heard, self._heard = self._heard, {}
            self._early.clear()
        for one in heard.values():
            one.missed()
            try:
                self._begin(one, one.room if isinstance(one, Buffered) else 1024)
            except NexusError:
                one.close()

    def _begin(self, one: Heard, buffer: int) -> Heard:
        self._check()
        number = self._line().call("topic.subscribe", *one.patterns, buffer=min(buffer, MOST_THERE), twice=True)
        while True:
            with self._lock:
                early = self._early.pop(number, [])
                if not early:
                    self._heard[number] = one
                    return one
            for what in early:
                _hear(one, what)

    def _forget(self, one: Any) -> None:
        with self._lock:
            numbers = [number for number, other in self._heard.items() if other is one]
            for number in numbers:
                del self._heard[number]
            self._over[0] += one.dropped
            self._over[1] += one.failed
        for number in numbers:
            try:
                self._line().call("topic.unsubscribe", number, twice=True)
            except NotFound:
                pass
            except NexusError:
                return  # there is no line, so nothing is told any more


def _hear(one: Buffered | Called, what: Message | Gap) -> None:
    if isinstance(what, Message):
        one.deliver(what)
    else:
        one.missed(what.lost)
