"""The source called `brokers`: jobs and events as tables, and beside them those of `broker_named_tables`.

Every value is what the pages of brokers show: secrets are taken out before a filter sees it, and who may not see
contents finds nothing by them.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from functools import lru_cache
from typing import Any

from nexus_admin.access import Access
from nexus_admin.access.lent import Lent
from nexus_admin.access.masks import mask
from nexus_admin.actions.brokers.contents import shown, without_secrets
from nexus_admin.actions.brokers.event_type_table import event_types
from nexus_admin.actions.brokers.event_types import EventTypes
from nexus_admin.actions.brokers.named_tables import SOURCE, column, keys, queues, table, topics
from nexus_admin.actions.brokers.parts import PAYLOAD, VIEW
from nexus_admin.actions.brokers.streams import position
from nexus_admin.actions.jobs.titles import Titles, named
from nexus_admin.actions.sources.known import Sources
from nexus_admin.actions.unit import Unit
from nexus_admin.brokers.content import Content
from nexus_admin.brokers.pubsub import PubSub
from nexus_admin.brokers.queue.protocol import Job, Queue
from nexus_admin.brokers.store.protocol import Store
from nexus_admin.brokers.stream.protocol import BEGIN, Position, Stream, StreamEvent
from nexus_admin.brokers.stream.reserved import LEDGER
from nexus_admin.data.virtual import Collection, Column, Known, VirtualSource
from nexus_admin.data.virtual_rows import VirtualRows
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.errors import BadRequest, Invalid
from nexus_admin.domain.expression import Expression, both
from nexus_admin.domain.resource import Resource
from nexus_admin.domain.row import ListRequest
from nexus_admin.language.url import read_filter
from nexus_admin.sdk.providers import Services

AT_ONCE = 500
"""Jobs or events that are asked of their broker at once."""
REMEMBERED = 4 * 1024
"""Bytes up to which a content is remembered as it is shown; one may have a megabyte, and thousands are kept."""
STATES = ("waiting", "ready", "running", "done", "dead", "cancelled")
LENT = Lent(
    {"row.list": VIEW, "row.read": VIEW, "rows.count": VIEW, "rows.export": VIEW},
    masks={"payload": PAYLOAD, "name": PAYLOAD, "title": PAYLOAD},
)
"""Who may see jobs and events as rows, and which columns are masked for whoever may not see contents."""


def provide(services: Services) -> None:
    """Let jobs, events and their types, queues, topics and keys be listed as the rows of a source called `brokers`."""

    def there() -> Mapping[str, Collection]:
        made = ((name, kind, services.find(broker)) for name, (broker, kind) in _TABLES.items())
        found = {name: kind(broker) for name, kind, broker in made if broker is not None}
        if isinstance(jobs := found.get("jobs"), Jobs):
            found["jobs"] = jobs.titled(Titles(services))
        return found

    services.get(Sources).lend(VirtualSource(SOURCE, there))
    services.get(Access).decisions.lent[SOURCE] = LENT


def _text(content: Content) -> str | None:
    """Return a content as people who may see it do."""
    return _remembered(content) if len(content.data) <= REMEMBERED else _told(content)


def _told(content: Content) -> str | None:
    told = shown(content, allowed=True)
    return None if told.kind == "empty" else told.text


_remembered = lru_cache(maxsize=4_096)(_told)  # a filter and a page ask for the same one again


def _error(job: Job) -> str | None:
    return without_secrets(job.error)[0] if job.error else None


def event_key(event: StreamEvent) -> str:
    """Return what tells an event from every other: its stream and its place there."""
    at = event.position
    return f"{event.stream}:{at if at.xid else at.seq}"


_JOB = (
    column("id", "Id", "text", lambda job: job.id, key=True, nullable=False),
    column("title", "Job", "text", lambda job: named(job) or job.id, nullable=False),
    column("name", "Name", "text", lambda job: named(job) or None),
    column("state", "State", "enum", lambda job: job.state, choices=STATES, nullable=False),
    column("queue", "Queue", "text", lambda job: job.queue, nullable=False),
    column("attempts", "Attempts", "integer", lambda job: job.attempts, nullable=False),
    column("max_attempts", "Attempts at most", "integer", lambda job: job.max_attempts, nullable=False),
    column("priority", "Priority", "integer", lambda job: job.priority, nullable=False),
    column("payload", "Payload", "long_text", lambda job: _text(job.content)),
    column("error", "Error", "long_text", _error),
    column("key", "Unique key", "text", lambda job: job.key),
    column("serial", "One at a time with", "text", lambda job: job.serial),
    column("size", "Bytes", "integer", lambda job: len(job.content.data), nullable=False),
    column("content_type", "Content type", "text", lambda job: job.content.type, nullable=False),
    column("created_at", "Queued", "datetime", lambda job: job.created_at, nullable=False),
    column("started_at", "Last begun", "datetime", lambda job: job.started_at),
    column("finished_at", "Over since", "datetime", lambda job: job.finished_at),
    column("visible_at", "Waits until", "datetime", lambda job: job.visible_at),
)
_EVENT = (
    column("event", "Event", "text", event_key, key=True, nullable=False),
    column("stream", "Stream", "text", lambda event: event.stream, nullable=False),
    column("type", "Type", "text", lambda event: event.type, nullable=False),
    column("key", "Key", "text", lambda event: event.key),
    column("version", "Of its key", "integer", lambda event: event.version),
    column("payload", "Payload", "long_text", lambda event: _text(event.content)),
    column("at", "Appended", "datetime", lambda event: event.at, nullable=False),
    column("number", "Number", "integer", lambda event: event.position.seq, nullable=False),
    column("place", "Order", "integer", lambda event: (event.position.xid << 64) + event.position.seq, nullable=False),
    column("id", "Id", "text", lambda event: event.id, nullable=False),
    column("correlation", "Goes back to", "text", lambda event: event.note.get("correlation")),
    column("causation", "Because of", "text", lambda event: event.note.get("causation")),
    column("size", "Bytes", "integer", lambda event: len(event.content.data), nullable=False),
    column("content_type", "Content type", "text", lambda event: event.content.type, nullable=False),
)


JOBS = table(
    "jobs", "Jobs", _JOB, "title state queue attempts error created_at id payload",
    "payload key serial error id title", key=("id",), title_fields=("title",), sort=("-id",), icon="layers",
    comment="A job is there as soon as something is queued, and for a while after it is over.",
)  # fmt: skip
EVENTS = table(
    "events", "Events", _EVENT, "event stream type key payload at", "payload key type id event",
    key=("event",), title_fields=("event",), sort=("-place",), icon="stream",
    comment="An event is there as soon as something is appended to a stream.",
)  # fmt: skip


@dataclass(frozen=True)
class Jobs:
    """Jobs of every queue, the newest first."""

    queue: Queue
    resource: Resource = JOBS
    columns: Mapping[str, Column] = field(default_factory=lambda: {one.field.name: one for one in _JOB})
    narrows: frozenset[str] = frozenset({"queue", "state"})

    def titled(self, titles: Titles) -> Jobs:
        """Return them called as what they name is called now."""
        title = replace(self.columns["title"], of=titles.told)
        return replace(self, columns={**self.columns, "title": title})

    def items(self, known: Known, after: str | None) -> Iterator[Job]:
        """As `Collection.items`."""
        queues, states = known.get("queue", (None,)), known.get("state", ())
        only = queues[0] if len(queues) == 1 else None
        while page := self.queue.jobs(only, states=states, after=after, limit=AT_ONCE):
            yield from (job for job in page if only is not None or queues == (None,) or job.queue in queues)
            after = page[-1].id
            if len(page) < AT_ONCE:
                return

    def find(self, key: str) -> Job | None:
        """As `Collection.find`."""
        return self.queue.find(key)

    def count(self, known: Known) -> int:
        """As `Collection.count`: the queue's own figures."""
        queues, states = known.get("queue"), known.get("state", STATES)
        figures = [one for one in self.queue.figures() if queues is None or one.queue in queues]
        return sum(one.counts.get(state, 0) for one in figures for state in states)


