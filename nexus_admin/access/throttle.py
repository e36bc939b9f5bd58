"""Slowing down: a growing delay for wrong guesses.

A delay, never a lock: whoever guesses at somebody's password cannot shut them out for good.
An attempt counts before it is made, so that a hundred at once are a hundred attempts.

They are counted in stores of their own, which nothing else can fill: a flood of anything else forgets no guess.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from nexus_admin.brokers.store import Map, MemoryStore
from nexus_admin.domain.dataclass import dataclass
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
            found = [(pace, name, self._of(pace).get(key_of(name)) or _Guesses()) for pace, name in guesses]
            wait = max((self._wait(pace, one, now) for pace, _name, one in found), default=0.0)
            if wait > 0:
                seconds = math.ceil(wait)
                raise TooManyRequests(f"Too many attempts. Try again in {spoken(seconds)}.", retry_after=seconds)
            for pace, name, one in found:
                count, until = one.count + 1, one.blocked_until
                if count >= pace.free:
                    until = now + min(pace.longest, pace.first * 2.0 ** min(count - pace.free, 40))
                forgotten = max(_FORGET_AFTER, 2 * pace.longest)
                self._of(pace).set(key_of(name), _Guesses(count, now, until), ttl=forgotten)

    def succeeded(self, pace: Pace, name: str) -> None:
        """Forget the wrong guesses of *name*: this one was right."""
        with self._lock:
            self._of(pace).delete(key_of(name))

    def forgive(self, pace: Pace, name: str) -> None:
        """Take the last attempt of *name* back, and only that: others from the same address may still be guessing."""
        with self._lock:
            one = self._of(pace).get(key_of(name))
            if one is not None:
                count = max(0, one.count - 1)
                until = 0.0 if count < pace.free else one.blocked_until
                self._of(pace).cas(key_of(name), one, replace(one, count=count, blocked_until=until))

    def _of(self, pace: Pace) -> Map[_Guesses]:
        if pace not in self._seen:
            self._seen[pace] = MemoryStore(most_keys=self._most, clock=self._clock).map("guesses", _Guesses)
        return self._seen[pace]

    @staticmethod
    def _wait(pace: Pace, one: _Guesses, now: float) -> float:
        # A clock that was put back must not make a delay longer than it may be.
        return min(one.blocked_until - now, pace.longest)


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


def key_of(name: str) -> str:
    """Return what a name is kept under: of one length whatever it is, and no address that anybody could read."""
    return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def spoken(seconds: int) -> str:
    """Return a wait as people read it: `3 seconds`, `2 minutes`."""
    if seconds < 120:
        return f"{seconds} second{'s' if seconds != 1 else ''}"
    return f"{math.ceil(seconds / 60)} minutes"
