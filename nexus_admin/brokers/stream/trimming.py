"""Forgetting the beginning of a stream: what may be asked for, and what it comes to."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from nexus_admin.brokers.stream.position import Position
from nexus_admin.domain.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Need:
    """What a group still needs of events that are asked to go: it keeps them from going, and loses them by force.

    Args:
        events: What it has not done with.
        parked: What it has set aside.
    """

    group: str
    events: int
    parked: int


@dataclass(frozen=True, slots=True)
class Trimming:
    """What a trim comes to.

    Args:
        before: What stands before it goes, except what a group has set aside where nothing is forced.
        events, bytes: How many go, and of how many bytes of payloads.
        needs: The groups that need something of what is asked to go.
    """

    before: Position
    events: int
    bytes: int
    needs: tuple[Need, ...]


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is asked to go, as engines read it; *old* in microseconds since 1970."""

    old: int | None
    keep: int | None
    bytes: int | None
    before: Position | None


class Trims(Protocol):
    """The part of a stream that forgets."""

    def trim(
        self,
        stream: str,
        *,
        older_than: timedelta | None = None,
        keep: int | None = None,
        keep_bytes: int | None = None,
        before: Position | None = None,
        force: bool = False,
    ) -> int:
        """Forget events from the beginning, never one that a group has not done with or has set aside.

        Of several limits all have to allow it.

        Args:
            keep: So many of the newest stay.
            keep_bytes: The newest whose payloads have so many bytes together stay.
            before: What stands there or later stays.
            force: Forget also what groups need: it is not handed out any more, and a batch of it does not count.

        Returns:
            How many.
        """
        ...

    def trim_plan(
        self,
        stream: str,
        *,
        older_than: timedelta | None = None,
        keep: int | None = None,
        keep_bytes: int | None = None,
        before: Position | None = None,
        force: bool = False,
    ) -> Trimming:
        """Return what `trim` would forget, and which groups need something of it; nothing is forgotten."""
        ...
