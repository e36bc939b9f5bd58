"""Queues, topics and keys of the store as tables: what is known of each by its name, gone through as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from nexus_admin.actions.brokers.contents import names_secret, shown
from nexus_admin.actions.brokers.store import LOOKED_AT
from nexus_admin.actions.brokers.topics import last_values
from nexus_admin.brokers.content import Content
from nexus_admin.brokers.pubsub import PubSub
from nexus_admin.brokers.queue.protocol import Queue, QueueFigures
from nexus_admin.brokers.store.protocol import Entry, Store
from nexus_admin.data.virtual import Column, Known
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.resource import Field, Resource

SOURCE = "brokers"


def column(name: str, title: str, kind: str, of: Callable[[Any], Any], **more: Any) -> Column:
    """Return a column that nobody writes."""
    return Column(Field(name, title, kind, writable=False, **more), of)


def table(name: str, title: str, columns: tuple[Column, ...], listed: str, searched: str, **more: Any) -> Resource:
    """Return how things look as a table; names of columns are parted by blanks."""
    return Resource(
        SOURCE, name, name, title, title.removesuffix("s"), type="view", fields=tuple(one.field for one in columns),
        list_fields=tuple(listed.split()), search_fields=tuple(searched.split()), writable=False,
        why_read_only="They are acted upon by what brokers do.", **more,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic or pattern: who subscribed to exactly it, and its last value."""

    name: str
    subscribers: int
    retained: Content | None


@dataclass(frozen=True)
class Named:
    """Things that are few enough to be gone through, by their names.

    Args:
        resource: As `Collection.resource`.
        listed: Its columns; the first one is the name.
        give: Gives all of them.
        narrows: As `Collection.narrows`: by nothing, since all of them are gone through anyway.
    """

    resource: Resource
    listed: tuple[Column, ...]
    give: Callable[[], Iterable[Any]]
    narrows: frozenset[str] = frozenset()

    @property
    def columns(self) -> Mapping[str, Column]:
        """As `Collection.columns`."""
        return {one.field.name: one for one in self.listed}

    def items(self, known: Known, after: str | None) -> Iterator[Any]:  # noqa: ARG002  as every collection has it
        """As `Collection.items`."""
        name = self.listed[0].of
        return iter(sorted((one for one in self.give() if after is None or name(one) > after), key=name))

    def find(self, key: str) -> Any | None:
        """As `Collection.find`."""
        return next((one for one in self.give() if self.listed[0].of(one) == key), None)

    def count(self, known: Known) -> int:  # noqa: ARG002  as every collection has it
        """As `Collection.count`."""
        return sum(1 for _ in self.give())


def _of(state: Any) -> Callable[[QueueFigures], int]:
    return lambda one: one.counts.get(state, 0)


def _whole(entry: Entry) -> int | None:
    return None if entry.expires_in is None else round(entry.expires_in)


def _last(one: Topic) -> str | None:
    return None if one.retained is None else shown(one.retained, allowed=True, secret=names_secret(one.name)).text


_QUEUE = (
    column("queue", "Queue", "text", lambda one: one.queue, key=True, nullable=False),
    *(
        column(state, state.title(), "integer", _of(state), nullable=False)
        for state in ("ready", "waiting", "running", "dead", "done", "cancelled")
    ),
    column("oldest", "Oldest", "decimal", lambda one: None if one.oldest is None else round(one.oldest, 1), unit="s"),
    column("held", "Paused", "boolean", lambda one: one.held, nullable=False),
)
_TOPIC = (
    column("topic", "Topic", "text", lambda one: one.name, key=True, nullable=False),
    column("subscribers", "Subscribers", "integer", lambda one: one.subscribers, nullable=False),
    column("retained", "Has a last value", "boolean", lambda one: one.retained is not None, nullable=False),
    column("payload", "Last value", "long_text", _last),
    column("size", "Bytes", "integer", lambda one: None if one.retained is None else len(one.retained.data)),
)
_KEY = (
    column("key", "Key", "text", lambda one: one.key, key=True, nullable=False),
    column("content_type", "Content type", "text", lambda one: one.content.type, nullable=False),
    column("size", "Bytes", "integer", lambda one: len(one.content.data), nullable=False),
    column("expires_in", "Ends in", "integer", _whole, unit="s"),
)


def _keyed(name: str) -> dict[str, Any]:
    return {"key": (name,), "title_fields": (name,), "sort": (name,), "icon": "layers"}


QUEUES = table("queues", "Queues", _QUEUE, "queue ready waiting running dead oldest held", "queue", **_keyed("queue"))
TOPICS = table("topics", "Topics", _TOPIC, "topic subscribers retained payload", "topic payload", **_keyed("topic"))
KEYS = table("keys", "Keys", _KEY, "key content_type size expires_in", "key", **_keyed("key"))


def queues(queue: Queue) -> Named:
    """Return every queue that has jobs or is paused."""
    return Named(QUEUES, _QUEUE, queue.figures)


def topics(pubsub: PubSub) -> Named:
    """Return every topic and pattern that somebody subscribed to in this process, or that has a last value."""

    def give() -> Iterator[Topic]:
        patterns, kept = dict(pubsub.patterns()), last_values(pubsub)
        return (Topic(name, patterns.get(name, 0), kept.get(name)) for name in {**patterns, **kept})

    return Named(TOPICS, _TOPIC, give)


def keys(store: Store) -> Named:
    """Return the keys of the store, as far as one look goes through them; what they hold is in no row."""
    return Named(KEYS, _KEY, lambda: islice(store.scan(""), LOOKED_AT))
