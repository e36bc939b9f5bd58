"""Events as rows of `stream_event`: which columns, in which order, and back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from nexus_admin.brokers.content import Content
from nexus_admin.brokers.stream.checking import Ready, moment
from nexus_admin.brokers.stream.protocol import Position, StreamEvent

COLUMNS = "xid, seq, id, type, content_type, data, at, key, version, note"
"""What `event_of` reads."""

_NO_NOTE: dict[str, Any] = {}


def event_of(stream: str, row: Sequence[Any]) -> StreamEvent:
    """Return the event of a row with `COLUMNS`."""
    xid, seq, id, type, content_type, data, at, key, version, note = row
    return StreamEvent(
        Position(xid, seq),
        id,
        stream,
        type,
        Content(bytes(data), content_type),
        moment(at),
        key,
        version,
        json.loads(note) if note else _NO_NOTE,
    )


def read_ready(stream: str, one: Ready, xid: int, seq: int, version: int | None) -> StreamEvent:
    """Return what *one* is read as, once it is kept."""
    return event_of(
        stream,
        (xid, seq, one.id, one.type, one.content.type, one.content.data, one.at, one.key, version, one.note),
    )
