"""Who else is on this record: `here/{source}/{resource}/{key}`, told to those who may be seen there themselves.

Whoever may read the row and its history is seen, and sees the others: history names people to all of them anyway.
Somebody who cannot see the others is not seen by them. Programs are nowhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nexus_admin.actions.live.rows import HERE, LiveRows
from nexus_admin.actions.live.topics import LiveTopic, News, Told, names_of
from nexus_admin.brokers.pubsub import PubSub
from nexus_admin.domain.actor import Actor
from nexus_admin.screens.marks import hue, initials
from nexus_admin.web.live.elsewhere import EVERY, Elsewhere, Person, each_once

if TYPE_CHECKING:
    from nexus_admin.web.live.connection import Connection
    from nexus_admin.web.live.hub import Hub

LINGERS = 2.0
"""Seconds for which somebody who went on to the next page of the record is still there."""
MOST = 20
"""People who are named; more are a crowd."""


def kind_of(rows: LiveRows) -> LiveTopic:
    """Return the kind of topics that say who is where."""

    def tell(actor: Actor, news: Sequence[News]) -> Iterator[Told]:
        last = {one.topic: one for one in news}
        for topic, one in last.items():
            if rows.may_be_seen(actor, names_of(topic) or ()):
                yield {"people": [who for who in one.value if who["id"] != actor.id]}

    return LiveTopic(HERE, rows.may_be_seen, tell)


class Presence:
    """Says in each place who is there, when somebody comes or has gone: on the pages of this process, and of others.

    Args:
        hub: Who follows a place is there.
        pubsub: How other processes are told, and tell.
    """

    def __init__(self, hub: Hub, pubsub: PubSub) -> None:
        self._hub = hub
        self.elsewhere = Elsewhere(pubsub, self._here)

    async def run(self) -> None:
        """Say anew who is here, for ever, and forget whoever has long not been heard of."""
        self.elsewhere.say_all(ask=True)
        while True:
            await asyncio.sleep(EVERY)
            self.elsewhere.say_all()
            self._tell(self.elsewhere.forget())

    def heard(self, value: Mapping[str, Any]) -> None:
        """Take what another process said of who is there."""
        self._tell(self.elsewhere.hear(value))

    @staticmethod
    def is_place(topic: str) -> bool:
        """Whether to follow *topic* is to be somewhere."""
        return topic.startswith(f"{HERE}/")

    def moved(self, connection: Connection, changed: Iterable[str]) -> None:
        """A page came to some places and left others; those where it stays are told, too."""
        places = [one for one in changed if self.is_place(one)]
        self.left([one for one in places if one not in connection.topics])
        for topic in places:
            if topic in connection.topics:
                self._say(topic)

    def left(self, places: Iterable[str]) -> None:
        """A page left: said a moment later, since it may only go from the record to its form."""
        for topic in places:
            asyncio.get_running_loop().call_later(LINGERS, self._say, topic)

    def _say(self, topic: str) -> None:
        self.elsewhere.say(topic)
        self._tell([topic])

    def _tell(self, topics: Iterable[str]) -> None:
        for topic in topics:
            if self._hub.followers.at(topic):
                self._hub.say(topic, each_once([*self._here(topic), *self.elsewhere.at(topic)], MOST))

    def _here(self, topic: str) -> list[Person]:
        people = {one.actor.id: one.actor for one in self._hub.followers.at(topic) if one.actor.kind == "person"}
        return [_known(one) for one in list(people.values())[:MOST]]


def _known(actor: Actor) -> dict[str, Any]:
    name = actor.name or actor.email
    return {"id": actor.id, "name": name, "initials": initials(name), "hue": hue(name)}
