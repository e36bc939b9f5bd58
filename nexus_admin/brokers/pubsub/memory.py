"""Publish-subscribe within one process.

One lock guards who subscribed and the last values; it is held to find who is told, not while they are told.
Only a last value is told to buffers below it, so that of two publishers at once the one whose value stays is
also the one that is told last.
"""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from nexus_admin.brokers.content import content_of
from nexus_admin.brokers.pubsub.protocol import Capability, Message, PubSubFigures
from nexus_admin.brokers.pubsub.receiving import Buffered, Called
from nexus_admin.brokers.pubsub.retained import Retained
from nexus_admin.brokers.pubsub.topics import check_pattern, check_topic
from nexus_admin.brokers.pubsub.trie import Matches
from nexus_admin.domain.errors import BadRequest, Refused, TooLarge

MOST_PAYLOAD = 2**20
MOST_RETAINED = 16 * 2**20


class MemoryPubSub:
    """A `PubSub` in the memory of this process.

    Args:
        most_payload: The largest payload, in bytes.
        most_retained: What all last values may take, in bytes, as `Retained` counts.
        clock: Seconds that only grow, for lifetimes; tests give their own.
    """

    capabilities: frozenset[Capability] = frozenset({"retain"})

    def __init__(
        self,
        *,
        most_payload: int = MOST_PAYLOAD,
        most_retained: int = MOST_RETAINED,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most_payload = most_payload
        self._lock = threading.Lock()
        self._matches: Matches[Buffered | Called] = Matches()
        self._open: dict[Buffered | Called, None] = {}
        self._retained = Retained(most_retained, clock)
        self._closed = False
        self._published = self._delivered = self._dropped = self._failed = 0

    def publish(self, topic: str, payload: Any, *, retain: bool = False, ttl: float | None = None) -> int:
        """As `PubSub.publish`."""
        message = Message(check_topic(topic), content_of(payload))
        size = len(message.content.data)
        if size > self._most_payload:
            raise TooLarge(f"The payload for {topic!r} has {size:,} bytes; one may have {self._most_payload:,} here.")
        _check_lifetime(ttl, retain=retain)
        with self._lock:
            self._check_open()
            if retain:
                self._retained.keep(topic, message.content, ttl)
            self._published += 1
            told = self._matches.of(topic)
            if retain:
                for one in told:
                    if isinstance(one, Buffered):
                        one.deliver(message)
        for one in told:
            if not retain or isinstance(one, Called):
                one.deliver(message)
        return len(told)

    def subscribe(self, *patterns: str, buffer: int = 1024) -> Buffered:
        """As `PubSub.subscribe`."""
        one = Buffered(_checked(patterns), buffer, self._forget)
        self._add(one)
        return one

    def listen(self, call: Callable[[Message], object], *patterns: str) -> Called:
        """As `PubSub.listen`."""
        one = Called(_checked(patterns), call, self._forget)
        self._add(one)
        one.catch_up()
        return one

    def patterns(self) -> Mapping[str, int]:
        """As `PubSub.patterns`."""
        with self._lock:
            return Counter(pattern for one in self._open for pattern in one.patterns)

    def figures(self) -> PubSubFigures:
        """As `PubSub.figures`."""
        with self._lock:
            return PubSubFigures(
                subscriptions=len(self._open),
                retained=len(self._retained),
                retained_bytes=self._retained.bytes,
                published=self._published,
                delivered=self._delivered + sum(one.delivered for one in self._open),
                dropped=self._dropped + sum(one.dropped for one in self._open),
                failed=self._failed + sum(one.failed for one in self._open),
            )

    def close(self) -> None:
        """As `PubSub.close`."""
        with self._lock:
            self._closed = True
            left = list(self._open)
        for one in left:
            one.close()

    def _add(self, one: Buffered | Called) -> None:
        """Hand *one* the last values, and let it be found: in one step, so that it misses none and hears none twice."""
        with self._lock:
            self._check_open()
            one.begin(self._retained.fitting(one.patterns))
            self._open[one] = None
            for pattern in one.patterns:
                self._matches.add(pattern, one)

    def _forget(self, one: Buffered | Called) -> None:
        with self._lock:
            if one not in self._open:
                return
            del self._open[one]
            for pattern in one.patterns:
                self._matches.remove(pattern, one)
            self._delivered += one.delivered
            self._dropped += one.dropped
            self._failed += one.failed

    def _check_open(self) -> None:
        if self._closed:
            raise Refused("Publish-subscribe is closed: the application is stopping.")


def _checked(patterns: tuple[str, ...]) -> tuple[str, ...]:
    if not patterns:
        raise BadRequest("Say what to subscribe to: a topic or a pattern at least.")
    return tuple(dict.fromkeys(check_pattern(one) for one in patterns))


def _check_lifetime(ttl: float | None, *, retain: bool) -> None:
    if ttl is not None and not retain:
        raise BadRequest("Only a last value has a lifetime: say retain=True, or leave ttl out.")
    if ttl is not None and not 0 < ttl < math.inf:
        raise BadRequest(f"A lifetime is a number of seconds above 0, not {ttl!r}. Without one, a last value stays.")
