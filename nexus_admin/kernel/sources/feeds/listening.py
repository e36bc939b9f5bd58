"""Listening: what the triggers in a PostgreSQL database tell, on a connection of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nexus_admin.actions.live.feeds import Missed
from nexus_admin.actions.live.topics import News, topic_of
from nexus_admin.actions.telling import ROWS
from nexus_admin.data.drivers import triggers
from nexus_admin.data.source import DataSource
from nexus_admin.domain.resource import Resource, Schema
from nexus_admin.kernel.sources.feeds.polling import BY

WAIT = 0.25
"""Seconds that one wait for notices takes at most."""
HOLD = 0.4
"""Seconds for which a notice of a Nexus waits for our own word on the same row, which says who it was."""
KEPT = 5.0
"""Seconds for which it is known what we told ourselves."""
MOST_KEPT = 10_000
"""Topics of that; beyond them all are forgotten, and a change may be told twice."""


class Own:
    """What was told of changes that were made through Nexus a moment ago, by topic."""

    def __init__(self) -> None:
        self._told: dict[str, float] = {}

    def add(self, topic: str) -> None:
        """Note one; from any thread."""
        self._told[topic] = time.monotonic()
        if len(self._told) > MOST_KEPT:
            self._told = {}

    def has(self, topic: str) -> bool:
        """Whether it was told a moment ago."""
        return time.monotonic() - self._told.get(topic, -KEPT) < KEPT


@contextmanager
def listening(source: DataSource) -> Iterator[Any]:
    """Give a connection that listens, apart from the pool; closed at the end.

    Raises:
        SourceDown, SourceFailed: the database does not answer.
    """
    with source.read() as connection:
        held = connection.connection.driver_connection
        assert held is not None
        connection.detach()
        try:
            held.execute(f"LISTEN {triggers.CHANNEL}")
            yield held
        finally:
            held.close()


class Listener:
    """Makes news of notices.

    Args:
        source: Whose.
        own: What we have told ourselves.
    """

    def __init__(self, source: DataSource, own: Own) -> None:
        self._source, self._own = source, own
        self._held: list[tuple[float, News]] = []
        self._of: Schema | None = None
        self._known: dict[tuple[str, str], Resource] = {}

    def wait(self, connection: Any) -> list[News | Missed]:
        """Wait a moment, and return what is told."""
        names = self._names(connection)
        told: list[News | Missed] = []
        for notice in connection.notifies(timeout=WAIT, stop_after=1):
            told += self._read(notice.payload, names)
        due, now = self._held, time.monotonic()
        self._held = [one for one in due if one[0] > now]
        told += [news for at, news in due if at <= now and not self._own.has(news.topic)]
        return told

    def _names(self, connection: Any) -> dict[tuple[str, str], Resource]:
        """Return the tables by schema and name, anew where the source's schema is a new one."""
        schema = self._source.schema
        if self._of is not schema:
            default = connection.execute("SELECT current_schema()").fetchone()[0]
            self._known = {(one.schema or default, one.table): one for one in triggers.tables_of(schema)}
            self._of = schema
        return self._known

    def _read(self, payload: str, names: dict[tuple[str, str], Resource]) -> list[News | Missed]:
        notice = triggers.read(payload, names)
        if notice is None:
            return [Missed(self._source.name)] if triggers.is_cut(payload) else []
        if notice.key is None:
            return [Missed(self._source.name, notice.resource)]
        topic = topic_of(ROWS, self._source.name, notice.resource, notice.key)
        news = News(topic, {**BY, "key": notice.key, "what": notice.what, "fields": list(notice.fields)})
        if notice.ours:
            self._held.append((time.monotonic() + HOLD, news))
            return []
        return [news]
