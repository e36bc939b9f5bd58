"""Following a table: batches of keys with what happened, under the rights that the follower has at that moment.

Three ways tell: what is published when a call is committed, the stream of the house, which outboxes lead to and which
keeps what was missed, and what watchers see that others did past Nexus.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from nexus_admin.access import Access
from nexus_admin.access.behalf import on_behalf
from nexus_admin.actions.dispatcher import Dispatcher
from nexus_admin.actions.live.feeds import Feeds, Missed
from nexus_admin.actions.live.rows import LiveRows, is_told
from nexus_admin.actions.live.topics import News, topic_of
from nexus_admin.actions.telling import ROWS, VERBS
from nexus_admin.audit.outbox import HOUSE, event_of
from nexus_admin.brokers.pubsub import Message, PubSub
from nexus_admin.brokers.stream import Stream
from nexus_admin.brokers.stream.protocol import BEGIN, Position, StreamEvent
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.changes import ChangeBatch, Mode, RowChange
from nexus_admin.domain.errors import Forbidden, NotFound, Refused
from nexus_admin.domain.target import Target
from nexus_admin.sdk.providers import Services

BUFFER = 1000
"""Changes that wait for a slow follower; of more, all are dropped, and the next batch says that there is a gap."""
MOST_BUFFER = 100_000
WARM = 5.0
"""Seconds that a beginning waits for the watcher of the source."""
REMEMBERED = 10_000
"""Changes that are known to be told, so that the stream does not tell them again."""
AT_ONCE = 1000
ROW_EVENTS = tuple(f"row.{verb}" for verb in VERBS.values())


class Subscription:
    """Follows one table for one actor, until it is closed. Thread-safe; what comes waits here, within bounds.

    Args:
        services: What lives in the kernel.
        actor: Under whose rights; asked again with each batch.
        source, resource: Which table.
        after: The position of the last batch that was worked on; what happened since comes first. "" from now on.
        buffer: Changes that may wait, 1 to 100,000.
        ring: Called, in any thread, when something came.

    Attributes:
        modes: How changes are learned of; `events` is always among it.

    Raises:
        NotFound, Forbidden: they may not list the table, or there is none.
        Refused: no such buffer.
        BadRequest: *after* is no position.
    """

    def __init__(
        self, services: Services, actor: Actor, source: str, resource: str, *, after: str = "", buffer: int = BUFFER,
        ring: Callable[[], object] = lambda: None,
    ) -> None:  # fmt: skip
        if not 1 <= buffer <= MOST_BUFFER:
            raise Refused(f"A buffer holds 1 to {MOST_BUFFER:,} changes.")
        self._services, self._actor, self._table, self._ring = services, actor, (source, resource), ring
        self._standing = _Standing(services.get(Access), actor)
        self._rows, self._stream = services.get(LiveRows), services.get(Stream)  # type: ignore[type-abstract]
        self._lock = threading.Condition()
        self._waiting: list[News] = []
        self._told: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._most, self._gap, self._warm, self._closed = buffer, False, False, False
        self.modes: tuple[Mode, ...] = services.get(Dispatcher).perform(
            Call("row.follow", Target(source, resource), {}, actor, "subscribe")
        )
        self._position = Position.parse(after) if after else self._head()
        self._gap = bool(after) and self._is_forgotten(self._position)
        self._begin()

    def _begin(self) -> None:
        pubsub = self._services.get(PubSub)  # type: ignore[type-abstract]
        self._listener = pubsub.listen(self._published, f"{topic_of(ROWS, *self._table)}/#", missed=self._missed)
        feeds = self._services.get(Feeds)
        self._leave = feeds.join(lambda: (self._table,), self._seen)
        for mode in self.modes[1:]:
            self._gap = not feeds.wait(self._table, mode, WARM) or self._gap
        self._warm = True

    def close(self) -> None:
        """Follow no more; whoever waits wakes up."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._lock.notify_all()
        self._leave()
        self._listener.close()
        self._ring()

    @property
    def closed(self) -> bool:
        """Whether it is over."""
        return self._closed

    # ── what comes; any thread ───────────────────────────────────────────────────────────────

    def _published(self, message: Message) -> None:
        if is_told(value := message.value):
            self._put(News(message.topic, value))

    def _seen(self, told: News | Missed) -> None:
        source, resource = self._table
        if isinstance(told, News):
            if told.topic.startswith(f"{topic_of(ROWS, source, resource)}/"):
                self._put(told)
        elif self._warm and told.source == source and told.resource in (None, resource):
            self._missed()

    def _put(self, news: News) -> None:
        with self._lock:
            if len(self._waiting) >= self._most:
                self._remember(self._waiting)
                self._waiting, self._gap = [], True
            self._waiting.append(news)
            self._lock.notify_all()
        self._ring()

    def _missed(self) -> None:
        with self._lock:
            self._gap = True
            self._lock.notify_all()
        self._ring()

    # ── what is taken ────────────────────────────────────────────────────────────────────────

    def get(self, seconds: float | None = None) -> ChangeBatch | None:
        """Wait until something has happened that the actor may hear of; None where nothing has in time, or it is over.

        Raises: as `take`.
        """
        until = None if seconds is None else time.monotonic() + seconds
        while not self._closed:
            if (batch := self.take()) is not None:
                return batch
            left = 1.0 if until is None else min(1.0, until - time.monotonic())
            if left <= 0:
                return None
            with self._lock:
                self._lock.wait_for(lambda: self._waiting or self._gap or self._closed, left)
        return None

    def take(self) -> ChangeBatch | None:
        """Return what has come that the actor may hear of, None for nothing; looks rows up, so in a thread.

        Raises:
            NotFound: they may not follow the table any more.
        """
        with self._lock:
            news, gap = [one for one in self._waiting if _id(one) not in self._told], self._gap
            self._waiting, self._gap = [], False
        if gap:  # whoever reads the table anew needs none of what the stream has of before
            self._position = max(self._position, self._head())
        kept = [*news, *self._missed_news(news)]
        if len(kept) > self._most:
            kept, gap = [], True
        actor = self._standing.now(self._actor)
        if actor is None or not self._rows.may_see(actor, self._table):
            self.close()
            raise NotFound(f"There is no {self._table[1]} in {self._table[0]}.")
        self._actor = actor
        told = [RowChange(one["key"], one["what"], one.get("who", "")) for one in self._rows.tell(self._actor, kept)]
        if not told and not gap:
            return None
        return ChangeBatch(*self._table, tuple(told), gap, datetime.now(UTC), str(self._position))

    def _missed_news(self, news: Sequence[News]) -> list[News]:
        """Return what the stream of the house tells that *news* do not: of a process that died, or of before."""
        later = []
        for event in self._later():
            if (one := _news_of(event, self._table)) is not None:
                later.append(one)
            if len(later) > self._most + REMEMBERED:  # more than may wait, whatever of it was told already
                self._position = self._head()
                break
        with self._lock:
            self._remember(news)
            found = [one for one in later if _id(one) not in self._told]
            self._remember(found)
        return found

    def _remember(self, told: Sequence[News]) -> None:
        """Note what needs not be told again; with the lock."""
        for one in told:
            if one.value["entry"]:
                self._told[_id(one)] = None
                self._told.move_to_end(_id(one))
        while len(self._told) > REMEMBERED:
            self._told.popitem(last=False)

    def _later(self) -> Iterator[StreamEvent]:
        while True:
            some = self._stream.read(HOUSE, after=self._position, types=ROW_EVENTS, limit=AT_ONCE)
            yield from some
            if some:
                self._position = some[-1].position
            if len(some) < AT_ONCE:
                return

    def _head(self) -> Position:
        last = self._stream.read(HOUSE, limit=1, backwards=True)
        return last[0].position if last else BEGIN

    def _is_forgotten(self, after: Position) -> bool:
        """Whether the stream may have let go of what came behind *after*."""
        first = self._stream.read(HOUSE, limit=1)
        return bool(first) and first[0].position > after != BEGIN


