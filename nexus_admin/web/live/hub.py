"""The hub: takes what was published, asks for each viewer what they may hear, and hands it to their pages.

It lives on the event loop and waits for nothing there: who publishes only leaves the news and rings; looking rows up
happens in threads, few at once, so that pages are served meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from itertools import accumulate, islice
from typing import Any

import anyio
from anyio.to_thread import run_sync

from nexus_admin.actions.brokers import live as broker_live
from nexus_admin.actions.live import numbers as live_numbers
from nexus_admin.actions.live.feeds import Feeds, Missed, Table
from nexus_admin.actions.live.rows import LiveRows
from nexus_admin.actions.live.topics import LiveTopic, LiveTopics, News, names_of, topic_of
from nexus_admin.actions.telling import ROWS
from nexus_admin.brokers.pubsub import Message, PubSub
from nexus_admin.brokers.stream import Stream
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.web.live import elsewhere, wire
from nexus_admin.web.live.connection import Connection
from nexus_admin.web.live.flow import Flow
from nexus_admin.web.live.followers import Followers
from nexus_admin.web.live.presence import Presence, kind_of
from nexus_admin.web.live.pulse import Pulse
from nexus_admin.web.live.recent import Recent, Stamped
from nexus_admin.web.live.watching import Watch

THREADS = 4
"""In which rows are looked up, at once."""
PEOPLE = 64
"""Viewers that one thread looks after before others are told."""
MOMENT = 0.005
"""Seconds for which the hub gathers what one call has changed, before it asks who may hear it."""
MOST_PENDING = 50_000
"""News that wait for the hub; of more, every page reads anew."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Ask:
    """What one viewer is to be asked for: whether they may hear this news of a topic that they follow."""

    actor: Actor
    kind: LiveTopic
    topic: str
    news: list[News]
    at: float
    pages: list[Connection]

    def words(self) -> str:
        """Word what they may hear; "" for nothing, and where that cannot be said. In a thread."""
        try:
            told = list(islice(self.kind.tell(self.actor, self.news), wire.MOST_NEWS + 1))
            return wire.news(self.topic, told, self.at) if told else ""
        except Exception:
            log.exception("What %s is told of %s could not be said.", self.actor.id, self.topic)
            return ""


