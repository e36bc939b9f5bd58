"""A part of publish-subscribe: the topics below `app`, and below `$app` those that begin with `$`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from nexus_admin.brokers.pubsub.protocol import (
    Capability,
    Gap,
    Listener,
    Message,
    PubSub,
    PubSubFigures,
    Subscription,
)
from nexus_admin.brokers.pubsub.topics import check_pattern, check_topic


class FencedPubSub:
    """A `PubSub` whose topics are those of *pubsub* below *root*. Its figures are those of the whole.

    Closing it ends nothing, for it is not the whole.
    """

    def __init__(self, pubsub: PubSub, root: str) -> None:
        self._pubsub, self._root = pubsub, root

    @property
    def capabilities(self) -> frozenset[Capability]:
        """As `PubSub.capabilities`."""
        return self._pubsub.capabilities

    def publish(self, topic: str, payload: Any, *, retain: bool = False, ttl: float | None = None) -> int:
        """As `PubSub.publish`."""
        return self._pubsub.publish(self._out(check_topic(topic)), payload, retain=retain, ttl=ttl)

    def subscribe(self, *patterns: str, buffer: int = 1024) -> Subscription:
        """As `PubSub.subscribe`."""
        outside = [self._out(check_pattern(one)) for one in patterns]
        return _FencedSubscription(self._pubsub.subscribe(*outside, buffer=buffer), self._inner)

    def listen(
        self, call: Callable[[Message], object], *patterns: str, missed: Callable[[], object] | None = None
    ) -> Listener:
        """As `PubSub.listen`."""
        outside = [self._out(check_pattern(one)) for one in patterns]
        return self._pubsub.listen(lambda message: call(self._inner(message)), *outside, missed=missed)

    def patterns(self) -> Mapping[str, int]:
        """As `PubSub.patterns`."""
        roots = (f"{self._root}/", f"${self._root}/")
        return {self._bare(one): count for one, count in self._pubsub.patterns().items() if one.startswith(roots)}

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

    def _inner(self, message: Message) -> Message:
        return replace(message, topic=self._bare(message.topic))


class _FencedSubscription:
    """A `Subscription` whose messages are told as the fence calls them."""

    def __init__(self, whole: Subscription, inner: Callable[[Message], Message]) -> None:
        self._whole, self._inner = whole, inner

    @property
    def closed(self) -> bool:
        return self._whole.closed

    def get(self, timeout: float | None = None) -> Message | Gap | None:
        one = self._whole.get(timeout)
        return self._inner(one) if isinstance(one, Message) else one

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
