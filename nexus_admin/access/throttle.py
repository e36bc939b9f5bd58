"""Slowing down: a growing delay for wrong guesses, and a limit of requests a minute.

A delay, never a lock: whoever guesses at somebody's password cannot shut them out for good.
An attempt counts before it is made, so that a hundred at once are a hundred attempts.

Both count in stores of their own, which nothing else can fill: a flood of anything else forgets no guess.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from nexus_admin.brokers.store import Map, MemoryStore, Store
from nexus_admin.domain.errors import TooManyRequests


@dataclass(frozen=True, slots=True)
class Pace:
    """How a kind of guess is slowed down.

    Args:
        free: Wrong guesses before the first delay.
        first: The first delay in seconds; each further wrong guess doubles it.
        longest: No delay is longer, in seconds.
    """

    free: int
    first: float
    longest: float


ACCOUNT = Pace(free=5, first=1, longest=60)
ADDRESS = Pace(free=20, first=1, longest=900)
CODE = Pace(free=5, first=30, longest=3600)

_FORGET_AFTER = 3600.0
_MOST = 50_000


@dataclass(frozen=True, slots=True)
class _Guesses:
    count: int = 0
    last: float = 0.0
    blocked_until: float = 0.0


class Throttle:
    """Counts wrong guesses by kind and name, in memory.

    Args:
        clock: Seconds; tests give their own.
        most: Names remembered for each pace; the one that was quiet longest is forgotten first.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, most: int = _MOST) -> None:
        self._clock = clock
        self._most = most
        self._lock = threading.Lock()
        self._seen: dict[Pace, Map[_Guesses]] = {}

    def attempt(self, *guesses: tuple[Pace, str]) -> None:
        """Count one attempt against each (pace, name), or refuse all of them.

        Raises:
            TooManyRequests: one of them must wait; that does not lengthen the wait.
        """
        now = self._clock()
        with self._lock:
            found = [(pace, name, self._of(pace).get(_key(name)) or _Guesses()) for pace, name in guesses]
            wait = max((self._wait(pace, one, now) for pace, _name, one in found), default=0.0)
            if wait > 0:
                seconds = math.ceil(wait)
                raise TooManyRequests(f"Too many attempts. Try again in {_spoken(seconds)}.", retry_after=seconds)
            for pace, name, one in found:
                count, until = one.count + 1, one.blocked_until
                if count >= pace.free:
                    until = now + min(pace.longest, pace.first * 2.0 ** min(count - pace.free, 40))
                forgotten = max(_FORGET_AFTER, 2 * pace.longest)
                self._of(pace).set(_key(name), _Guesses(count, now, until), ttl=forgotten)

    def succeeded(self, pace: Pace, name: str) -> None:
        """Forget the wrong guesses of *name*: this one was right."""
        with self._lock:
            self._of(pace).delete(_key(name))

    def forgive(self, pace: Pace, name: str) -> None:
        """Take the last attempt of *name* back, and only that: others from the same address may still be guessing."""
        with self._lock:
            one = self._of(pace).get(_key(name))
            if one is not None:
                count = max(0, one.count - 1)
                until = 0.0 if count < pace.free else one.blocked_until
                self._of(pace).cas(_key(name), one, replace(one, count=count, blocked_until=until))

    def _of(self, pace: Pace) -> Map[_Guesses]:
        if pace not in self._seen:
            self._seen[pace] = MemoryStore(most_keys=self._most, clock=self._clock).map("guesses", _Guesses)
        return self._seen[pace]

    @staticmethod
    def _wait(pace: Pace, one: _Guesses, now: float) -> float:
        # A clock that was put back must not make a delay longer than it may be.
        return min(one.blocked_until - now, pace.longest)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a limit: for the headers of an answer."""

    limit: int
    remaining: int
    resets_in: float


class RateLimiter:
    """A bucket of requests for each name; it is filled again, whole, a minute after the first was taken.

    So never more than the limit pass within that minute: the next one is told when to come back.

    Args:
        limit: Requests a minute.
        per: Seconds that a minute has.
        clock: Seconds; tests give their own.
        most: Buckets kept; beyond that go those that were used longest ago.
        store: Where the buckets are; one that is shared counts for all processes. Without one, in memory.
    """

    def __init__(
        self,
        limit: int = 1000,
        *,
        per: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
        most: int = _MOST,
        store: Store | None = None,
    ) -> None:
        self.limit = limit
        self._per = per
        self._clock = clock
        self._store = store or MemoryStore(most_keys=most, clock=clock)

    def take(self, name: str, cost: int = 1, limit: int | None = None) -> Allowance:
        """Take *cost* requests out of the bucket called *name*, which holds *limit* of them.

        Raises:
            TooManyRequests: it is empty; `retry_after` says when it is full again.
        """
        limit = self.limit if limit is None else limit
        key = f"requests:{_key(name)}"
        while True:
            held = self._store.get(key)
            now = self._clock()  # after the bucket was read: it cannot have begun later
            began, taken = held if held is not None and 0 <= now - held[0] < self._per else (now, 0)
            resets_in = began + self._per - now
            if taken + cost > limit:
                seconds = max(1, math.ceil(resets_in))
                raise TooManyRequests(
                    f"More than {limit} requests a minute. Try again in {_spoken(seconds)}.", retry_after=seconds
                )
            if self._put(key, held, [began, taken + cost]):
                return Allowance(limit, limit - taken - cost, resets_in)

    def _put(self, key: str, held: list[float] | None, bucket: list[float]) -> bool:
        """Put *bucket* in the place of what was *held*; False where somebody else was quicker."""
        # Kept for longer than it counts, which `began` says: two clocks may differ.
        if held is None:
            return self._store.set(key, bucket, ttl=2 * self._per, nx=True)
        swapped = self._store.cas(key, held, bucket)
        if swapped and held[0] != bucket[0]:
            self._store.touch(key, 2 * self._per)
        return swapped


def network_of(address: str) -> str:
    """Return what stands for *address* in a count: an IPv4 address, or the /64 that somebody owns whole."""
    try:
        parsed = ipaddress.ip_address(address.strip())
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def _key(name: str) -> str:
    """Return what a name is kept under: of one length whatever it is, and no address that anybody could read."""
    return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _spoken(seconds: int) -> str:
    if seconds < 120:
        return f"{seconds} second{'s' if seconds != 1 else ''}"
    return f"{math.ceil(seconds / 60)} minutes"
