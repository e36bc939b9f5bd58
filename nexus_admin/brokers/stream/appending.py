"""Appending to tables: what many ask for at once is looked up together and written together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter

import sqlalchemy as sa

from nexus_admin.brokers.stream.checking import Ready, moment
from nexus_admin.brokers.stream.dialects import Dialect, Last, Row
from nexus_admin.brokers.stream.memory_log import check_version
from nexus_admin.brokers.stream.protocol import StreamEvent
from nexus_admin.brokers.stream.rows import read_ready
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import Conflict


@dataclass(frozen=True, slots=True)
class Asked:
    """One append that waits."""

    stream: str
    ready: Sequence[Ready]
    expect: int | None


Answer = list[StreamEvent] | Conflict


def append_all(dialect: Dialect, connection: sa.Connection, asked: Sequence[Asked]) -> list[Answer]:
    """Append what each of *asked* wants, in their order; return for each its events, or why it has none."""
    keys = {(one.stream, event.key) for one in asked for event in one.ready if event.key is not None}
    ids = {(one.stream, event.id) for one in asked for event in one.ready if event.given}
    if keys or ids:
        dialect.lock(connection, keys | ids)
    run = _Run(dialect, connection, asked, keys, ids)
    answers = [run.one(ask) for ask in asked]
    if run.rows:
        dialect.insert(connection, run.rows)
    return answers


Named = set[tuple[str, str]]


class _Run:
    """One transaction's appends: what is known of keys and ids, and the rows to be written."""

    def __init__(
        self, dialect: Dialect, connection: sa.Connection, asked: Sequence[Asked], keys: Named, ids: Named
    ) -> None:
        self.rows: list[Row] = []
        self._last: dict[tuple[str, str], Last] = {}
        self._there: dict[tuple[str, str], StreamEvent] = {}
        for stream, some in _by_stream(keys):
            last = dialect.last(connection, stream, some)
            self._last |= {(stream, key): found for key, found in last.items()}
        for stream, some in _by_stream(ids):
            there = dialect.there(connection, stream, some)
            self._there |= {(stream, id): found for id, found in there.items()}
        self._xid, seqs = dialect.numbers(connection, sum(len(one.ready) for one in asked))
        self._seqs = iter(seqs)

    def one(self, ask: Asked) -> Answer:
        """Return what becomes of one append."""
        stream, at = ask.stream, moment(ask.ready[0].at)
        if ask.expect is not None and any((stream, event.id) not in self._there for event in ask.ready):
            key = ask.ready[0].key or ""
            try:
                check_version(key, self._last[stream, key].version, ask.expect)
            except Conflict as error:
                return error
        return [
            (self._there.get((stream, event.id)) if event.given else None) or self._put(stream, event, at)
            for event in ask.ready
        ]

    def _put(self, stream: str, event: Ready, at: datetime) -> StreamEvent:
        version, xid, seq = None, self._xid, next(self._seqs)
        if event.key is not None:
            last = self._last[stream, event.key]
            # Behind the last one of its key also where this transaction began first. It is read no earlier for that:
            # not before all transactions up to the number that it bears are over, of which this is one.
            version, xid = last.version + 1, max(xid, last.xid)
            self._last[stream, event.key] = Last(version, xid)
        content = event.content
        self.rows.append(
            (
                xid, seq, event.id, stream, event.key, version, event.slot, event.type, event.at, event.note,
                content.data, content.type,
            )
        )  # fmt: skip
        kept = read_ready(stream, event, xid, seq, version, at)
        if event.given:
            self._there[stream, event.id] = kept
        return kept


def _by_stream(named: Named) -> Iterator[tuple[str, list[str]]]:
    """Give each stream of *named* with its names, in one order."""
    for stream, some in groupby(sorted(named), key=itemgetter(0)):
        yield stream, [name for _, name in some]
