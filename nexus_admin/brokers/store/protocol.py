"""What every store can do, and what an engine says that it can."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, Protocol, TypeVar

from nexus_admin.brokers.content import Content
from nexus_admin.brokers.store.map import Map
from nexus_admin.domain.dataclass import dataclass

T = TypeVar("T")

Capability = Literal["ttl", "nx", "incr", "cas", "scan", "bounded", "shared", "durable"]
"""`bounded`: drops what was not asked for longest when it is full. `shared`: other processes see the same
values. `durable`: they are still there after a restart. The rest are the methods and arguments of that name."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A key and what it holds, as `scan` gives them.

    Args:
        key: Its name.
        content: Its bytes and their type; `content.value` is what was put in.
        expires_in: Seconds that it has left; None lives on.
    """

    key: str
    content: Content
    expires_in: float | None = None


@dataclass(frozen=True, slots=True)
class StoreFigures:
    """How a store is doing, since it was made.

    Args:
        keys: Keys that it holds.
        bytes: What they take, as the engine counts.
        most_bytes: What they may take; 0 where nothing limits it.
        hits, misses: How often `get` found something, and how often nothing.
        evicted: Keys that were dropped to make room.
        expired: Keys whose lifetime was over.
    """

    keys: int
    bytes: int
    most_bytes: int
    hits: int
    misses: int
    evicted: int
    expired: int

    @property
    def hit_rate(self) -> float:
        """The share of `get` that found something, 0 to 1; 0 where nothing was asked."""
        asked = self.hits + self.misses
        return self.hits / asked if asked else 0.0


class Store(Protocol):
    """Values by key. Each call is one step: of two at the same time on one key, one comes first, for everybody.

    A key is a text of 1 to 1,024 bytes. A value is bytes, a `Content`, or what JSON can say. Whatever would write
    raises `BadRequest` where the key or the lifetime is none.
    """

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What this engine can do."""
        ...

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value of *key*, or *default* where there is none."""
        ...

    def set(self, key: str, value: Any, *, ttl: float | None = None, nx: bool = False) -> bool:
        """Put *value* there, for *ttl* seconds or until it is taken away; with *nx* only where nothing is.

        Returns:
            Whether it was put there.

        Raises:
            TooLarge: the value has more bytes than one may have; what was there stays.
            Invalid: the value is neither bytes nor JSON.
        """
        ...

    def delete(self, *keys: str) -> int:
        """Take *keys* away; return how many there were."""
        ...

    def incr(self, key: str, by: int = 1, *, ttl: float | None = None) -> int:
        """Add *by* to the whole number there, which is 0 where nothing is; return the sum.

        Args:
            key: Its name.
            by: What is added; may be negative.
            ttl: Seconds that a counter lives which this call makes. One that is there keeps its own end, so that
                it counts what happened within that time and no later call prolongs it.

        Raises:
            Refused: there is something else than a whole number, or the sum does not fit into 64 bits.
        """
        ...

    def cas(self, key: str, old: Any, new: Any) -> bool:
        """Put *new* in the place of *old*, if that is what is there; its lifetime goes on.

        Values are compared by their bytes and type: 1 is not 1.0. Nothing is equal to no value;
        to make a key that is not there, `set` with *nx*.
        """
        ...

    def touch(self, key: str, ttl: float) -> bool:
        """Let *key* live for *ttl* seconds from now; return whether it is there."""
        ...

    def scan(self, prefix: str = "") -> Iterator[Entry]:
        """Give every entry whose key begins with *prefix*, in no order.

        What is there all the while comes once; what comes, goes or changes meanwhile may or may not show.
        It counts as no hit and keeps nothing from being dropped.
        """
        ...

    def map(self, name: str, model: type[T]) -> Map[T]:
        """Return a handle on the keys that begin with `name:`, whose values are of *model*."""
        ...

    def figures(self) -> StoreFigures:
        """Return how it is doing."""
        ...
