"""How figures went lately: a few samples of each, taken when somebody looks, at most one a second.

Kept in memory for a quarter of an hour. Nothing is measured while nobody looks, so nothing costs anything then.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping

from nexus_admin.domain.dataclass import dataclass

KEPT = 900.0
"""Seconds that a sample is kept."""
EVERY = 1.0
RATED, LEAST = 60.0, 0.5
"""Seconds over which a rate is taken, at most and at least."""
MOST = 500
"""Things that are watched."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Figures at one moment, by name: a level such as `depth`, or a count that only grows."""

    at: float
    figures: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Course:
    """How one thing went, oldest first."""

    samples: tuple[Sample, ...] = ()

    def level(self, name: str) -> list[tuple[float, float]]:
        """Return (seconds ago, value) of a level, oldest first."""
        if not self.samples:
            return []
        last = self.samples[-1].at
        return [(last - one.at, one.figures.get(name, 0.0)) for one in self.samples]

    def rate(self, name: str) -> float | None:
        """Return how much a count grew a second within the last minute; None where there is no telling yet."""
        last = self.samples[-1] if self.samples else None
        first = next((one for one in self.samples if last and last.at - one.at <= RATED), None)
        if last is None or first is None or last.at - first.at < LEAST:
            return None
        grown = last.figures.get(name, 0.0) - first.figures.get(name, 0.0)
        return max(grown, 0.0) / (last.at - first.at)


class Watch:
    """Keeps the samples.

    Args:
        clock: Seconds that only grow; tests give their own.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, deque[Sample]] = {}

    def see(self, name: str, figures: Mapping[str, float]) -> Course:
        """Take a sample of what is called *name*, and return how it went.

        A sample within a second of the one before is told of and not kept.
        """
        now = self._clock()
        with self._lock:
            kept = self._kept.setdefault(name, deque())
            while kept and now - kept[0].at > KEPT:
                kept.popleft()
            told = tuple(kept)
            if not kept or now > kept[-1].at:
                told += (Sample(now, figures),)
            if not kept or now - kept[-1].at >= EVERY:
                kept.append(told[-1])
            while len(self._kept) > MOST:
                del self._kept[next(iter(self._kept))]
        return Course(told)
