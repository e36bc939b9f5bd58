"""Events as rows of `stream_event`: which columns, in which order, and back.

Many are read at once, so each costs as little as it can. A frozen value sets its fields by name as it is made, which
takes three times as long as it does a plain one; so here it is made plain, with the very same slots, and frozen then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, cast

from nexus_admin.brokers.content import Content, read_json
from nexus_admin.brokers.stream.checking import Ready, moment
from nexus_admin.brokers.stream.protocol import Position, StreamEvent

COLUMNS = "xid, seq, id, type, content_type, data, at, key, version, note"
"""What `events_of` reads."""

_NO_NOTE: dict[str, Any] = {}


class _Position:
    __slots__ = tuple(one.name for one in fields(Position))

    def __init__(self, xid: int, seq: int) -> None:
        self.xid = xid
        self.seq = seq


class _Content:
    __slots__ = tuple(one.name for one in fields(Content))

    def __init__(self, data: bytes, type: str) -> None:
        self.data = data
        self.type = type
        self.spelled = False


class _Event:
    __slots__ = tuple(one.name for one in fields(StreamEvent))

    def __init__(
        self, position: Any, id: str, stream: str, type: str, content: Any, at: datetime, key: str | None,
        version: int | None, note: Mapping[str, Any],
    ) -> None:  # fmt: skip
        self.position = position
        self.id = id
        self.stream = stream
        self.type = type
        self.content = content
        self.at = at
        self.key = key
        self.version = version
        self.note = note


def events_of(stream: str, rows: Iterable[Sequence[Any]]) -> Iterator[StreamEvent]:
    """Give the events of rows with `COLUMNS`, each made when it is asked for.

    Who keeps many alive makes Python look through them again and again for cycles, which costs more than making them.
    """
    last, moment_of_last = None, moment(0)
    for xid, seq, id, type, content_type, data, at, key, version, note in rows:
        if at != last:  # those of one append have one moment
            last, moment_of_last = at, moment(at)
        position: Any = _Position(xid, seq)
        position.__class__ = Position
        content: Any = _Content(bytes(data), content_type)
        content.__class__ = Content
        noted = read_json(note) if note else _NO_NOTE
        event: Any = _Event(position, id, stream, type, content, moment_of_last, key, version, noted)
        event.__class__ = StreamEvent
        yield event


def event_of(stream: str, row: Sequence[Any]) -> StreamEvent:
    """Return the event of a row with `COLUMNS`."""
    return next(events_of(stream, (row,)))


def read_ready(stream: str, one: Ready, xid: int, seq: int, version: int | None, at: datetime) -> StreamEvent:
    """Return what *one*, of the moment *at*, is read as once it is kept."""
    position: Any = _Position(xid, seq)
    position.__class__ = Position
    noted = read_json(one.note) if one.note else _NO_NOTE
    event: Any = _Event(position, one.id, stream, one.type, one.content, at, one.key, version, noted)
    event.__class__ = StreamEvent
    return cast("StreamEvent", event)
