"""One stream in memory: its events in order, the versions of its keys, and where its groups are. Has no lock."""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import field

from nexus_admin.brokers.stream.checking import COUNTED, Ready, fits, micros_of, moment
from nexus_admin.brokers.stream.protocol import BEGIN, Parked, Position, Shift, StreamEvent, To
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import Conflict


@dataclass
class LaneAt:
    """Where one lane of a group is, and who has a batch of it until when, in seconds."""

    position: Position
    generation: int = 1
    lease: str | None = None
    until: float = 0.0
    attempts: int = 0
    error: str | None = None


@dataclass
class GroupAt:
    """The lanes of a group, and what it set aside by number."""

    lanes: list[LaneAt]
    parked: dict[int, Parked] = field(default_factory=dict)


@dataclass
class Kept:
    """An event with the number that says its lane."""

    event: StreamEvent
    slot: int
    at: int

    @property
    def position(self) -> Position:
        """Where it stands."""
        return self.event.position


class Log:
    """One stream."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.kept: list[Kept] = []
        self.groups: dict[str, GroupAt] = {}
        self.bytes = 0
        self.head = BEGIN
        self._ids: dict[str, StreamEvent] = {}
        self._versions: dict[str, int] = {}

    def append(self, ready: Sequence[Ready], expect: int | None, first: int) -> list[StreamEvent]:
        """Append what is not there, numbered from *first* on, and return all of it.

        Raises:
            Conflict: the key has another version than *expect*.
        """
        if expect is not None and not all(one.id in self._ids for one in ready):
            check_version(ready[0].key or "", self._versions.get(ready[0].key or "", 0), expect)
        return [self._ids.get(one.id) or self._put(one, first + place) for place, one in enumerate(ready)]

    def _put(self, one: Ready, seq: int) -> StreamEvent:
        version = None
        if one.key is not None:
            version = self._versions[one.key] = self._versions.get(one.key, 0) + 1
        event = StreamEvent(
            Position(0, seq), one.id, self.name, one.type, one.content, moment(one.at), one.key, version,
            json.loads(one.note) if one.note else {},
        )  # fmt: skip
        self.kept.append(Kept(event, one.slot, one.at))
        self._ids[one.id] = event
        self.head = event.position
        self.bytes += len(one.content.data)
        return event

    def after(self, position: Position) -> int:
        """Return the place in `kept` of the first event after *position*."""
        return bisect_right(self.kept, position, key=lambda one: one.position)

    def slot_of(self, event: StreamEvent) -> int:
        """Return the number of *event*, which is kept, that says its lane."""
        return self.kept[self.after(just_before(event.position))].slot

    def read(
        self, after: Position, limit: int, types: Sequence[str], key: str | None, backwards: bool
    ) -> list[StreamEvent]:
        """As `Stream.read`."""
        found: list[StreamEvent] = []
        for place in self._places(after, backwards):
            event = self.kept[place].event
            if (key is None or event.key == key) and fits(event.type, types):
                found.append(event)
                if len(found) == limit:
                    break
        return found

    def _places(self, after: Position, backwards: bool) -> Iterator[int]:
        if not backwards:
            return iter(range(self.after(after), len(self.kept)))
        end = len(self.kept) if after == BEGIN else bisect_left(self.kept, after, key=lambda one: one.position)
        return iter(range(end - 1, -1, -1))

    def of_lane(self, group: GroupAt, lane: int, after: Position, limit: int) -> list[Kept]:
        """Return up to *limit* events of a lane after *after*."""
        found: list[Kept] = []
        for place in range(self.after(after), len(self.kept)):
            if self.kept[place].slot % len(group.lanes) == lane:
                found.append(self.kept[place])
                if len(found) == limit:
                    break
        return found

    def target(self, group: GroupAt, lane: int, to: To) -> Position:
        """Return where `seek` puts a lane."""
        if isinstance(to, Position):
            return to
        if to == "begin":
            return BEGIN
        if to == "end":
            return self.head
        if isinstance(to, Shift):
            return self._shifted(group, lane, to.by)
        since = micros_of(to)
        return next((just_before(one.position) for one in self.kept if one.at >= since), self.head)

    def _shifted(self, group: GroupAt, lane: int, by: int) -> Position:
        here = group.lanes[lane].position
        if by >= 0:
            passed = self.of_lane(group, lane, here, by) if by else []
            return passed[-1].position if passed else here
        own = [one.position for one in self.kept if one.slot % len(group.lanes) == lane]
        done = bisect_right(own, here)
        return just_before(own[max(done + by, 0)]) if own and done else here

    def behind(self, group: GroupAt, lane: int, after: Position) -> list[Kept]:
        """Return what a lane has before it, up to the number that is counted."""
        return self.of_lane(group, lane, after, COUNTED)

    def forget(self, end: int, but: Collection[int] = ()) -> int:
        """Forget the first *end* events except those with the numbers *but*; return how many."""
        gone = [one for one in self.kept[:end] if one.position.seq not in but]
        self.kept[:end] = [one for one in self.kept[:end] if one.position.seq in but]
        for one in gone:
            del self._ids[one.event.id]
            self.bytes -= len(one.event.content.data)
        return len(gone)


def just_before(position: Position) -> Position:
    """Return a position that only what is at *position* or later comes after."""
    return Position(position.xid, position.seq - 1)


def check_version(key: str, version: int, expect: int) -> None:
    """Refuse an append that expects another version than there is."""
    if version != expect:
        raise Conflict(
            f"{key!r} is at version {version} by now, not {expect}. Read what came, and decide anew.",
            {"version": {"base": expect, "theirs": version, "yours": expect}},
        )
