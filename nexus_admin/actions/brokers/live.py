"""`brokers/…` as pages follow them: told that something moved, never what; the page asks under its own rights.

Brokers change thousands of times a second, in this process and in others on the same state. So nothing is published
for each change: while somebody follows, what has figures is looked at a few times a second, whoever changed it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from nexus_admin.access import Access
from nexus_admin.actions.brokers.parts import HOUSE, VIEW, brokers_of
from nexus_admin.actions.brokers.seen_stream import LOOK
from nexus_admin.actions.live.topics import LiveTopic, News, Told, names_of, topic_of
from nexus_admin.brokers.pubsub import PubSub
from nexus_admin.brokers.queue.protocol import Queue
from nexus_admin.brokers.store.protocol import Store
from nexus_admin.brokers.stream.protocol import Stream
from nexus_admin.brokers.stream.reserved import LEDGER
from nexus_admin.domain.actor import Actor
from nexus_admin.sdk.providers import Services

BROKERS = "brokers"
AGAIN = 5.0
"""Seconds after which a page looks again where nothing moved: ages go on, and rates go down."""

ALONE = topic_of(BROKERS, "streams", LEDGER)
"""Told to who follows just this: to look at a list is itself an entry of the ledger, and would be told of at once."""

Marks = Mapping[str, Any]
"""By topic, what differs once something has moved there."""


def kind_of(services: Services) -> LiveTopic:
    """Return the kind of topics that say that a broker moved.

    Whoever may see brokers may follow all of them, but for the ledger's stream: that needs the right to it as well.
    """
    access = services.get(Access)

    def may_see(actor: Actor, names: tuple[str, ...]) -> bool:
        needed = (VIEW, LOOK) if names[:2] == ("streams", LEDGER) else (VIEW,)
        there = bool(names) and names[0] in brokers_of(services)
        return there and all(access.decide(actor, one, HOUSE).allowed for one in needed)

    def tell(actor: Actor, news: Sequence[News]) -> Iterator[Told]:
        if any(may_see(actor, names_of(one.topic) or ()) for one in news):
            yield {"what": "moved"}

    return LiveTopic(BROKERS, may_see, tell)


class Looks:
    """Remembers how brokers stood, and says which of them moved since.

    Args:
        services: Where the brokers are.
        clock: Seconds that only grow; tests give their own.
    """

    def __init__(self, services: Services, clock: Callable[[], float] = time.monotonic) -> None:
        self._services, self._clock = services, clock
        self._marks: dict[str, Any] = {}
        self._told: dict[str, float] = {}

    def moved(self, followed: Collection[str]) -> list[str]:
        """Return those of the topics in *followed* where something moved since the last look; in a thread.

        What was not looked at before counts as moved: nobody knows what happened since its page was drawn. So does
        what nobody was told of for a while: ages go on where nothing else does.
        """
        changed = self._changed({topic.split("/")[1] for topic in followed if "/" in topic})
        now = self._clock()
        found = [
            topic
            for topic in followed
            if now - self._told.get(topic, -AGAIN) >= AGAIN
            or any(one == topic or (one != ALONE and one.startswith(f"{topic}/")) for one in changed)
        ]
        self._told = {one: self._told[one] for one in followed if one in self._told} | dict.fromkeys(found, now)
        return found

    def forget(self) -> None:
        """Forget how they stood: nobody follows any more."""
        self._marks.clear()
        self._told.clear()

    def _changed(self, names: Collection[str]) -> set[str]:
        there = brokers_of(self._services)
        before, self._marks = self._marks, {}
        for name in names:
            if name in there:
                self._marks.update(_MARKS[name](there[name]))
        return {one for one in {*before, *self._marks} if before.get(one) != self._marks.get(one)}


def _queues(queue: Queue) -> Marks:
    return {
        topic_of(BROKERS, "queues", one.queue): (dict(one.counts), one.held, one.pushed, one.done, one.failed)
        for one in queue.figures()
    }


def _streams(stream: Stream) -> Marks:
    return {
        topic_of(BROKERS, "streams", one.stream): (
            one.head, one.events, [(each.group, each.behind, each.parked) for each in stream.groups(one.stream)]
        )
        for one in stream.figures()
    }  # fmt: skip


def _topics(pubsub: PubSub) -> Marks:
    return {f"{BROKERS}/topics/all": pubsub.figures()}


def _store(store: Store) -> Marks:
    figures = store.figures()  # how often it was asked is no news: to look is to ask
    return {f"{BROKERS}/store/all": (figures.keys, figures.bytes)}


_MARKS: Mapping[str, Callable[[Any], Marks]] = {
    "queues": _queues, "streams": _streams, "topics": _topics, "store": _store,
}  # fmt: skip
