"""Who is told in this process, and the last values that they are told first: the same for every engine.

One lock guards who subscribed and the last values; it is held to find who is told, not while they are told.
Only a last value is told to buffers below it, so that of two at once the one that stays is also told last.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from nexus_admin.brokers.content import Content
from nexus_admin.brokers.pubsub.checking import checked
from nexus_admin.brokers.pubsub.protocol import Message, PubSubFigures
from nexus_admin.brokers.pubsub.receiving import Buffered, Called
from nexus_admin.brokers.pubsub.retained import Retained
from nexus_admin.brokers.pubsub.trie import Matches
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import Refused

Told = tuple[Buffered | Called, ...]


@dataclass(frozen=True, slots=True)
class LastValue:
    """A last value as an engine keeps it elsewhere.

    Args:
        content: The value.
        ttl: Seconds that it has left; None stays.
        version: Greater is later, of all topics together.
    """

    content: Content
    ttl: float | None
    version: int


class Home:
    """The subscriptions, listeners and last values of this process.

    Args:
        most_retained: What all last values may take, in bytes, as `Retained` counts.
        clock: Seconds that only grow.
    """

    def __init__(self, most_retained: int, clock: Callable[[], float]) -> None:
        self._lock = threading.Lock()
        self._matches: Matches[Buffered | Called] = Matches()
        self._open: dict[Buffered | Called, None] = {}
        self._retained = Retained(most_retained, clock)
        self._closed = False
        self._published = self._delivered = self._dropped = self._failed = 0

    # ── telling ──────────────────────────────────────────────────────────────────────────────

    def tell(self, message: Message, *, published: int = 1) -> int:
        """Tell everybody who subscribed; return how many they are.

        Args:
            message: What was published.
            published: As how many it counts: one that comes from elsewhere was counted there.
        """
        with self._lock:
            self.check_open()
            self._published += published
            told = self._matches.of(message.topic)
        for one in told:
            one.deliver(message)
        return len(told)

    def keep(self, message: Message, ttl: float | None, *, version: int | None = None, published: int = 1) -> Told:
        """Keep a last value and let it wait in every buffer that it concerns; return whom it was for, for `call`.

        Args:
            message: The last value.
            ttl: Seconds that it lives.
            version: Where it is kept elsewhere too. One that a later one has overtaken is kept and told no more.
            published: As in `tell`.

        Raises:
            TooLarge: there is no room; never for one with a version, which is there already.
        """
        with self._lock:
            self.check_open()
            if version is None:
                self._retained.check_room(message.topic, message.content)
            self._published += published
            if version is not None and not self._retained.is_latest(message.topic, version):
                return ()
            self._retained.put(message.topic, message.content, ttl)
            return self._into_buffers(message)

    def check_room(self, message: Message) -> None:
        """Raise TooLarge where there is no room for *message* as a last value."""
        with self._lock:
            self._retained.check_room(message.topic, message.content)

    def take_over(self, values: Mapping[str, LastValue], upto: int) -> None:
        """Take *values* for the last values, and tell what that changes.

        Args:
            values: By topic.
            upto: What has a later version than this is newer than *values*, and stays.
        """
        changed: list[tuple[Told, Message]] = []
        with self._lock:
            before = self._retained.contents()
            for topic in before.keys() | values.keys():
                value = values.get(topic, LastValue(Content(b""), None, upto))
                if not self._retained.is_latest(topic, value.version, upto):
                    continue
                self._retained.put(topic, value.content, value.ttl)
                if value.content != before.get(topic):
                    message = Message(topic, value.content, retained=True)
                    changed.append((self._into_buffers(message), message))
        for told, message in changed:
            call(told, message)

    def missed(self) -> None:
        """Tell everybody that messages may have been missed in this place, nobody knows how many."""
        with self._lock:
            everybody = list(self._open)
        for one in everybody:
            one.missed()

    def _into_buffers(self, message: Message) -> Told:
        told = self._matches.of(message.topic)
        for one in told:
            if isinstance(one, Buffered):
                one.deliver(message)
        return told

    # ── who is there ─────────────────────────────────────────────────────────────────────────

    def subscribe(self, patterns: tuple[str, ...], buffer: int) -> Buffered:
        """As `PubSub.subscribe`."""
        one = Buffered(checked(patterns), buffer, self._forget)
        self._add(one)
        return one

    def listen(
        self, call: Callable[[Message], object], patterns: tuple[str, ...], missed: Callable[[], object] | None
    ) -> Called:
        """As `PubSub.listen`."""
        one = Called(checked(patterns), call, self._forget, missed)
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

    def check_open(self) -> None:
        """Raise Refused where this is closed."""
        if self._closed:
            raise Refused("Publish-subscribe is closed: the application is stopping.")

    def _add(self, one: Buffered | Called) -> None:
        """Hand *one* the last values, and let it be found: in one step, so that it misses none and hears none twice."""
        with self._lock:
            self.check_open()
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


def call(told: Iterable[Buffered | Called], message: Message) -> None:
    """Call the listeners among those whom a last value was for; nothing is held meanwhile."""
    for one in told:
        if isinstance(one, Called):
            one.deliver(message)
