"""How the two databases are spoken to, and what they do differently.

Statements go to the driver's own cursor: it keeps them prepared, and what SQLAlchemy adds to each
would cost more than most of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import sqlalchemy as sa

from nexus_admin.brokers.queue.protocol import Capability
from nexus_admin.brokers.queue.statements import FAR
from nexus_admin.state.engine import State

Values = Sequence[Any]

DURABLE: frozenset[Capability] = frozenset(
    {"durable", "transactional", "priority", "delay", "key", "serial", "batch", "wait", "pause", "history"}
)


class Dialect(Protocol):
    """What an engine asks of its database.

    Attributes:
        shares_lines: Whether several connections write at once, so that who changes a line locks it.
        locking: What a SELECT ends with whose rows nobody else is to change until the commit.
    """

    name: str
    capabilities: frozenset[Capability]
    shares_lines: bool
    locking: str

    def wall(self, state: State) -> Callable[[], float]:
        """Return the clock that all processes on this state share; seconds since 1970."""
        ...

    def rows(self, connection: sa.Connection, statement: str, values: Values = ()) -> list[Any]:
        """Return the rows of a SELECT."""
        ...

    def taken(self, connection: sa.Connection, statement: str, values: Values = ()) -> list[Any]:
        """Return the rows of a SELECT that nobody else is at, and keep others off them."""
        ...

    def each(self, connection: sa.Connection, statement: str, many: Sequence[Values]) -> list[int]:
        """Run it once for each; return how many rows each changed."""
        ...

    def all(self, connection: sa.Connection, statement: str, many: Sequence[Values]) -> None:
        """Run it once for each."""
        ...

    def changed(self, connection: sa.Connection, statement: str, values: Values, ids: Sequence[str]) -> list[str]:
        """Run an UPDATE that ends with `id AMONG ?` for all of *ids* at once; return those that it changed.

        One statement for many rows takes half of what one for each of them takes.
        """
        ...

    def lock_line(self, connection: sa.Connection, queue: str, serial: str, *, wait: bool = True) -> bool:
        """Keep others off a line until the commit; return whether it is ours, which it is unless *wait* is False."""
        ...

    def move_clock(self, connection: sa.Connection, by: int, now: int, seen: int | None) -> int:
        """Move leases and delays along with the clock, once, however many processes notice.

        Args:
            connection: In a transaction.
            by: By how much it was set.
            now: The moment after that.
            seen: What this returned the last time; None the first time.
        """
        ...

    def text_in(self, column: str) -> str:
        """Return the condition that a text or bytes column holds what `?` is."""
        ...


def kept_to_spans(now: int) -> tuple[int, int, int]:
    """Return the values of `SHORTEN`: nothing waits, and nobody holds anything, for longer than was said."""
    return now, FAR, now
