"""A part of a store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TypeVar

from nexus_admin.brokers.fenced.names import EVERY, Fence, Names
from nexus_admin.brokers.store.map import Map
from nexus_admin.brokers.store.protocol import Capability, Entry, Store, StoreFigures

T = TypeVar("T")


class FencedStore:
    """A `Store` with the keys of *store* that begin with *prefix*. Its figures count those keys, and all hits."""

    def __init__(self, store: Store, prefix: str, names: Names = EVERY) -> None:
        self._store, self._fence = store, Fence(prefix, "key", names)

    @property
    def capabilities(self) -> frozenset[Capability]:
        """As `Store.capabilities`."""
        return self._store.capabilities

    def get(self, key: str, default: Any = None) -> Any:
        """As `Store.get`."""
        return self._store.get(self._fence.out(key), default)

    def set(self, key: str, value: Any, *, ttl: float | None = None, nx: bool = False) -> bool:
        """As `Store.set`."""
        return self._store.set(self._fence.out(key), value, ttl=ttl, nx=nx)

    def delete(self, *keys: str) -> int:
        """As `Store.delete`."""
        return self._store.delete(*(self._fence.out(key) for key in keys))

    def incr(self, key: str, by: int = 1, *, ttl: float | None = None) -> int:
        """As `Store.incr`."""
        return self._store.incr(self._fence.out(key), by, ttl=ttl)

    def cas(self, key: str, old: Any, new: Any) -> bool:
        """As `Store.cas`."""
        return self._store.cas(self._fence.out(key), old, new)

    def touch(self, key: str, ttl: float) -> bool:
        """As `Store.touch`."""
        return self._store.touch(self._fence.out(key), ttl)

    def scan(self, prefix: str = "") -> Iterator[Entry]:
        """As `Store.scan`."""
        for entry in self._store.scan(self._fence.prefix + prefix):
            if self._fence.has(entry.key):
                yield replace(entry, key=self._fence.inner(entry.key))

    def map(self, name: str, model: type[T]) -> Map[T]:
        """As `Store.map`."""
        return Map(self, name, model)

    def figures(self) -> StoreFigures:
        """As `Store.figures`."""
        keys = sum(1 for _ in self.scan())
        return replace(self._store.figures(), keys=keys)
