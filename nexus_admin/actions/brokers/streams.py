"""`stream.*`: how each stream is doing, its events, its groups, moving a group, what it set aside."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from nexus_admin.actions.brokers.contents import Shown, masked, shown, without_secrets
from nexus_admin.actions.brokers.parts import Asked, Names, acting, looking, sees_contents, stream_of
from nexus_admin.actions.brokers.watch import Course, Watch
from nexus_admin.actions.unit import Unit
from nexus_admin.brokers.stream.protocol import (
    BEGIN,
    GroupFigures,
    Parked,
    Position,
    Shift,
    StreamEvent,
    StreamFigures,
    To,
)
from nexus_admin.domain.action import Nothing
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import Conflict, Invalid, NotFound

COUNTED = 10_000
"""As far as engines count the events that a group has before it."""


class StreamInput(Asked):
    """Which stream."""

    stream: str = Field(min_length=1, max_length=200)


class ReadInput(StreamInput):
    """Which events."""

    after: str = Field("", max_length=60, description="A position; without one from the newest, or the first.")
    limit: int = Field(50, ge=1, le=500)
    types: Names = Field((), description="Only of these types, by comma; `order.*` for all that begin so.")
    key: str = Field("", max_length=1000, description="Only of this key.")
    backwards: bool = Field(True, description="The newest first.")


class GroupInput(StreamInput):
    """Which group of a stream."""

    group: str = Field(min_length=1, max_length=200)


class SeekInput(GroupInput):
    """Where a group is moved to."""

    to: Literal["begin", "end", "position", "time", "shift"]
    value: str = Field("", max_length=60, description="The position, the moment, or how many events to move by.")
    expected: int | None = Field(None, description="How many events it has before it then, as the preview said.")


class ParkedInput(GroupInput):
    """Which page of what a group set aside."""

    after: int = Field(0, ge=0)
    limit: int = Field(50, ge=1, le=500)


class RetryInput(GroupInput):
    """Which events to try again."""

    seqs: list[int] = Field([], max_length=500, description="Their numbers; none stands for all.")


class UnparkInput(GroupInput):
    """Which events to give up."""

    seqs: list[int] = Field(min_length=1, max_length=500)


@dataclass(frozen=True, slots=True)
class StreamSeen:
    """A stream with its groups, and how it went lately."""

    figures: StreamFigures
    groups: tuple[GroupFigures, ...]
    course: Course


@dataclass(frozen=True, slots=True)
class EventSeen:
    """An event as somebody may see it."""

    event: StreamEvent
    shown: Shown
    note: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EventsSeen:
    """A page of events; `next` is the position to go on at, "" at the end."""

    events: tuple[EventSeen, ...]
    next: str


@dataclass(frozen=True, slots=True)
class ParkedSeen:
    """An event that was set aside, and why."""

    parked: Parked
    seen: EventSeen
    error: str


@dataclass(frozen=True, slots=True)
class Moved:
    """What moving a group comes to.

    Args:
        before, after: Events that it has before it now, and would have; counted up to 10,000 a lane.
        again: How many come again, and
        passed: how many are passed over unread.
        out: Batches that are out and will not count any more.
    """

    before: int
    after: int
    out: int

    @property
    def again(self) -> int:
        """Events that come once more."""
        return max(0, self.after - self.before)

    @property
    def passed(self) -> int:
        """Events that it never gets."""
        return max(0, self.before - self.after)

    @property
    def capped(self) -> bool:
        """Whether there are more than are counted."""
        return max(self.before, self.after) >= COUNTED


def list_streams(unit: Unit, _data: Nothing) -> tuple[StreamSeen, ...]:
    """Return every stream, by name."""
    stream, watch = stream_of(unit), unit.service(Watch)
    seen = []
    for one in stream.figures():
        groups = stream.groups(one.stream) if one.groups else ()  # of very many streams, most have none
        seen.append(StreamSeen(one, tuple(groups), watch.see(f"stream {one.stream}", _levels(one))))
    return tuple(seen)


def read(unit: Unit, data: ReadInput) -> EventsSeen:
    """Return a page of events."""
    sees = sees_contents(unit)
    after = position(data.after) if data.after else BEGIN
    found = stream_of(unit).read(
        data.stream, after=after, limit=data.limit + 1, types=data.types, key=data.key or None,
        backwards=data.backwards,
    )  # fmt: skip
    page = tuple(seen_event(one, sees) for one in found[: data.limit])
    return EventsSeen(page, str(page[-1].event.position) if len(found) > data.limit else "")


def preview(unit: Unit, data: SeekInput) -> Moved:
    """Return what moving a group would come to; nothing is moved.

    Raises:
        NotFound: there is no such group.
        Invalid: that is no place in a stream.
    """
    group = _group(unit, data)
    after = stream_of(unit).seek(data.stream, data.group, place(data, unit.call.zone), try_only=True)
    return Moved(group.behind, after, sum(one.leased for one in group.lanes))


def seek(unit: Unit, data: SeekInput) -> Moved:
    """Move a group; batches that are out do not count any more.

    Raises:
        Conflict: the place lies elsewhere by now than the preview said.
    """
    moved = preview(unit, data)
    if data.expected is not None and data.to != "end" and moved.after < data.expected:
        raise Conflict(f"{data.group} would have {moved.after:,} events before it now. Look at the preview again.")
    after = stream_of(unit).seek(data.stream, data.group, place(data, unit.call.zone))
    unit.detail = f"{data.group} of {data.stream} was moved to {data.to} {data.value}".rstrip() + f": {after:,} ahead."
    return Moved(moved.before, after, moved.out)


def parked(unit: Unit, data: ParkedInput) -> list[ParkedSeen]:
    """Return what a group set aside, in order."""
    _group(unit, data)
    sees = sees_contents(unit)
    found = stream_of(unit).parked(data.stream, data.group, after=data.after, limit=data.limit)
    return [ParkedSeen(one, seen_event(one.event, sees), without_secrets(one.error)[0]) for one in found]


def retry(unit: Unit, data: RetryInput) -> int:
    """Have events handed to a group once more that it set aside, without moving it; return how many."""
    asked = stream_of(unit).retry(data.stream, data.group, *data.seqs)
    which = ", ".join(map(str, data.seqs[:20])) or "all"
    unit.detail = f"{data.group} of {data.stream} tries {asked:,} parked events again: {which}."
    return asked


def unpark(unit: Unit, data: UnparkInput) -> int:
    """Give events up that a group set aside, or note that they were done by hand; return how many."""
    gone = stream_of(unit).unpark(data.stream, data.group, *data.seqs)
    unit.detail = (
        f"{data.group} of {data.stream} gives {gone:,} parked events up: {', '.join(map(str, data.seqs[:20]))}."
    )
    return gone


def position(text: str) -> Position:
    """Read a position: `xid.seq`, or the number alone.

    Raises:
        Invalid: it is none.
    """
    xid, dot, seq = text.strip().rpartition(".")
    if seq.isdecimal() and (not dot or xid.isdecimal()) and len(text) < 60:
        return Position(int(xid or 0), int(seq))
    raise Invalid({"value": f"{text[:40]!r} is no position. Write it as the list of events does, such as 0.42."})


def place(data: SeekInput, zone: str) -> To:
    """Return where a group is to be moved; a moment without a zone is meant in *zone*.

    Raises:
        Invalid: that is no place.
    """
    if data.to == "begin" or data.to == "end":
        return data.to
    if data.to == "position":
        return position(data.value)
    try:
        if data.to == "shift":
            return Shift(int(data.value.replace(",", "").replace("−", "-")))
        moment = datetime.fromisoformat(data.value.strip())
    except ValueError:
        wanted = "a whole number, such as -100" if data.to == "shift" else "a moment, such as 2026-11-21 14:00"
        raise Invalid({"value": f"{data.value[:40]!r} is not {wanted}."}) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))


def _group(unit: Unit, data: GroupInput) -> GroupFigures:
    found = next((one for one in stream_of(unit).groups(data.stream) if one.group == data.group), None)
    if found is None:
        raise NotFound(f"The stream {data.stream!r} has no group {data.group!r}.")
    return found


def seen_event(event: StreamEvent, sees: bool) -> EventSeen:
    """Return an event as somebody may see it, who sees contents or not."""
    return EventSeen(event, shown(event.content, allowed=sees), masked(dict(event.note))[0])


def _levels(one: StreamFigures) -> dict[str, float]:
    return {"events": one.events, "bytes": one.bytes or 0, "head": one.head.seq}


ACTIONS = (
    looking("stream.list", Nothing, list_streams, "Streams"),
    looking("stream.read", ReadInput, read, "Events"),
    looking("stream.preview", SeekInput, preview, "What moving a group comes to"),
    looking("stream.parked", ParkedInput, parked, "Parked events"),
    acting("stream.seek", SeekInput, seek, "Move a group", "history", danger=True),
    acting("stream.retry", RetryInput, retry, "Try parked events again", "refresh"),
    acting("stream.unpark", UnparkInput, unpark, "Give parked events up", "trash", danger=True),
)
