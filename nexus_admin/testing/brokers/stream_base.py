"""What the parts of the contract of streams share: waiting until what was appended can be read, and short words."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from nexus_admin.brokers.stream.protocol import BEGIN, Batch, Fresh, Position, Stream, StreamEvent

PATIENCE = 30.0
"""Seconds to wait for what must come."""


class StreamBase:
    """Fixtures of every part."""

    @pytest.fixture
    def pass_time(self) -> Callable[[float], None]:
        """Let seconds pass; engines with a clock of their own override it."""
        return time.sleep


def put(stream: Stream, name: str, *payloads: Any, key: str | None = None) -> list[StreamEvent]:
    """Append one event for each of *payloads*, and wait until they can be read."""
    return seen(stream, name, stream.append(name, *(Fresh("thing.done", one, key=key) for one in payloads)))


def seen(stream: Stream, name: str, events: list[StreamEvent]) -> list[StreamEvent]:
    """Wait until *events*, just appended, can be read: on a server, older transactions of others come first."""
    last = max(one.position for one in events)
    assert stream.wait(name, Position(last.xid, last.seq - 1), PATIENCE), "What was appended cannot be read."
    return events


def values(events: Sequence[StreamEvent]) -> list[Any]:
    """Return what was put in."""
    return [one.value for one in events]


def taken(batch: Batch | None) -> list[Any]:
    """Return what was put into the events of *batch*, which must be one."""
    assert batch is not None, "Nothing was handed out."
    return values(batch.events)


def fetched(stream: Stream, name: str, group: str, **how: Any) -> Batch:
    """Return the next batch, which must come."""
    batch = stream.fetch(name, group, **{"wait": PATIENCE, **how})
    assert batch is not None, "Nothing was handed out."
    return batch


def everything(stream: Stream, name: str) -> list[StreamEvent]:
    """Return all events of a stream, page by page."""
    found: list[StreamEvent] = []
    while page := stream.read(name, after=found[-1].position if found else BEGIN, limit=7):
        found += page
    return found
