"""What every stream can do, what is read of it, and what an engine says that it can."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any, Literal, Protocol

from nexus_admin.brokers.content import Content
from nexus_admin.brokers.stream.position import BEGIN as BEGIN
from nexus_admin.brokers.stream.position import Position as Position
from nexus_admin.brokers.stream.trimming import Trims
from nexus_admin.domain.dataclass import dataclass

Capability = Literal["durable", "shared", "transactional", "expect", "groups", "seek", "park", "retention", "wait"]
"""`durable`: what was acknowledged outlives the process. `shared`: other processes append and read too.
`transactional`: `tx=` joins a transaction of our state. The rest are what the methods call so."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """An event to be appended.

    Args:
        type: What happened, such as `order.paid`.
        payload: Bytes, a `Content`, or what JSON can say.
        key: Events that share it keep their order in every group.
        note: What goes along and the stream does not read: actor, correlation, causation, trace.
        id: A ULID; what has one that is there already is not appended again. None makes one.
    """

    type: str
    payload: Any = None
    key: str | None = None
    note: Mapping[str, Any] = field(default_factory=dict)
    id: str | None = None


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """An event as it was appended; it never changes.

    Args:
        position: Where it stands.
        id: A ULID.
        stream: Where.
        type, key, note: As in `Fresh`.
        content: What was said; `value` of it is what was put in.
        version: Its place among the events of its key, from 1; None without a key.
        at: When it was appended.
    """

    position: Position
    id: str
    stream: str
    type: str
    content: Content
    at: datetime
    key: str | None = None
    version: int | None = None
    note: Mapping[str, Any] = field(default_factory=dict)

    @property
    def value(self) -> Any:
        """What was put in, made anew."""
        return self.content.value


@dataclass(frozen=True, slots=True)
class Batch:
    """Events that a group was handed, of one lane, under a lease.

    Args:
        stream, group, lane: Whose.
        events: In their order; never empty.
        generation: Shown at the commit; whoever moved the group meanwhile has raised it.
        lease: Shown at the commit too.
        attempts: How often the first of them was handed out before.
        again: Whether it is one event that was set aside and is tried again, past the order of its lane.
    """

    stream: str
    group: str
    lane: int
    events: tuple[StreamEvent, ...]
    generation: int
    lease: str
    attempts: int = 0
    again: bool = False


@dataclass(frozen=True, slots=True)
class Parked:
    """An event that a group set aside because it could not be worked on.

    Attributes:
        again: Whether it waits to be tried once more.
    """

    event: StreamEvent
    group: str
    attempts: int
    error: str
    at: datetime
    again: bool = False


@dataclass(frozen=True, slots=True)
class LaneFigures:
    """Where one lane of a group is: how many events it is behind (counted up to 10,000), and who is at work."""

    lane: int
    position: Position
    behind: int
    oldest: float | None
    leased: bool
    attempts: int
    error: str | None


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """Where a group is.

    Args:
        behind: Events that it has not done with, counted up to 10,000 a lane.
        oldest: Seconds since the first of them was appended; None where there is none.
        parked: Events that it set aside.
    """

    stream: str
    group: str
    lanes: tuple[LaneFigures, ...]
    behind: int
    oldest: float | None
    parked: int


@dataclass(frozen=True, slots=True)
class StreamFigures:
    """How a stream is doing: its head (the last position), events, bytes of their payloads, first and last moment.

    Where nobody counts them, as in the ledger, *bytes* is None.
    """

    stream: str
    head: Position
    events: int
    bytes: int | None
    first_at: datetime | None
    last_at: datetime | None
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shift:
    """So many events forwards, or backwards where it is negative."""

    by: int


To = Literal["begin", "end"] | Position | datetime | Shift
"""Where a group is moved: `begin` reads everything anew, `end` only what comes, a moment what came at or after it."""


class Stream(Trims, Protocol):
    """What happened, in order, to be read again by whoever wants to.

    An append is durable when it returns. All readers see events in one order, and never one that later gets an earlier
    one in front of it. A group remembers how far it is; its lanes are worked on side by side, and events of one key
    are in one lane. At least once; exactly once where the effect is written with the commit, `tx=`.
    """

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What this engine can do; what it cannot is refused by name, never left out."""
        ...

    def append(self, stream: str, *events: Fresh, expect: int | None = None, tx: Any = None) -> list[StreamEvent]:
        """Append *events*, all or none.

        Args:
            stream: A name of 1 to 200 letters, digits, `.`, `_`, `-`; it comes into being by being used.
            events: At least one.
            expect: The version that the last event of their key has (0: there is none); all have one key then.
            tx: The connection of a transaction of our own state, which they join.

        Returns:
            Them as they are now; one whose id was there already as it was. In a transaction of PostgreSQL the
            position holds as soon as it commits.

        Raises:
            Conflict: the version is another one by now.
            BadRequest, Invalid, TooLarge, Refused: as in `Queue.push`.
        """
        ...

    def read(
        self,
        stream: str,
        *,
        after: Position = BEGIN,
        limit: int = 1000,
        types: Sequence[str] = (),
        key: str | None = None,
        backwards: bool = False,
    ) -> list[StreamEvent]:
        """Return up to *limit* (1 to 10,000) events after a position, or before it and the last first.

        Args:
            types: Only of these; one that ends with `.*` means all that begin so.
            key: Only of this one.
            backwards: Before *after*; `BEGIN` then means from the end.
        """
        ...

    def replay(
        self, stream: str, *, after: Position = BEGIN, types: Sequence[str] = (), key: str | None = None
    ) -> Iterator[StreamEvent]:
        """Give all events after a position one by one, up to the last that there is when it comes to it.

        The quickest way to read many, and none of them is kept: who stops goes on from the position of the last one.

        Args:
            types, key: As in `read`.
        """
        ...

    def wait(self, stream: str, after: Position, seconds: float) -> bool:
        """Wait until there is something after *after*, without a busy loop; return whether there is."""
        ...

    def group(self, stream: str, group: str, *, lanes: int = 1, start: To = "begin") -> None:
        """See that the group is there; one that is stays as it is.

        Raises:
            Refused: it has another number of lanes; forget it first.
        """
        ...

    def fetch(
        self,
        stream: str,
        group: str,
        *,
        lane: int | None = None,
        n: int = 1000,
        lease: float = 30.0,
        wait: float = 0.0,
    ) -> Batch | None:
        """Take the next events of a lane that nobody has, for *lease* seconds; None where nothing came in time."""
        ...

    def commit(self, batch: Batch, *, upto: Position | None = None, tx: Any = None) -> bool:
        """Say that *batch*, or its events up to one, is done with; with *tx*, if that commits.

        Returns:
            Whether it still counts. False: the lease was over or the group was moved. With *tx* that raises
            `Conflict` instead, so that what was written with it is not.
        """
        ...

    def release(self, batch: Batch, error: str = "", *, retry_in: float = 0.0) -> None:
        """Give *batch* back undone; it comes again, not before *retry_in* seconds."""
        ...

    def extend(self, batch: Batch, seconds: float) -> bool:
        """Keep *batch* for *seconds* from now; return whether it is still ours."""
        ...

    def park(self, batch: Batch, event: StreamEvent, error: str) -> bool:
        """Set the first event of *batch* aside and pass it; return as `commit`."""
        ...

    def parked(self, stream: str, group: str, *, after: int = 0, limit: int = 50) -> list[Parked]:
        """Return what a group set aside, in order, after the event with the number *after*."""
        ...

    def retry(self, stream: str, group: str, *seqs: int) -> int:
        """Have these handed out again, one by one and each once, past the order of their lane; all where none is named.

        A commit ends that they are set aside; `park`, or `release` with an error, sets them aside once more.
        """
        ...

    def unpark(self, stream: str, group: str, *seqs: int) -> int:
        """Forget that these were set aside: they were done by hand, or are given up. Return how many."""
        ...

    def seek(self, stream: str, group: str, to: To, *, try_only: bool = False) -> int:
        """Move every lane of a group; batches that are out do not count any more.

        Args:
            try_only: Move nothing.

        Returns:
            How many events it has before it then, counted up to 10,000.
        """
        ...

    def forget_group(self, stream: str, group: str) -> bool:
        """Let go of a group with what it set aside; return whether there was one."""
        ...

    def figures(self) -> list[StreamFigures]:
        """Return how each stream is doing, by name."""
        ...

    def groups(self, stream: str) -> list[GroupFigures]:
        """Return where each group of *stream* is, by name."""
        ...

    def close(self) -> None:
        """Wake up who waits; later calls are refused."""
        ...
