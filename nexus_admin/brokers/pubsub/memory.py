"""Publish-subscribe within one process."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from nexus_admin.brokers.pubsub.checking import MOST_PAYLOAD, MOST_RETAINED, check_lifetime, fitting
from nexus_admin.brokers.pubsub.home import Home, call
from nexus_admin.brokers.pubsub.protocol import Capability, Message, PubSubFigures
from nexus_admin.brokers.pubsub.receiving import Buffered, Called


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
        self._home = Home(most_retained, clock)

    def publish(self, topic: str, payload: Any, *, retain: bool = False, ttl: float | None = None) -> int:
        """As `PubSub.publish`."""
        message = fitting(topic, payload, self._most_payload)
        check_lifetime(ttl, retain=retain)
        if not retain:
            return self._home.tell(message)
        told = self._home.keep(message, ttl)
        call(told, message)
        return len(told)

    def subscribe(self, *patterns: str, buffer: int = 1024) -> Buffered:
        """As `PubSub.subscribe`."""
        return self._home.subscribe(patterns, buffer)

    def listen(
        self, call: Callable[[Message], object], *patterns: str, missed: Callable[[], object] | None = None
    ) -> Called:
        """As `PubSub.listen`; nothing is ever missed here."""
        return self._home.listen(call, patterns, missed)

    def patterns(self) -> Mapping[str, int]:
        """As `PubSub.patterns`."""
        return self._home.patterns()

    def figures(self) -> PubSubFigures:
        """As `PubSub.figures`."""
        return self._home.figures()

    def close(self) -> None:
        """As `PubSub.close`."""
        self._home.close()
