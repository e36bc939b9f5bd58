"""The store of the other side."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any, TypeVar

from nexus_admin.brokers.content import Content, content_of
from nexus_admin.brokers.store.map import Map
from nexus_admin.brokers.store.protocol import Capability, Entry, StoreFigures
from nexus_admin.client.line import Line

T = TypeVar("T")


class RemoteStore:
    """A `Store` over a line. `scan` gives at most 10,000 entries."""

    capabilities: frozenset[Capability] = frozenset({"ttl", "nx", "incr", "cas", "scan", "bounded", "shared"})

    def __init__(self, line: Line) -> None:
        self._line = line
        self._nothing = Content(b"", f"x-nothing/{secrets.token_hex(8)}")

    def get(self, key: str, default: Any = None) -> Any:
        """As `Store.get`."""
        found = self._line.call("store.get", key, self._nothing, twice=True)
        return default if found == self._nothing else found

    def set(self, key: str, value: Any, *, ttl: float | None = None, nx: bool = False) -> bool:
        """As `Store.set`."""
        return bool(self._line.call("store.set", key, content_of(value), ttl=ttl, nx=nx, twice=not nx))

    def delete(self, *keys: str) -> int:
        """As `Store.delete`."""
        return int(self._line.call("store.delete", *keys))

    def incr(self, key: str, by: int = 1, *, ttl: float | None = None) -> int:
        """As `Store.incr`."""
        return int(self._line.call("store.incr", key, by, ttl=ttl))

    def cas(self, key: str, old: Any, new: Any) -> bool:
        """As `Store.cas`."""
        return bool(self._line.call("store.cas", key, content_of(old), content_of(new)))

    def touch(self, key: str, ttl: float) -> bool:
        """As `Store.touch`."""
        return bool(self._line.call("store.touch", key, ttl, twice=True))

    def scan(self, prefix: str = "") -> Iterator[Entry]:
        """As `Store.scan`."""
        yield from self._line.call("store.scan", prefix, twice=True)

    def map(self, name: str, model: type[T]) -> Map[T]:
        """As `Store.map`."""
        return Map(self, name, model)

    def figures(self) -> StoreFigures:
        """As `Store.figures`."""
        found: StoreFigures = self._line.call("store.figures", twice=True)
        return found