class _Standing:
    """Whether an actor is still who they were: roles come and go while somebody follows, and so do people.

    Args:
        access: Who there is.
        actor: As they were when they began to follow.
    """

    def __init__(self, access: Access, actor: Actor) -> None:
        self._access, self._id, self._name = access, actor.id, actor.name
        self._version = access.version
        self._known = self._found()

    def now(self, actor: Actor) -> Actor | None:
        """Return *actor* with the rights that they have now.

        None where they may not come in any more; and where they were given with others than are known of them, and
        those have changed.
        """
        version = self._access.version
        if self._known is None or (version == self._version and actor.kind != "token"):  # a token may just have run out
            return actor
        before, found = self._known, self._found()
        if found is None:
            return None
        self._version, self._known = version, found
        if _rights(found) == _rights(before):
            return actor
        if _rights(actor) != _rights(before):
            return None
        return replace(found, session=actor.session)

    def _found(self) -> Actor | None:
        try:
            return on_behalf(self._access, self._id, self._name)
        except Forbidden:
            return None


def _rights(actor: Actor) -> tuple[object, ...]:
    return actor.roles, dict(actor.attributes), actor.scopes, actor.denials


def _id(news: News) -> tuple[str, str]:
    """Return what is the same however a change is learned of: the ledger's entry and the row."""
    return news.value["entry"], news.value["key"]


def _news_of(event: StreamEvent, table: tuple[str, str]) -> News | None:
    """Return what an event of the house says of a row of *table*, as it is published; None where it says nothing."""
    told = event_of(event)
    if (told.target.source, told.target.resource) != table:
        return None
    key = told.data.get("key") or told.target.key
    if not isinstance(key, str):
        return None
    what, fields = told.name.partition(".")[2], told.data.get("fields") or []
    value: dict[str, Any] = {"key": key, "what": what, "fields": list(fields), "action": "", "by": told.actor}
    value |= {"name": told.by, "entry": event.note.get("entry", "")}
    return News(topic_of(ROWS, *table, key), value)
