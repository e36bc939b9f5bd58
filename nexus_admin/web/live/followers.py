"""Who follows what, and how many pages each person has open. Lives on the event loop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import TooManyRequests
from nexus_admin.web.live.connection import Connection

_NOBODY: Mapping[Connection, None] = {}
MOST_PAGES = 20_000
MOST_OF_ONE = 40
"""Pages that one person may have open at once."""


class Followers:
    """Open pages, by what they follow."""

    def __init__(self) -> None:
        self._open: dict[Connection, None] = {}
        self._people: Counter[str] = Counter()
        self._by_topic: dict[str, dict[Connection, None]] = {}

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[Connection]:
        return iter(tuple(self._open))

    def __contains__(self, connection: Connection) -> bool:
        return connection in self._open

    def check_room(self, actor: Actor) -> None:
        """Refuse one page more than there may be.

        Raises:
            TooManyRequests: says which limit was reached.
        """
        if self._people[actor.id] >= MOST_OF_ONE:
            raise TooManyRequests(f"You have {MOST_OF_ONE} pages open that follow changes. Close some.", 30)
        if len(self._open) >= MOST_PAGES:
            raise TooManyRequests("Too many pages follow changes at the moment. This one will try again.", 30)

    def add(self, connection: Connection) -> None:
        """Take a page in.

        Raises: as `check_room`.
        """
        self.check_room(connection.actor)
        self._open[connection] = None
        self._people[connection.actor.id] += 1

    def remove(self, connection: Connection) -> None:
        """Let a page go."""
        self.follow(connection, ())
        if connection in self._open:
            del self._open[connection]
            self._people -= Counter((connection.actor.id,))

    def follow(self, connection: Connection, topics: Iterable[str]) -> set[str]:
        """Let a page follow *topics* and nothing else; return those that it begins or ceases to follow."""
        before, after = set(connection.topics), tuple(topics)
        for topic in before.difference(after):
            mine = self._by_topic[topic]
            del mine[connection]
            if not mine:
                del self._by_topic[topic]
        for topic in after:
            self._by_topic.setdefault(topic, {})[connection] = None
        connection.topics = after
        return before.symmetric_difference(after)

    def at(self, topic: str) -> Mapping[Connection, None]:
        """Return who follows just this topic."""
        return self._by_topic.get(topic, _NOBODY)

    def below(self, prefix: str) -> list[str]:
        """Return the topics that somebody follows and that begin with the level *prefix*; any thread may ask."""
        return [topic for topic in tuple(self._by_topic) if topic.startswith(f"{prefix}/")]
