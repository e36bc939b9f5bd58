"""The last values of topics: one for each, for as long as it says, in a bounded room."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nexus_admin.brokers.content import Content
from nexus_admin.brokers.pubsub.protocol import Message
from nexus_admin.brokers.pubsub.topics import is_exact, matcher
from nexus_admin.domain.errors import TooLarge

OVERHEAD = 320
"""What a last value takes in CPython beside its topic and payload, in bytes."""
REMEMBERED = 4_096
"""Topics whose newest version is remembered, where an engine has versions."""


class Retained:
    """Last values by topic. Not for several threads at once.

    Args:
        most_bytes: What they may take: for each, its topic and payload in bytes and `OVERHEAD`. Nothing is dropped
            to make room for more, for nobody would know that it was.
        clock: Seconds that only grow.
    """

    def __init__(self, most_bytes: int, clock: Callable[[], float]) -> None:
        self._most_bytes = most_bytes
        self._clock = clock
        self._kept: dict[str, tuple[Message, float | None]] = {}
        self._versions: dict[str, int] = {}
        self.bytes = 0

    def __len__(self) -> int:
        self._sweep()
        return len(self._kept)

    def check_room(self, topic: str, content: Content) -> None:
        """Raise where *content* has no room in the place of what there is.

        Raises:
            TooLarge: says so.
        """
        if content.data and self._more(topic, content) > self._most_bytes - self.bytes:
            self._sweep()
            if self._more(topic, content) > self._most_bytes - self.bytes:
                raise TooLarge(
                    f"There is no room for a last value of {topic!r}: all may take {self._most_bytes:,} bytes. "
                    "Take others away by publishing an empty payload, or let them end."
                )

    def put(self, topic: str, content: Content, ttl: float | None) -> None:
        """Keep *content* in the place of what there is; if it is empty, keep nothing."""
        self._drop(topic)
        if content.data:
            message = Message(topic, content, retained=True)
            self._kept[topic] = (message, None if ttl is None else self._clock() + ttl)
            self.bytes += _cost(message)

    def is_latest(self, topic: str, version: int, upto: int | None = None) -> bool:
        """Say whether *version* of *topic* is later than all that came lately, and remember it where it is.

        Two versions may come in the other order within a moment, never later; so the newest `REMEMBERED` are enough.

        Args:
            topic: Whose.
            version: Which.
            upto: What is up to here does not count: *version* was read after all of it.
        """
        before = self._versions.pop(topic, 0)
        latest = before <= upto if upto is not None else before < version
        self._versions[topic] = max(before, version)
        while len(self._versions) > REMEMBERED:
            del self._versions[next(iter(self._versions))]
        return latest

    def contents(self) -> dict[str, Content]:
        """Return all of them by topic."""
        self._sweep()
        return {topic: message.content for topic, (message, _ends) in self._kept.items()}

    def fitting(self, patterns: tuple[str, ...]) -> Iterator[Message]:
        """Give the last values of the topics that any of *patterns* matches, each once.

        Looks one up for exact patterns, and through all of them once where there is a wildcard.
        """
        exact = dict.fromkeys(one for one in patterns if is_exact(one))
        for topic in exact:
            found = self._kept.get(topic)
            if found is not None and not self._over(found[1]):
                yield found[0]
        wild = [matcher(one) for one in patterns if one not in exact]
        if wild:
            self._sweep()
            for topic, (message, _ends) in self._kept.items():
                if topic not in exact and any(fits(topic) for fits in wild):
                    yield message

    def _more(self, topic: str, content: Content) -> int:
        before = self._kept.get(topic)
        return _cost(Message(topic, content)) - (0 if before is None else _cost(before[0]))

    def _over(self, ends: float | None) -> bool:
        return ends is not None and ends <= self._clock()

    def _sweep(self) -> None:
        for topic in [topic for topic, (_message, ends) in self._kept.items() if self._over(ends)]:
            self._drop(topic)

    def _drop(self, topic: str) -> None:
        gone = self._kept.pop(topic, None)
        if gone is not None:
            self.bytes -= _cost(gone[0])


def _cost(message: Message) -> int:
    return OVERHEAD + len(message.topic.encode()) + len(message.content.data)
