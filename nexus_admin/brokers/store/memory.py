"""The store of one process: a dictionary with a bound in bytes, and lifetimes that need no thread.

Every method holds one lock for a few microseconds, so all calls have one order. What is over goes when
somebody comes upon it, and a few of the oldest with every write; so nothing has a timer of its own.
"""

from __future__ import annotations

import heapq
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from nexus_admin.brokers.content import JSON, Content, content_of
from nexus_admin.brokers.store.checking import WHOLE, check_key, check_lifetime, whole
from nexus_admin.brokers.store.map import Map
from nexus_admin.brokers.store.protocol import Capability, Entry, StoreFigures
from nexus_admin.domain.errors import Refused, TooLarge

T = TypeVar("T")

MOST_BYTES = 64 * 2**20
MOST_VALUE = 2**20

OVERHEAD = 384
"""What an entry takes in CPython beside its key and value, in bytes: its place in the order, and five objects."""
TIMED = 192
"""What a lifetime adds to that: its place in the order of ends, and a stale one beside it."""

_SWEEP = 4
"""Entries that are over and go with each write. More than one, so that they grow fewer."""


class _Held:
    __slots__ = ("content", "cost", "ends", "key")

    def __init__(self, key: str, content: Content, ends: float | None) -> None:
        self.key = key
        self.content = content
        self.ends = ends
        self.cost = OVERHEAD + len(key.encode()) + len(content.data) + (TIMED if ends is not None else 0)


