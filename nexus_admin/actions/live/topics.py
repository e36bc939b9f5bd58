"""What pages may follow while they are open: kinds of topics, each with who may follow and what one is told.

Nothing that is published reaches a browser as it is. Each follower is told by the kind of the topic, under the rights
that they have at that moment: so a kind decides once, for whatever way the words take.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from nexus_admin.domain.actor import Actor
from nexus_admin.domain.address import segment, text_of
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import BadRequest, Refused

Told = Mapping[str, Any]
"""One thing that a page is told, as JSON."""


@dataclass(frozen=True, slots=True)
class News:
    """What was published.

    Args:
        topic: Where.
        value: What travelled: keys and names of actions, no values of rows.
    """

    topic: str
    value: Any


def as_published(_actor: Actor, news: Sequence[News]) -> Iterator[Told]:
    """Tell what was published, to whoever may follow."""
    return (one.value for one in news)


@dataclass(frozen=True, slots=True)
class LiveTopic:
    """A kind of topics that pages may follow.

    Args:
        prefix: The first level of its topics: `rows`, `jobs`.
        may_see: `may_see(actor, names) -> bool`: whether they may follow the topic with these names behind the
            prefix. Asked when they begin to, and again whenever anybody's rights change. What is not there and what
            is not theirs answer alike.
        tell: `tell(actor, news) -> told`, one for each of *news* that they may hear. Called in a thread, with what
            came within a moment; what hangs on rows is looked up here again. Whoever asks may stop before the end.
        published: Whether its topics are those of publish-subscribe; False where its news come by another way.
    """

    prefix: str
    may_see: Callable[[Actor, tuple[str, ...]], bool]
    tell: Callable[[Actor, Sequence[News]], Iterable[Told]] = as_published
    published: bool = True


class LiveTopics:
    """The kinds of topics that there are. Other rooms add theirs at start-up."""

    def __init__(self) -> None:
        self._kinds: dict[str, LiveTopic] = {}

    def add(self, kind: LiveTopic) -> None:
        """Let pages follow topics of *kind*.

        Raises:
            Refused: its prefix is taken, or is no single level.
        """
        if segment(kind.prefix) != kind.prefix:
            raise Refused(f"{kind.prefix!r} is no first level of a topic. Use letters and digits.")
        if kind.prefix in self._kinds:
            raise Refused(f"Two kinds of live topics are called {kind.prefix!r}. Rename one.")
        self._kinds[kind.prefix] = kind

    def of(self, topic: str) -> LiveTopic | None:
        """Return the kind of *topic*, None where no page may follow such a one."""
        return self._kinds.get(topic.partition("/")[0])

    def __iter__(self) -> Iterator[LiveTopic]:
        return iter(tuple(self._kinds.values()))


def topic_of(*names: str) -> str:
    """Return the topic with these names as its levels; a name may have any letters."""
    return "/".join(segment(name) for name in names)


def names_of(topic: str) -> tuple[str, ...] | None:
    """Return the names behind the prefix of *topic*; None where no name is spelled like that."""
    try:
        return tuple(text_of(level) for level in topic.split("/")[1:])
    except BadRequest:
        return None
