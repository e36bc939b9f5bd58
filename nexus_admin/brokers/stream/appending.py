"""Appending to tables: what many ask for at once is looked up together and written together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from nexus_admin.brokers.stream.checking import Ready
from nexus_admin.brokers.stream.dialects import Dialect, Kept, Last
from nexus_admin.brokers.stream.memory_log import check_version
from nexus_admin.brokers.stream.protocol import StreamEvent
from nexus_admin.brokers.stream.rows import read_ready
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
    names = {(one.stream, name) for one in asked for event in one.ready for name in _names(event)}
    if names:
        dialect.lock(connection, names)
    run = _Run(dialect, connection, asked)
    answers = [run.one(ask) for ask in asked]
    if run.rows:
        dialect.insert(connection, run.rows)
    return answers


def _names(event: Ready) -> Sequence[str]:
    return [name for name in (event.key, event.id if event.given else None) if name is not None]


class _Run:
    """One transaction's appends: what is known of keys and ids, and the rows to be written."""

    def __init__(self, dialect: Dialect, connection: sa.Connection, asked: Sequence[Asked]) -> None:
        self.rows: list[Kept] = []
        self._last: dict[tuple[str, str], Last] = {}
        self._there: dict[tuple[str, str], StreamEvent] = {}
        for stream in {one.stream for one in asked}:
            events = [event for one in asked if one.stream == stream for event in one.ready]
            if keys := sorted({event.key for event in events if event.key is not None}):
                last = dialect.last(connection, stream, keys)
                self._last |= {(stream, key): found for key, found in last.items()}
            if ids := [event.id for event in events if event.given]:
                there = dialect.there(connection, stream, ids)
                self._there |= {(stream, id): found for id, found in there.items()}
        self._xid, seqs = dialect.numbers(connection, sum(len(one.ready) for one in asked))
        self._seqs = iter(seqs)

    def one(self, ask: Asked) -> Answer:
        """Return what becomes of one append."""
        fresh = [event for event in ask.ready if (ask.stream, event.id) not in self._there]
        if ask.expect is not None and fresh:
            key = ask.ready[0].key or ""
            try:
                check_version(key, self._last[ask.stream, key].version, ask.expect)
            except Conflict as error:
                return error
        return [self._there.get((ask.stream, event.id)) or self._put(ask.stream, event) for event in ask.ready]

    def _put(self, stream: str, event: Ready) -> StreamEvent:
        version, xid = None, self._xid
        if event.key is not None:
            last = self._last[stream, event.key]
            # Behind the last one of its key also where this transaction began first. It is read no earlier for that:
            # not before all transactions up to the number that it bears are over, of which this is one.
            version, xid = last.version + 1, max(xid, last.xid)
            self._last[stream, event.key] = Last(version, xid)
        row = Kept(stream, xid, next(self._seqs), version, event)
        self.rows.append(row)
        kept = read_ready(stream, event, row.xid, row.seq, version)
        if event.given:
            self._there[stream, event.id] = kept
        return kept
