"""How often: buckets of tokens on a store, one for each asker, and one for each asker at a route with a limit.

A request takes a token out of every bucket that it concerns, and each token comes back a minute after it was
taken, or up to a step later: those of one step come back together. So a thousand requests may come at once, the next
one of that minute is told when to come back, of no minute wherever it begins more than the limit pass, and what was
taken comes back little by little.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping

from nexus_admin.access.throttle import key_of, spoken
from nexus_admin.brokers.store import MemoryStore, Store
from nexus_admin.domain.by_name import read_by_name
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import TooManyRequests

STEPS = 12
"""Parts of a minute: tokens that were taken in one of them come back together, when the last of it is a minute ago."""

_MOST = 50_000
"""Buckets that are kept in memory."""

Taken = list[list[int]]
"""What a bucket lacks, as the store keeps it: a pair (step, tokens) for each part of the last minute."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a limit: for the headers of an answer.

    Args:
        limit: Tokens that the bucket holds.
        remaining: Those that are in it now.
        resets_in: Seconds until the next of those that were taken come back.
        name: Of the limit, not of the asker: `requests`, or a route.
    """

    limit: int
    remaining: int
    resets_in: float
    name: str = "requests"


class RateLimiter:
    """Buckets of tokens by name.

    Args:
        limit: Tokens of a bucket, unless the caller says otherwise.
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
        self._per, self._step = per, per / STEPS
        self._clock = clock
        self._store = store or MemoryStore(most_keys=most, clock=clock)

    def take(self, name: str, cost: int = 1, limit: int | None = None, what: str = "requests") -> Allowance:
        """Take *cost* tokens out of the bucket called *name*, which holds *limit* of them; *what* names the limit.

        Raises:
            TooManyRequests: there are not so many in it; `retry_after` says when there will be.
        """
        limit = self.limit if limit is None else limit
        key = f"requests:{key_of(name)}"
        while True:
            held = self._store.get(key)
            now = self._clock()  # after the bucket was read: none of its tokens was taken later
            taken = self._out(held, now)
            missing = sum(count for _step, count in taken)
            if missing + cost > limit:
                raise self._refusal(taken, missing + cost - limit, now, limit, what)
            if self._put(key, held, self._with(taken, cost, now)):
                back = self._back(taken[0][0]) if taken else now + self._per
                return Allowance(limit, limit - missing - cost, max(0.0, back - now), what)

    def _out(self, held: Taken | None, now: float) -> Taken:
        """Return what is still out; all of it is back where the clock was put back."""
        if not held or held[-1][0] > now // self._step:
            return []
        return [one for one in held if self._back(one[0]) > now]

    def _back(self, step: int) -> float:
        """When the tokens that were taken in *step* are back."""
        return (step + 1) * self._step + self._per

    def _with(self, taken: Taken, cost: int, now: float) -> Taken:
        step = int(now // self._step)
        if taken and taken[-1][0] == step:
            return [*taken[:-1], [step, taken[-1][1] + cost]]
        return [*taken, [step, cost]]

    def _refusal(self, taken: Taken, short: int, now: float, limit: int, what: str) -> TooManyRequests:
        back = now + self._per
        for step, count in taken:
            back, short = self._back(step), short - count
            if short <= 0:
                break
        seconds = max(1, math.ceil(back - now))
        said = "" if what == "requests" else f" to {what}"
        sentence = f"More than {limit} requests a minute{said}. Try again in {spoken(seconds)}."
        return TooManyRequests(sentence, retry_after=seconds, limit=limit)

    def _put(self, key: str, held: Taken | None, taken: Taken) -> bool:
        """Put *taken* in the place of what was *held*; False where somebody else was quicker."""
        # Kept for longer than it counts, which the steps say: two clocks may differ.
        if held is None:
            return self._store.set(key, taken, ttl=3 * self._per, nx=True)
        swapped = self._store.cas(key, held, taken)
        if swapped and held[-1][0] != taken[-1][0]:
            self._store.touch(key, 3 * self._per)
        return swapped


class Rates:
    """What one request costs: a token of its asker, and one of its route where that has a limit.

    Args:
        limiter: Has the buckets.
        routes: Requests a minute by route: what its door needs (`rows.export`), or its method and address
            (`POST /sign-in`).
    """

    def __init__(self, limiter: RateLimiter, routes: Mapping[str, int] | None = None) -> None:
        self.limiter, self.routes = limiter, dict(routes or {})

    def of_route(self, asker: str, *names: str) -> list[Allowance]:
        """Take a token for each of *names* that has a limit.

        Raises:
            TooManyRequests: one has none left for *asker*.
        """
        limits = [(name, self.routes[name]) for name in names if name in self.routes]
        return [self.limiter.take(f"{name} {asker}", limit=limit, what=name) for name, limit in limits]

    def of_program(self, asker: str, limit: int, *names: str) -> list[Allowance]:
        """Take a token of *asker*, who has *limit* of them, and one for each of *names* that has a limit.

        Raises:
            TooManyRequests: there is none left. A token that was taken until then stays taken.
        """
        return [self.limiter.take(f"api:{asker}", limit=limit), *self.of_route(asker, *names)]


def read_routes(entries: Iterable[str], key: str = "api.route_limits") -> dict[str, int]:
    """Read a setting's `["rows.export=60", "POST /sign-in=100"]` as limits by route.

    Raises:
        SettingError: names the entry that is none.
    """
    return read_by_name(key, entries, _whole, "a minute", "rows.export=60")


def _whole(text: str) -> int | None:
    return int(text) if text.isdecimal() and int(text) > 0 else None