class Hub:
    """Knows every open page of this process. Made once, with the app.

    Args:
        kernel: Started before the first page follows.
    """

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self.followers = Followers()
        self.presence: Presence
        self._recent = Recent()
        self._pending: deque[Stamped] = deque()
        self._taken = self._recent.now()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._bell = asyncio.Event()
        self._threads: anyio.CapacityLimiter | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._workers: list[asyncio.Task[None]] = []
        self._heard: set[str] = set()
        self._rung = False
        find = kernel.services.find
        pubsub, stream = partial(find, PubSub), partial(find, Stream)  # type: ignore[type-abstract]
        self._numbers = live_numbers.Numbers(pubsub, stream=stream)

    # ── what is published; any thread ────────────────────────────────────────────────────────

    def begin(self) -> None:
        """Take up work: the kernel has started. What is published from now on is heard."""
        services = self._kernel.services
        services.put(Hub, self)
        self.presence = Presence(self, services.get(PubSub))  # type: ignore[type-abstract]
        self._kinds.add(kind_of(services.get(LiveRows)))
        self._kinds.add(broker_live.kind_of(services))
        self._kinds.add(live_numbers.kind_of(services, self._numbers))
        services.get(Feeds).join(self._tables, self._elsewhere)
        self.listen()

    def listen(self) -> None:
        """Hear what is published of every kind of topic that there is by now."""
        pubsub = self._kernel.services.get(PubSub)  # type: ignore[type-abstract]
        if not self._heard:
            pubsub.listen(self._others_are, elsewhere.TOPIC, missed=self._missed)
        for kind in self._kinds:
            if kind.published and kind.prefix not in self._heard:
                self._heard.add(kind.prefix)
                pubsub.listen(self._arrived, f"{kind.prefix}/#")

    @property
    def _kinds(self) -> LiveTopics:
        return self._kernel.services.get(LiveTopics)

    def _arrived(self, message: Message) -> None:
        self.arrive(News(message.topic, message.value))

    def arrive(self, news: News) -> None:
        """Take what has happened; from any thread."""
        stamped = self._recent.add(news)
        if self._loop is not None:
            self._pending.append(stamped)
            self._ring(self._loop)

    def _tables(self) -> set[Table]:
        """Return the tables that pages follow; in any thread."""
        names = (names_of(topic) or () for topic in self.followers.below(ROWS))
        return {(one[0], one[1]) for one in names if len(one) > 1}

    def _elsewhere(self, told: News | Missed) -> None:
        """Take what another program changed past Nexus, or that it may have."""
        if isinstance(told, Missed):
            self._recent.forget()
            place = topic_of(ROWS, *filter(None, (told.source, told.resource)))
            self._on_the_loop(self._anew, place, wire.LOOK if told.began else wire.GAP)
        else:
            self.arrive(told)

    def _anew(self, place: str, text: str) -> None:
        """Have each page that follows anything of *place* read anew what it shows."""
        for connection in self.followers:
            if any(f"{topic}/".startswith(f"{place}/") for topic in connection.topics):
                connection.offer(text)

    def _others_are(self, message: Message) -> None:
        """Another process says who is on its pages."""
        self._on_the_loop(self.presence.heard, message.value)

    def _missed(self) -> None:
        """What other processes published may not have come here: every page reads anew what it shows."""
        self._recent.forget()
        self._on_the_loop(self._all_anew)

    def _on_the_loop(self, do: Callable[..., object], *given: Any) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended meanwhile, and nobody follows any more
                self._loop.call_soon_threadsafe(do, *given)

    def _ring(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wake the hub, once until it looks: it looks after it has taken the mark away."""
        if not self._rung:
            self._rung = True
            with suppress(RuntimeError):  # the loop has ended meanwhile, and nobody follows any more
                loop.call_soon_threadsafe(self._bell.set)

    # ── pages; the event loop ────────────────────────────────────────────────────────────────

    @contextmanager
    def opened(self, actor: Actor, cookie: str, ring: Callable[[], None]) -> Iterator[Connection]:
        """Have a page follow, for as long as the context lasts.

        Raises:
            TooManyRequests: too many do.
        """
        self._wake()
        connection = Connection(actor, cookie, ring)
        self.followers.add(connection)
        try:
            yield connection
        finally:
            here = [one for one in connection.topics if self.presence.is_place(one)]
            self.followers.remove(connection)
            self.presence.left(here)

    async def follow(self, connection: Connection, wish: wire.Wish) -> None:
        """Let a page follow what it may of what it wants, and tell it what it has missed of that."""
        allowed = await self.work(partial(self.allowed, connection.actor, wish.topics))
        if connection.ended or connection not in self.followers:
            return
        changed = self.followers.follow(connection, allowed)
        until = self._taken  # what came later is handed to it like to all
        connection.offer(wire.following(allowed, self._recent.now()))
        self.presence.moved(connection, changed)
        if wish.since is None or not allowed:
            return
        missed = self._recent.between(wish.since, until)
        if missed is None:
            connection.offer(wire.GAP)
            return
        await self._tell(self._asks(missed, connection))

    def allowed(self, actor: Actor, topics: Iterable[str]) -> list[str]:
        """Return those of *topics* that the actor may follow; in a thread."""
        found = []
        for topic in topics:
            kind, names = self._kinds.of(topic), names_of(topic)
            if kind is not None and names is not None and kind.may_see(actor, names):
                found.append(topic)
        return found

    async def work(self, work: Callable[[], Any]) -> Any:
        """Do *work* in one of the hub's threads."""
        if self._threads is None:
            self._threads = anyio.CapacityLimiter(THREADS)
        return await run_sync(work, limiter=self._threads)

    def close(self) -> None:
        """End every page's following: the server stops. They will come back on their own."""
        for connection in self.followers:
            connection.end(1012)
        if self._workers:
            self.presence.elsewhere.leave()
        for task in self._workers:
            task.cancel()
        self._workers = []
        self._numbers.close()
        self._loop = None

    # ── telling ──────────────────────────────────────────────────────────────────────────────

    def say(self, topic: str, value: Any) -> None:
        """Tell of something that concerns open pages alone, such as who looks at a row."""
        self._pending.append((self._recent.now(), News(topic, value)))
        self._bell.set()

    def tell(self, topic: str) -> None:
        """Tell that something moved in *topic*; a page that comes a moment later hears of it, too."""
        self._pending.append(self._recent.add(News(topic, None)))
        self._bell.set()

    def _wake(self) -> None:
        """Begin to work on this event loop, with the first page."""
        loop = asyncio.get_running_loop()
        if self._loop is loop:
            return
        self.listen()
        self._loop, self._bell, self._threads = loop, asyncio.Event(), None
        self._taken = self._recent.now()
        watch, pulse = Watch(self, self._kernel.access), Pulse(self, broker_live.Looks(self._kernel.services))
        flow = Flow(self, self._numbers)
        self._workers = [self.start(one) for one in (self._run(), watch.run(), pulse.run(), flow.run())]

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Let *work* go on beside."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _run(self) -> None:
        while True:
            await self._bell.wait()
            await asyncio.sleep(MOMENT)
            self._bell.clear()
            self._rung = False
            if len(self._pending) > MOST_PENDING:
                self._all_anew()
                continue
            found = [self._pending.popleft() for _ in range(len(self._pending))]
            self._taken = max((self._taken, *(stamp for stamp, _ in found)))
            await self._tell(self._asks(found))

    def _all_anew(self) -> None:
        self._pending.clear()
        self._taken = self._recent.now()
        for connection in self.followers:
            connection.offer(wire.GAP)

    def _asks(self, found: Iterable[Stamped], only: Connection | None = None) -> list[Ask]:
        """Return who is to be asked for what; nobody has been told anything yet."""
        by_topic: dict[str, list[Stamped]] = {}
        for one in found:
            for followed in accumulate(one[1].topic.split("/"), "{}/{}".format):
                if self.followers.at(followed):
                    by_topic.setdefault(followed, []).append(one)
        asks = []
        for topic, stamped in by_topic.items():
            kind, people = self._kinds.of(topic), dict[Actor, list[Connection]]()
            for connection in self.followers.at(topic) if kind is not None else ():
                if only in (None, connection):
                    people.setdefault(connection.actor, []).append(connection)
            news, at = [one for _, one in stamped], stamped[-1][0]
            asks += [Ask(actor, kind, topic, news, at, pages) for actor, pages in people.items() if kind is not None]
        return asks

    async def _tell(self, asks: Sequence[Ask]) -> None:
        """Ask for each viewer what they may hear, some viewers at a time, and hand it to their pages."""
        async with anyio.create_task_group() as group:
            for at in range(0, len(asks), PEOPLE):
                group.start_soon(self._tell_some, asks[at : at + PEOPLE])

    async def _tell_some(self, asks: Sequence[Ask]) -> None:
        for ask, text in zip(asks, await self.work(lambda: [one.words() for one in asks]), strict=True):
            for connection in ask.pages if text else ():
                if ask.topic in connection.topics:  # it may have gone on meanwhile
                    connection.offer(text)
