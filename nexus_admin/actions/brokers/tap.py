"""A tap on publish-subscribe: the newest messages and how often each topic comes, for as long as somebody looks.

It listens from the first look on and lets go a minute after the last one, so that nobody pays for it meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from nexus_admin.brokers.content import Content
from nexus_admin.brokers.pubsub import Listener, Message, PubSub
from nexus_admin.domain.dataclass import dataclass

MOST = 200
"""Messages that are kept, and
MOST_BYTES = 16 * 1024, bytes of each that are."""
MOST_BYTES = 16 * 1024
MOST_TOPICS = 2_000
OWN = "$sys"
"""What the topics of the brokers' own figures begin with; of each only the newest message is kept."""
HEARS = ("#", f"{OWN}/#")
PATIENCE = 60.0
"""Seconds without a look after which it lets go."""
WINDOW = 60.0


@dataclass(frozen=True, slots=True)
class Tapped:
    """A message that came.

    Args:
        number: Greater ones came later.
        at: Seconds since the epoch.
        size: Bytes of its payload, of which `message` may hold fewer.
    """

    number: int
    at: float
    message: Message
    size: int


class Tap:
    """Listens while somebody looks.

    Args:
        pubsub: To what.
        clock: Seconds that only grow; tests give their own.
    """

    def __init__(self, pubsub: PubSub, clock: Callable[[], float] = time.monotonic) -> None:
        self._pubsub, self._clock = pubsub, clock
        self._lock = threading.RLock()  # what comes while it begins to listen is told by this very thread
        self._listener: Listener | None = None
        self._looked = self._since = 0.0
        self._number = 0
        self._newest: deque[Tapped] = deque(maxlen=MOST)
        self._own: dict[str, Tapped] = {}
        self._counts: OrderedDict[str, deque[float]] = OrderedDict()

    def look(self) -> None:
        """Listen from now on, or go on listening."""
        with self._lock:
            self._looked = self._clock()
            if self._listener is not None:
                return
            self._since = self._looked
            self._counts.clear()
            self._listener = self._pubsub.listen(self._hear, *HEARS)

    def newest(self, fits: Callable[[str], bool], limit: int) -> list[Tapped]:
        """Return the newest messages of topics that fit, the newest first."""
        with self._lock:
            found = sorted((*self._newest, *self._own.values()), key=lambda one: one.number, reverse=True)
        return [one for one in found if fits(one.message.topic)][:limit]

    def own_figures(self) -> dict[str, Content]:
        """Return what was said last under each topic of the brokers' own figures."""
        with self._lock:
            return {topic: one.message.content for topic, one in self._own.items()}

    def rates(self) -> dict[str, float]:
        """Return how many messages a second each topic had within the last minute."""
        with self._lock:
            now = self._clock()
            span = min(max(now - self._since, 1.0), WINDOW)
            return {topic: sum(now - one <= WINDOW for one in times) / span for topic, times in self._counts.items()}

    @property
    def seconds(self) -> float:
        """How long it has been listening, up to a minute."""
        return min(self._clock() - self._since, WINDOW)

    @property
    def listens(self) -> bool:
        """Whether it is one of the subscribers now."""
        return self._listener is not None

    def close(self) -> None:
        """Let go."""
        with self._lock:
            self._let_go()

    def _hear(self, message: Message) -> None:
        if message.retained:
            return
        with self._lock:
            now = self._clock()
            if now - self._looked > PATIENCE:
                self._let_go()
                return
            self._number += 1
            size = len(message.content.data)
            if size > MOST_BYTES:
                message = Message(message.topic, Content(message.content.data[:MOST_BYTES], "text/plain"))
            tapped = Tapped(self._number, time.time(), message, size)
            if message.topic.partition("/")[0] == OWN:
                self._own[message.topic] = tapped
                return
            self._newest.append(tapped)
            self._counts.setdefault(message.topic, deque(maxlen=10_000)).append(now)
            self._counts.move_to_end(message.topic)
            if len(self._counts) > MOST_TOPICS:
                self._counts.popitem(last=False)

    def _let_go(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        self._newest.clear()
        self._own.clear()
        self._counts.clear()