class MemoryStore:
    """A `Store` in the memory of this process.

    Args:
        most_bytes: What all entries may take: for each, its key and value in bytes, and `OVERHEAD`, and `TIMED`
            where it has a lifetime. Beyond that go first what is over, then what was used longest ago.
        most_keys: How many there may be; None leaves that to their bytes.
        most_value: The largest value, in bytes.
        clock: Seconds that only grow; tests give their own.
    """

    capabilities: frozenset[Capability] = frozenset({"ttl", "nx", "incr", "cas", "scan", "bounded"})

    def __init__(
        self,
        most_bytes: int = MOST_BYTES,
        *,
        most_keys: int | None = None,
        most_value: int = MOST_VALUE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most_bytes = most_bytes
        self._most_keys = most_keys
        self._most_value = most_value
        self._clock = clock
        self._lock = threading.Lock()
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._ends: list[tuple[float, str]] = []
        self._timed = 0
        self._bytes = 0
        self._hits = self._misses = self._evicted = self._expired = 0

    def get(self, key: str, default: Any = None) -> Any:
        """As `Store.get`."""
        with self._lock:
            one = self._live(key, self._clock())
            if one is None:
                self._misses += 1
                return default
            self._hits += 1
            self._held.move_to_end(key)
            content = one.content
        return content.value  # made outside of the lock: contents never change

    def set(self, key: str, value: Any, *, ttl: float | None = None, nx: bool = False) -> bool:
        """As `Store.set`."""
        content = self._fitting(key, content_of(value))
        check_lifetime(ttl)
        with self._lock:
            now = self._clock()
            if nx and self._live(key, now) is not None:
                return False
            self._put(key, content, None if ttl is None else now + ttl, now)
        return True

    def delete(self, *keys: str) -> int:
        """As `Store.delete`."""
        with self._lock:
            now = self._clock()
            return sum(self._live(key, now) is not None and self._drop(key) for key in keys)

    def incr(self, key: str, by: int = 1, *, ttl: float | None = None) -> int:
        """As `Store.incr`."""
        check_lifetime(ttl)
        with self._lock:
            now = self._clock()
            one = self._live(key, now)
            number = 0 if one is None else whole(key, one.content)
            number += by
            if number not in WHOLE:
                raise Refused(f"{key!r} would not fit into 64 bits. It stays what it is.")
            content = self._fitting(key, Content(b"%d" % number, JSON))
            ends = one.ends if one is not None else None if ttl is None else now + ttl
            self._put(key, content, ends, now)
            return number

    def cas(self, key: str, old: Any, new: Any) -> bool:
        """As `Store.cas`."""
        expected, content = content_of(old), self._fitting(key, content_of(new))
        with self._lock:
            now = self._clock()
            one = self._live(key, now)
            if one is None or one.content != expected:
                return False
            self._put(key, content, one.ends, now)
            return True

    def touch(self, key: str, ttl: float) -> bool:
        """As `Store.touch`."""
        check_lifetime(ttl)
        with self._lock:
            now = self._clock()
            one = self._live(key, now)
            if one is None:
                return False
            self._put(key, one.content, now + ttl, now)
            return True

    def scan(self, prefix: str = "") -> Iterator[Entry]:
        """As `Store.scan`. The names are taken at once, the values one by one."""
        with self._lock:
            names = list(self._held)
        for key in names:
            if key.startswith(prefix):
                with self._lock:
                    now = self._clock()
                    one = self._live(key, now)
                if one is not None:
                    yield Entry(key, one.content, None if one.ends is None else one.ends - now)

    def map(self, name: str, model: type[T]) -> Map[T]:
        """As `Store.map`."""
        return Map(self, name, model)

    def figures(self) -> StoreFigures:
        """As `Store.figures`; without what is over."""
        with self._lock:
            self._sweep(self._clock(), len(self._ends))
            return StoreFigures(
                len(self._held), self._bytes, self._most_bytes, self._hits, self._misses, self._evicted, self._expired
            )

    # ── below the lock ───────────────────────────────────────────────────────────────────────

    def _live(self, key: str, now: float) -> _Held | None:
        one = self._held.get(key)
        if one is not None and one.ends is not None and one.ends <= now:
            self._expired += self._drop(key)
            return None
        return one

    def _put(self, key: str, content: Content, ends: float | None, now: float) -> None:
        before = self._held.get(key)
        kept = _Held(key if before is None else before.key, content, ends)
        self._bytes += kept.cost
        if before is not None:
            self._bytes -= before.cost
            self._timed -= before.ends is not None
        self._held[key] = kept
        self._held.move_to_end(key)
        if ends is not None:
            self._timed += 1
            if before is None or before.ends != ends:
                heapq.heappush(self._ends, (ends, kept.key))
                self._tidy()
        self._sweep(now, _SWEEP)
        self._make_room(now)

    def _drop(self, key: str) -> bool:
        gone = self._held.pop(key)
        self._bytes -= gone.cost
        self._timed -= gone.ends is not None
        return True

    def _sweep(self, now: float, most: int) -> None:
        """Take away up to *most* entries whose end has come, the earliest first."""
        while most > 0 and self._ends and self._ends[0][0] <= now:
            ends, key = heapq.heappop(self._ends)
            one = self._held.get(key)
            if one is not None and one.ends == ends:
                self._expired += self._drop(key)
            most -= 1

    def _make_room(self, now: float) -> None:
        most_keys = math.inf if self._most_keys is None else self._most_keys
        while self._bytes > self._most_bytes or len(self._held) > most_keys:
            if self._ends and self._ends[0][0] <= now:
                self._sweep(now, 1)
            else:
                self._evicted += self._drop(next(iter(self._held)))

    def _tidy(self) -> None:
        """Make the order of ends anew where half of it is stale: of lifetimes that were prolonged or cut short."""
        if len(self._ends) > 2 * self._timed + 64:
            self._ends = [(one.ends, one.key) for one in self._held.values() if one.ends is not None]
            heapq.heapify(self._ends)

    def _fitting(self, key: str, content: Content) -> Content:
        check_key(key)
        size = len(content.data)
        if size > self._most_value:
            raise TooLarge(f"The value of {key!r} has {size:,} bytes; one may have {self._most_value:,} here.")
        if OVERHEAD + TIMED + len(key.encode()) + size > self._most_bytes:
            raise TooLarge(
                f"The value of {key!r} has {size:,} bytes; the whole store has room for {self._most_bytes:,}."
            )
        return content
