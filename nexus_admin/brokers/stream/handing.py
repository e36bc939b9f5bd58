"""The rules of groups that every engine shares: what may be asked for, and what is said where it cannot be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from nexus_admin.brokers.stream.checking import LONGEST_LEASE, MOST_EVENTS, check_number, check_wait, micros
from nexus_admin.brokers.stream.protocol import Batch, Position, StreamEvent
from nexus_admin.brokers.stream.trimming import Bounds
from nexus_admin.domain.errors import BadRequest, Conflict, NotFound, Refused


def check_fetch(n: int, lease: float, wait: float) -> None:
    """Refuse numbers that `Stream.fetch` does not take."""
    check_number(n, "The number of events", 1, MOST_EVENTS)
    if not 0 < lease <= LONGEST_LEASE:
        raise BadRequest(f"A lease is a number of seconds above 0 and up to {LONGEST_LEASE:,g}, not {lease!r}.")
    check_wait(wait)


def bounds_of(
    now: float,
    older_than: timedelta | None = None,
    keep: int | None = None,
    keep_bytes: int | None = None,
    before: Position | None = None,
) -> Bounds:
    """Return what is asked to go at *now*, seconds since 1970.

    Raises:
        BadRequest: it is not said of what, or how much is kept.
    """
    if older_than is None and keep is None and keep_bytes is None and before is None:
        raise BadRequest("Say what to forget: events older than something, or all but so many, or so many bytes.")
    if older_than is not None and older_than < timedelta(0):
        raise BadRequest(f"An age is not below nothing, as {older_than} is.")
    if keep is not None and keep < 0:
        raise BadRequest(f"One can keep 0 events or more, not {keep!r}.")
    if keep_bytes is not None and keep_bytes < 0:
        raise BadRequest(f"One can keep 0 bytes or more, not {keep_bytes!r}.")
    old = None if older_than is None else micros(now - older_than.total_seconds())
    return Bounds(old, keep, keep_bytes, before)


def paged(read: Callable[..., list[StreamEvent]], after: Position) -> Iterator[StreamEvent]:
    """Give what *read* gives after a position, page by page."""
    while page := read(after=after):
        yield from page
        after = page[-1].position


def which_lanes(lanes: int, lane: int | None) -> Sequence[int]:
    """Return the lanes that are asked for, of a group that has *lanes*."""
    if lane is None:
        return range(lanes)
    if not 0 <= lane < lanes:
        raise BadRequest(f"There is no lane {lane!r}: the group has {lanes}, and the first is 0.")
    return (lane,)


def last_of(batch: Batch, upto: Position | None) -> Position:
    """Return up to where a commit passes *batch*.

    Raises:
        BadRequest: *upto* is not one of its events'.
    """
    if upto is None:
        return batch.events[-1].position
    if all(one.position != upto for one in batch.events):
        raise BadRequest(f"{upto} is not the position of an event of this batch.")
    return upto


def before_in(batch: Batch, event: StreamEvent) -> Position | None:
    """Return the position of what comes before *event* in *batch*; None where it is the first.

    Raises:
        BadRequest: it is not in it.
    """
    for place, one in enumerate(batch.events):
        if one.position == event.position:
            return batch.events[place - 1].position if place else None
    raise BadRequest(f"The event {event.id} is not in this batch.")


def not_the_first(event: StreamEvent) -> BadRequest:
    """Return the error for setting aside what has others before it that are not done with."""
    return BadRequest(f"Before {event.id} come others that are not done with. Commit up to them, then set it aside.")


def no_group(stream: str, group: str) -> NotFound:
    """Return the error for a group that is not there."""
    return NotFound(f"The stream {stream!r} has no group called {group!r}. Make it with group() first.")


def other_lanes(group: str, there: int, asked: int) -> Refused:
    """Return the error for a group that was made otherwise."""
    return Refused(f"The group {group!r} has {there} lanes, not {asked}. Forget it first: it then begins anew.")


def lost(batch: Batch) -> Conflict:
    """Return the error for a commit within a transaction that does not count."""
    return Conflict(
        f"Nothing was changed. The batch of {batch.group!r} does not count any more: its lease was over, "
        "or the group was moved."
    )


def closed() -> Refused:
    """Return the error for a call that comes too late."""
    return Refused("The stream is closed: the application is stopping.")
