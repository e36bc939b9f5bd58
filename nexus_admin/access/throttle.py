"""Slowing down: a growing delay for wrong guesses, and a limit of requests a minute.

A delay, never a lock: whoever guesses at somebody's password cannot shut them out for good.
An attempt counts before it is made, so that a hundred at once are a hundred attempts.
"""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

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


@dataclass(slots=True)
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
        self._seen: dict[Pace, OrderedDict[str, _Guesses]] = {}

    def attempt(self, *guesses: tuple[Pace, str]) -> None:
        """Count one attempt against each (pace, name), or refuse all of them.

        Raises:
            TooManyRequests: one of them must wait; that does not lengthen the wait.
        """
        now = self._clock()
        with self._lock:
            found = [(pace, self._of(pace, name, now)) for pace, name in guesses]
            wait = max((self._wait(pace, one, now) for pace, one in found), default=0.0)
            if wait > 0:
                seconds = math.ceil(wait)
                raise TooManyRequests(f"Too many attempts. Try again in {_spoken(seconds)}.", retry_after=seconds)
            for pace, one in found:
                one.count += 1
                one.last = now
                if one.count >= pace.free:
                    one.blocked_until = now + min(pace.longest, pace.first * 2.0 ** min(one.count - pace.free, 40))

    def succeeded(self, pace: Pace, name: str) -> None:
        """Forget the wrong guesses of *name*: this one was right."""
        with self._lock:
            self._seen.get(pace, OrderedDict()).pop(name, None)

    def forgive(self, pace: Pace, name: str) -> None:
        """Take the last attempt of *name* back, and only that: others from the same address may still be guessing."""
        with self._lock:
            one = self._seen.get(pace, OrderedDict()).get(name)
            if one is not None:
                one.count = max(0, one.count - 1)
                one.blocked_until = 0.0 if one.count < pace.free else one.blocked_until

    def _of(self, pace: Pace, name: str, now: float) -> _Guesses:
        names = self._seen.setdefault(pace, OrderedDict())
        one = names.get(name)
        if one is None or now - one.last > max(_FORGET_AFTER, 2 * pace.longest):
            one = names[name] = _Guesses()
            if len(names) > self._most:
                names.popitem(last=False)
        names.move_to_end(name)
        return one

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
        clock: Seconds; tests give their own.
        most: Buckets kept; beyond that the oldest go.
    """

    def __init__(
        self, limit: int = 1000, *, per: float = 60.0, clock: Callable[[], float] = time.monotonic, most: int = _MOST
    ) -> None:
        self.limit = limit
        self._per = per
        self._clock = clock
        self._most = most
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, list[float]] = OrderedDict()

    def take(self, name: str, cost: int = 1, limit: int | None = None) -> Allowance:
        """Take *cost* requests out of the bucket called *name*, which holds *limit* of them.

        Raises:
            TooManyRequests: it is empty; `retry_after` says when it is full again.
        """
        now = self._clock()
        limit = self.limit if limit is None else limit
        with self._lock:
            bucket = self._buckets.get(name)
            if bucket is None or not 0 <= now - bucket[0] < self._per:
                self._buckets.pop(name, None)
                bucket = self._buckets[name] = [now, 0]
                if len(self._buckets) > self._most:
                    self._buckets.popitem(last=False)
            resets_in = bucket[0] + self._per - now
            if bucket[1] + cost > limit:
                seconds = max(1, math.ceil(resets_in))
                raise TooManyRequests(
                    f"More than {limit} requests a minute. Try again in {_spoken(seconds)}.", retry_after=seconds
                )
            bucket[1] += cost
            return Allowance(limit, int(limit - bucket[1]), resets_in)


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


def _spoken(seconds: int) -> str:
    if seconds < 120:
        return f"{seconds} second{'s' if seconds != 1 else ''}"
    return f"{math.ceil(seconds / 60)} minutes"
