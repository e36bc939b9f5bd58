"""What publishing and subscribing are on every engine, and what travels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any, Literal, Protocol, Self

from nexus_admin.brokers.content import Content
from nexus_admin.domain.dataclass import dataclass

Capability = Literal["retain", "shared"]
"""`retain`: last values stay and are told to who comes later. `shared`: other processes hear too."""


@dataclass(frozen=True, slots=True)
class Message:
    """What was published.

    Args:
        topic: Where; never a pattern.
        content: Its bytes and their type.
        retained: It had been there before the subscription: a last value, not news.
    """

    topic: str
    content: Content
    retained: bool = False

    @property
    def value(self) -> Any:
        """What was published, made anew: JSON as Python has it, bytes as bytes, or a `Content` of another type."""
        return self.content.value


@dataclass(frozen=True, slots=True)
class Gap:
    """In this place so many messages were dropped, because they came faster than they were taken.

    0 says that some may have been missed on the way from another process, nobody knows how many; perhaps none.
    """

    lost: int


@dataclass(frozen=True, slots=True)
class PubSubFigures:
    """How it is doing, since it was made.

    Args:
        subscriptions: Open ones, listeners included.
        retained: Topics that have a last value, and
        retained_bytes: what these values take.
        published: Messages that were published.
        delivered: Messages that reached a buffer or a listener, each counted once for each of them.
        dropped: Of these, those that a full buffer let go.
        failed: Calls of listeners that raised.
    """

    subscriptions: int
    retained: int
    retained_bytes: int
    published: int
    delivered: int
    dropped: int
    failed: int


class Subscription(Protocol):
    """Messages wait in it until they are taken, by one thread or several: each comes to one of them.

    In a `with` it is closed at the end.
    """

    @property
    def closed(self) -> bool:
        """Whether nothing comes any more; what waits can still be taken."""
        ...

    def get(self, timeout: float | None = None) -> Message | Gap | None:
        """Return what comes next, waiting up to *timeout* seconds or, without one, until something comes.

        Returns:
            A message; a `Gap` in the place of those that were dropped; None where nothing came in time, or
            nothing will because it is closed.
        """
        ...

    def __iter__(self) -> Iterator[Message | Gap]:
        """Give what comes until it is closed."""
        ...

    def until_quiet(self, seconds: float) -> Iterator[Message | Gap]:
        """Give what comes until nothing does for so many *seconds*."""
        ...

    def close(self) -> None:
        """End it; who waits in `get` wakes up. Twice is once."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Listener(Protocol):
    """A function that is called with each message, until it is closed."""

    def close(self) -> None:
        """End it. A call that has begun elsewhere may still be at work."""
        ...


class PubSub(Protocol):
    """Tells those who are there. At most once, and in the order of each publisher: a thread that publishes.

    Topics come into being by being used. Patterns may have wildcards; see `topics`.
    """

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What this engine can do."""
        ...

    def publish(self, topic: str, payload: Any, *, retain: bool = False, ttl: float | None = None) -> int:
        """Tell everybody who subscribed to *topic*.

        Args:
            topic: One topic, without wildcards.
            payload: Bytes, a `Content`, or what JSON can say.
            retain: Keep it as the last value of the topic, for who subscribes later. An empty payload, `b""`,
                is told like any other, and takes the last value away.
            ttl: Seconds that the last value is kept; None keeps it.

        Returns:
            How many subscriptions and listeners of this process it went to, each once.

        Raises:
            BadTopic: that is no topic.
            BadRequest: a lifetime that is none, or without *retain*.
            Invalid: the payload is neither bytes nor JSON.
            TooLarge: it has more bytes than one may have, or there is no room for more last values.
            Refused: this is closed.
        """
        ...

    def subscribe(self, *patterns: str, buffer: int = 1024) -> Subscription:
        """Let what is published to any of *patterns* from now on wait for whoever asks, the last values first.

        Args:
            patterns: One or more; a message that several match comes once.
            buffer: Messages that may wait. Of more, the oldest is dropped, and a `Gap` tells how many were.

        Raises:
            BadTopic: one of them is no pattern.
            BadRequest: there is none, or no room to wait.
            Refused: this is closed.
        """
        ...

    def listen(
        self, call: Callable[[Message], object], *patterns: str, missed: Callable[[], object] | None = None
    ) -> Listener:
        """Call *call* with what is published to any of *patterns* from now on, the last values first.

        It is called by whoever publishes, on their thread, or by whoever brings the messages of other processes, so
        it must be quick: hand over, wake up, no more. Of two publishers at once, both may call it at once. What it
        raises is logged, and nobody else's matter. *missed* is called in the place of a `Gap` of 0.

        Raises: as `subscribe`.
        """
        ...

    def patterns(self) -> Mapping[str, int]:
        """Return what is subscribed to in this process, each with how many subscriptions and listeners it has."""
        ...

    def figures(self) -> PubSubFigures:
        """Return how it is doing."""
        ...

    def close(self) -> None:
        """End every subscription; later calls are refused."""
        ...
