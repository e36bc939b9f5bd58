"""Who is on the pages of other processes: each says who is on its own, anew every so often, and hears the others.

Nothing of it is kept anywhere. Of a process that was killed nothing comes any more, so its people go after a while.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from nexus_admin.brokers.pubsub import PubSub
from nexus_admin.domain.ids import new_ulid

TOPIC = "$here"
EVERY = 20.0
"""Seconds between two times that a process says who is on its pages."""
KEPT = 50.0
"""Seconds for which that is believed."""
AT_ONCE = 50
"""Places that one message tells of."""

Person = Mapping[str, Any]
People = Sequence[Person]


class Elsewhere:
    """What other processes said. Lives on the event loop.

    Args:
        pubsub: How processes tell each other.
        here: `here(place)`: who is there on the pages of this process.
        clock: Seconds that only grow; tests give their own.
    """

    def __init__(
        self, pubsub: PubSub, here: Callable[[str], People], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._pubsub, self._here, self._clock = pubsub, here, clock
        self._name = new_ulid()
        self._said: dict[str, People] = {}
        self._heard: dict[str, dict[str, tuple[People, float]]] = {}

    def at(self, place: str) -> list[Person]:
        """Return who is at *place* in other processes."""
        return [one for people, until in self._heard.get(place, {}).values() if until > self._clock() for one in people]

    def say(self, place: str) -> None:
        """Tell the others who is at *place* here, if that is news; where nobody was before, ask who is there."""
        people, before = list(self._here(place)), list(self._said.get(place, ()))
        if people == before:
            return
        if people:
            self._said[place] = people
        else:
            del self._said[place]
        self._publish({place: people}, ask=not before)

    def say_all(self, *, ask: bool = False) -> None:
        """Tell the others of every place where somebody is."""
        places = iter(self._said.items())
        while some := dict(islice(places, AT_ONCE)):
            self._publish(some, ask=ask)

    def leave(self) -> None:
        """Tell the others that nobody is here any more."""
        self._said = dict.fromkeys(self._said, ())
        self.say_all()
        self._said.clear()

    def hear(self, value: Mapping[str, Any]) -> list[str]:
        """Take what a process said; return the places where that is news. What no process says is passed over."""
        if not _is_said(value) or value["by"] == self._name:
            return []
        news = []
        for place, people in value["at"].items():
            of_all = self._heard.setdefault(place, {})
            before, _ = of_all.pop(value["by"], ((), 0.0))
            if people:
                of_all[value["by"]] = (people, self._clock() + KEPT)
            if people != before:
                news.append(place)
            if not of_all:
                del self._heard[place]
        mine = {place: self._said[place] for place in value["at"] if place in self._said}
        if value["ask"] and mine:
            self._publish(mine)
        return news

    def forget(self) -> list[str]:
        """Believe no more what is too old; return the places where that is news."""
        now, gone = self._clock(), []
        for place, of_all in list(self._heard.items()):
            old = [one for one, (_, until) in of_all.items() if until <= now]
            for one in old:
                del of_all[one]
            if old:
                gone.append(place)
            if not of_all:
                del self._heard[place]
        return gone

    def _publish(self, at: Mapping[str, People], *, ask: bool = False) -> None:
        if "shared" in self._pubsub.capabilities:
            self._pubsub.publish(TOPIC, {"by": self._name, "at": at, "ask": ask})


def _is_said(value: Any) -> bool:
    """Whether a process of ours may have said so: on PostgreSQL, whoever may connect to our state can say anything."""
    if not isinstance(value, Mapping) or not isinstance(value.get("by"), str) or "ask" not in value:
        return False
    at = value.get("at")
    return isinstance(at, Mapping) and all(map(_are_people, at.values()))


def _are_people(said: Any) -> bool:
    people = said if isinstance(said, list | tuple) else [None]
    return all(isinstance(one, Mapping) and isinstance(one.get("id"), str) for one in people)


def each_once(people: Iterable[Person], most: int) -> list[Person]:
    """Return *people*, each once, at most so many."""
    return list(islice({one["id"]: one for one in people}.values(), most))
