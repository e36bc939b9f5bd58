"""What was read a moment ago, by the hash of what was asked with; gone at once when anything changes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from nexus_admin.access.records import FRESH

V = TypeVar("V")


class Memory(Generic[V]):
    """Keeps answers for two seconds at most, and never one that was read before the last change."""

    def __init__(self, most: int = 20_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._kept: dict[str, tuple[float, V]] = {}

    def forget(self) -> None:
        """Drop everything, and whatever is being read right now."""
        self._kept = {}

    def get(self, key: str, read: Callable[[], V]) -> V:
        """Return what is kept under *key*, or what *read* gives."""
        mine = self._kept  # what is read now is put here, also where others forget it at that very moment
        kept = mine.get(key)
        if kept is not None and kept[0] > self._clock():
            return kept[1]
        value = read()
        if value is not None:  # whoever guesses shall not fill it
            if len(mine) >= self._most:
                mine.clear()
            mine[key] = (self._clock() + FRESH, value)
        return value
