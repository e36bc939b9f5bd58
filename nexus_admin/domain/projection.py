"""A projection: what has happened, folded into rows that are quick to read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from nexus_admin.domain.action import Event
from nexus_admin.domain.dataclass import dataclass


class Projected(Protocol):
    """The rows of a projection, by key: what JSON can say, up to 64 KB each."""

    def get(self, key: str) -> dict[str, Any] | None:
        """Return the row with that key, None where there is none."""
        ...

    def rows(self, after: str = "", begins: str = "", limit: int = 1000) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield (key, row) in the order of the keys' bytes.

        Args:
            after: Only keys behind this one.
            begins: Only keys that begin so.
            limit: So many at most.
        """
        ...


class Folding(Protocol):
    """The rows of a projection while an event is folded into them."""

    def get(self, key: str) -> dict[str, Any] | None:
        """Return the row with that key, None where there is none."""
        ...

    def put(self, key: str, row: Mapping[str, Any]) -> None:
        """Keep *row* under a key of 1 to 500 letters."""
        ...

    def delete(self, key: str) -> None:
        """Keep none there."""
        ...


@dataclass(frozen=True, slots=True)
class Projection:
    """A named fold of a stream into rows.

    An event is folded exactly once: its rows are committed together with how far the stream was read. The fold must do
    nothing else, and give the same rows for the same events, for it is done again from the beginning on a rebuild.

    Args:
        name: Begins with the extension's own: `activity.changes`.
        fold: `fold(rows, event)`, one event after the other. One that raises is tried again, later each time, and after
            five times set aside for somebody to look at.
        title: What people read.
        stream: Which stream; `house` is that of what has happened here. An event of another one has its key in `target`
            and its value in `data`.
        version: Raise it where the fold changes: all is folded anew then, beside the rows that are shown meanwhile.
        owner: The extension that declared it; the kernel fills it in.
    """

    name: str
    fold: Callable[[Folding, Event], None]
    title: str = ""
    stream: str = "house"
    version: int = 1
    owner: str = "nexus"