@dataclass(frozen=True)
class Events:
    """Events of every stream, the newest first. Entries of the ledger are in the list of the audit."""

    stream: Stream
    resource: Resource = EVENTS
    columns: Mapping[str, Column] = field(default_factory=lambda: {one.field.name: one for one in _EVENT})
    narrows: frozenset[str] = frozenset({"stream"})

    def items(self, known: Known, after: str | None) -> Iterator[StreamEvent]:
        """As `Collection.items`."""
        names = known.get("stream") or [one.stream for one in self.stream.figures()]
        end = _read_key(after) if after else None
        places = [self._backwards(name, end) for name in names if name != LEDGER]
        yield from heapq.merge(*places, key=_order, reverse=True)

    def find(self, key: str) -> StreamEvent | None:
        """As `Collection.find`."""
        try:
            name, at = _read_key(key)
        except (BadRequest, Invalid):
            return None
        there = at.seq and name != LEDGER
        found = self.stream.read(name, after=Position(at.xid, at.seq - 1), limit=1) if there else []
        return next((one for one in found if one.position == at or (not at.xid and one.position.seq == at.seq)), None)

    def count(self, known: Known) -> int:
        """As `Collection.count`: the stream's own figures."""
        there = [one for one in self.stream.figures() if one.stream != LEDGER]
        return sum(one.events for one in there if one.stream in known.get("stream", (one.stream,)))

    def _backwards(self, name: str, end: tuple[str, Position] | None) -> Iterator[StreamEvent]:
        """Give the events of one stream before *end*, which may be a place in another."""
        at = Position(end[1].xid, end[1].seq + 1) if end else BEGIN
        while page := self.stream.read(name, after=at, limit=AT_ONCE, backwards=True):
            yield from (one for one in page if end is None or _order(one) < (end[1], end[0]))
            at = page[-1].position
            if len(page) < AT_ONCE:
                return


def matching(unit: Unit, filter: str, more: Expression | None) -> Iterator[Job]:
    """Give the jobs that a filter finds for who asks, the newest first.

    Raises:
        UnknownField, BadExpression: it cannot be understood, or asks for what they may not see.
    """
    source, access = unit.service(Sources).get(SOURCE), unit.service(Access)
    schema = source.schema

    def decide(action: str, name: str) -> Decision:
        return access.decide(unit.actor, action, SOURCE, schema.resource(name))

    where = read_filter(filter, schema, "jobs", lambda name: decide("row.list", name)) if filter else None
    rows = VirtualRows(source, None, decide, unit.variables, mask)  # type: ignore[arg-type]  # it needs no connection
    return rows.chosen("jobs", ListRequest(where=both(where, more)))


def _order(event: StreamEvent) -> tuple[Position, str]:
    return event.position, event.stream


def _read_key(key: str) -> tuple[str, Position]:
    name, _, at = key.rpartition(":")
    return name, position(at)


_TABLES: Mapping[str, tuple[Any, Callable[[Any], Collection]]] = {
    "jobs": (Queue, Jobs), "queues": (Queue, queues), "events": (Stream, Events), "topics": (PubSub, topics),
    "keys": (Store, keys), "event_types": (EventTypes, event_types),
}  # fmt: skip
