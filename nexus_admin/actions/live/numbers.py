"""Numbers of topics and streams as pages follow them: `numbers/{topic}`, `numbers/$stream/{stream}`, as they come.

Only numbers go to a page, by their names in the message; no text of it ever does. A topic is listened to while
somebody follows it, and what came is handed on some times a second at once: fifty messages are ten handings. A stream
is listened to in the same way: what is appended to it is a message.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any

from nexus_admin.access import Access
from nexus_admin.access.names import Names
from nexus_admin.actions.brokers.clients import FENCE
from nexus_admin.actions.brokers.contents import is_secret, names_secret
from nexus_admin.actions.brokers.parts import HOUSE, PAYLOAD, VIEW
from nexus_admin.actions.live.stream_ear import StreamEar
from nexus_admin.actions.live.topics import LiveTopic, News, Told
from nexus_admin.brokers.content import Content
from nexus_admin.brokers.pubsub import Listener, Message, PubSub
from nexus_admin.brokers.stream.protocol import Stream, StreamEvent
from nexus_admin.brokers.stream.reserved import LEDGER
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.address import segment
from nexus_admin.domain.errors import NexusError
from nexus_admin.sdk.providers import Services

NUMBERS = "numbers"
OWN = "$sys"
STREAM = "$stream"
"""What stands before the name of a stream, in the place of a topic."""
SUBSCRIBE = "client.topic.subscribe"
READ = "client.stream.read"
MOST_TOPICS = 200
"""That are listened to at once, streams among them."""
MOST_STREAMS = 20
"""Streams that are listened to at once: each is waited for by a thread of its own."""
MOST_OF_ONE, MOST_STREAMS_OF_ONE = 60, 8
"""Topics, and streams among them, that are listened to because one and the same person asked first: the others have
charts, too."""
MOST_POINTS = 200
"""Messages of one topic that are handed on at once; of more, the newest."""
MOST_NAMES = 40
"""Numbers of one message."""
MOST_LOOKED_AT = 200
"""Names on one level of a message."""
LONGEST_NAME = 100
"""Letters of a name on one level."""
LARGEST = 1.7e308
"""What is larger is no number that a page can draw; a whole number in a message has any length."""
PATIENCE = 20.0
"""Seconds for which a topic is listened to that nobody follows any more: a page that is drawn anew comes back."""

Point = tuple[float, Mapping[str, float]]
"""When a message came, in milliseconds since 1970, and its numbers by name."""


def numbers_of(value: Any) -> dict[str, float]:
    """Return the numbers in a message by name: `{"": 3}` for a bare one, `{"ask.price": 3}` for one within.

    The first `MOST_NAMES` of them, and none that is called after a secret: who may see contents sees dots there, too.
    """
    return dict(islice(_numbers_in(value, ""), MOST_NAMES))


def _numbers_in(value: Any, name: str) -> Iterator[tuple[str, float]]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        if abs(value) <= LARGEST:
            yield name, value
    elif isinstance(value, Mapping):
        for key, within in islice(value.items(), MOST_LOOKED_AT):
            if isinstance(key, str) and len(key) <= LONGEST_NAME and name.count(".") < 2 and not is_secret(key):
                yield from _numbers_in(within, f"{name}.{key}" if name else key)


class Numbers:
    """Listens to the topics and streams that pages follow, and keeps what came until it is handed on.

    Args:
        pubsub: Gives publish-subscribe, where there is one.
        clock: Seconds that only grow; tests give their own.
        stream: Gives the broker of streams, where there is one.
    """

    def __init__(
        self,
        pubsub: Callable[[], PubSub | None],
        clock: Callable[[], float] = time.monotonic,
        stream: Callable[[], Stream | None] = lambda: None,
    ) -> None:
        self._pubsub, self._clock, self._stream = pubsub, clock, stream
        self._lock = threading.RLock()  # last values are told by the thread that begins to listen
        self._heard: dict[str, tuple[Listener, float, str]] = {}
        self._points: dict[str, list[Point]] = {}
        self._closed = False

    def listen(self, topic: str, who: str = "") -> bool:
        """Listen to *topic* from now on, because *who* asks; return whether that can be done."""
        with self._lock:
            known = self._heard.get(topic)
            if known is not None:
                self._heard[topic] = known[0], self._clock(), known[2]
                return True
            if self._closed or not self._has_room(who):
                return False
            name, pubsub = stream_of(topic), self._pubsub()
            if name is None:
                return pubsub is not None and self._keep_listener(topic, who, lambda: pubsub.listen(self._hear, topic))
        return self._listen_to_stream(topic, name, who)

    def _has_room(self, who: str, *, streams: bool = False) -> bool:
        """Whether one more can be listened to, of all and of those that *who* asked for first; with the lock."""
        heard = [one for topic, (_, _, one) in self._heard.items() if not streams or stream_of(topic) is not None]
        most, most_of_one = (MOST_STREAMS, MOST_STREAMS_OF_ONE) if streams else (MOST_TOPICS, MOST_OF_ONE)
        return len(heard) < most and (not who or heard.count(who) < most_of_one)

    def _listen_to_stream(self, topic: str, name: str, who: str) -> bool:
        """As `listen`. Where a stream ends is read while nobody is kept waiting, who hands on."""
        stream = self._stream()
        with self._lock:
            full = not self._has_room(who, streams=True)
        if stream is None or full:
            return False
        try:
            ear = StreamEar(stream, name, partial(self._appended, topic))
        except NexusError:  # no stream is spelled like that
            return False
        with self._lock:
            if self._closed or topic in self._heard or not self._has_room(who, streams=True):  # as it is by now
                ear.close()
                return topic in self._heard
            return self._keep_listener(topic, who, lambda: ear)

    def _keep_listener(self, topic: str, who: str, begin: Callable[[], Listener]) -> bool:
        try:
            self._heard[topic] = begin(), self._clock(), who
        except NexusError:  # no topic is spelled like that
            return False
        return True

    def keep(self, followed: Collection[str]) -> None:
        """Let go of topics that nobody has followed for a while."""
        with self._lock:
            now = self._clock()
            for topic, (listener, at, who) in list(self._heard.items()):
                if topic in followed:
                    self._heard[topic] = listener, now, who
                elif now - at > PATIENCE:
                    listener.close()
                    del self._heard[topic]

    def take(self) -> dict[str, list[Point]]:
        """Return what came since the last time, by topic."""
        with self._lock:
            taken, self._points = self._points, {}
        return taken

    def close(self) -> None:
        """Let go of all, for good."""
        with self._lock:
            self._closed = True
            for listener, *_ in self._heard.values():
                listener.close()
            self._heard.clear()

    def _hear(self, message: Message) -> None:
        self._came(message.topic, message.content)

    def _appended(self, topic: str, event: StreamEvent) -> None:
        self._came(topic, event.content)

    def _came(self, topic: str, content: Content) -> None:
        try:
            found = numbers_of(content.value)
        except (NexusError, ValueError, RecursionError):
            return
        if not found:
            return
        with self._lock:
            points = self._points.setdefault(topic, [])
            points.append((time.time() * 1000, found))
            del points[:-MOST_POINTS]


def stream_of(topic: str) -> str | None:
    """Return the name of the stream that *topic* stands for, None for a topic."""
    first, _, name = topic.partition("/")
    return name if first == STREAM else None


def may_hear(access: Access, actor: Actor, topic: str) -> bool:
    """Whether somebody may see the numbers of a topic or a stream.

    The brokers' own figures whoever may see brokers; those of programs elsewhere whoever may subscribe to that name, or
    read that stream, as such a program; everything, whoever may see what brokers carry. What is called after a secret,
    and the ledger, whose values each reader sees under rights of their own: nobody.
    """
    stream = stream_of(topic)
    if names_secret(topic) or stream == LEDGER:
        return False
    right, (first, _, name) = (SUBSCRIBE, topic.partition("/")) if stream is None else (READ, stream.partition("."))
    sees = VIEW if first == OWN else PAYLOAD
    if access.decide(actor, VIEW, HOUSE).allowed and access.decide(actor, sees, HOUSE).allowed:
        return True
    return first == FENCE and bool(name) and Names(access.decisions, lambda: actor, right).allows(name)


def kind_of(services: Services, numbers: Numbers) -> LiveTopic:
    """Return the kind of topics that give numbers."""
    access = services.get(Access)

    def may_see(actor: Actor, names: tuple[str, ...]) -> bool:
        topic = "/".join(names)
        plain = bool(names) and all(name and not set(name) & set("+#/") for name in names)
        return plain and may_hear(access, actor, topic) and numbers.listen(topic, actor.id)

    def tell(actor: Actor, news: Sequence[News]) -> Iterator[Told]:
        for one in news:
            if may_hear(access, actor, one.value["topic"]):
                yield {"points": one.value["points"]}

    return LiveTopic(NUMBERS, may_see, tell, published=False)


def news_of(topic: str, points: Sequence[Point]) -> News:
    """Return what pages are told of what came."""
    return News("/".join((NUMBERS, *map(segment, topic.split("/")))), {"topic": topic, "points": points})
