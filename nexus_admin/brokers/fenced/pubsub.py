"""A part of publish-subscribe: the topics below `app`, and below `$app` those that begin with `$`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from nexus_admin.brokers.fenced.names import EVERY, Names
from nexus_admin.brokers.pubsub.protocol import (
    Capability,
    Gap,
    Listener,
    Message,
    PubSub,
    PubSubFigures,
    Subscription,
)
from nexus_admin.brokers.pubsub.topics import check_pattern, check_topic, is_exact


class FencedPubSub:
    """A `PubSub` whose topics are those of *pubsub* below *root*. Its figures are those of the whole.

    What is published to a topic that *names* does not allow is told to none of its subscriptions, whatever their
    patterns. Closing it ends nothing, for it is not the whole.
    """

    def __init__(self, pubsub: PubSub, root: str, names: Names = EVERY) -> None:
        self._pubsub, self._root, self._names = pubsub, root, names

    @property
    def capabilities(self) -> frozenset[Capability]:
        """As `PubSub.capabilities`."""
        return self._pubsub.capabilities

    def publish(self, topic: str, payload: Any, *, retain: bool = False, ttl: float | None = None) -> int:
        """As `PubSub.publish`."""
        self._names.check(check_topic(topic))
        return self._pubsub.publish(self._out(topic), payload, retain=retain, ttl=ttl)

    def subscribe(self, *patterns: str, buffer: int = 1024) -> Subscription:
        """As `PubSub.subscribe`."""
        outside = [self._heard(one) for one in patterns]
        return _FencedSubscription(self._pubsub.subscribe(*outside, buffer=buffer), self._told)

    def listen(
        self, call: Callable[[Message], object], *patterns: str, missed: Callable[[], object] | None = None
    ) -> Listener:
        """As `PubSub.listen`."""
        outside = [self._heard(one) for one in patterns]

        def hear(message: Message) -> None:
            if (told := self._told(message)) is not None:
                call(told)

        return self._pubsub.listen(hear, *outside, missed=missed)

    def patterns(self) -> Mapping[str, int]:
        """As `PubSub.patterns`."""
        roots = (f"{self._root}/", f"${self._root}/")
        found = {self._bare(one): count for one, count in self._pubsub.patterns().items() if one.startswith(roots)}
        return {pattern: count for pattern, count in found.items() if self._names.allows(pattern)}

    def figures(self) -> PubSubFigures:
        """As `PubSub.figures`."""
        return self._pubsub.figures()

    def close(self) -> None:
        """Do nothing: others are in it, too."""

    def _out(self, name: str) -> str:
        # Patterns that begin with a wildcard must go on to match no topic that begins with `$`.
        return f"${self._root}/{name[1:]}" if name.startswith("$") else f"{self._root}/{name}"

    def _bare(self, name: str) -> str:
        start = len(self._root) + 1
        return f"${name[start + 1 :]}" if name.startswith("$") else name[start:]

    def _heard(self, pattern: str) -> str:
        if is_exact(check_pattern(pattern)):  # of what wildcards stand for, each message is looked at
            self._names.check(pattern)
        return self._out(pattern)

    def _told(self, message: Message) -> Message | None:
        """Return *message* as it is called inside; None where it is not for who listens."""
        topic = self._bare(message.topic)
        return replace(message, topic=topic) if self._names.allows(topic) else None


class _FencedSubscription:
    """A `Subscription` whose messages are told as the fence calls them."""

    def __init__(self, whole: Subscription, told: Callable[[Message], Message | None]) -> None:
        self._whole, self._told = whole, told

    @property
    def closed(self) -> bool:
        return self._whole.closed

    def get(self, timeout: float | None = None) -> Message | Gap | None:
        until = None if timeout is None else time.monotonic() + timeout
        while True:
            one = self._whole.get(None if until is None else max(0.0, until - time.monotonic()))
            if not isinstance(one, Message):
                return one
            if (told := self._told(one)) is not None:
                return told

    def __iter__(self) -> Iterator[Message | Gap]:
        while (one := self.get()) is not None:
            yield one

    def until_quiet(self, seconds: float) -> Iterator[Message | Gap]:
        while (one := self.get(seconds)) is not None:
            yield one

    def close(self) -> None:
        self._whole.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
