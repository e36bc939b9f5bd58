"""What time it is for jobs that outlive the process: a clock that is not moved when somebody sets the wall's.

Leases and delays are kept as moments, so that another process understands them. Yet they must neither be lost
nor last for ever when the clock of the machine is set. So a process counts from the moment that it began at;
when it finds that the wall's clock is elsewhere by now, it moves what is kept by just as much, and follows.
"""

from __future__ import annotations

import time
from collections.abc import Callable

TOLERATED = 2_000_000
"""Microseconds that the wall's clock may be off before it counts as set: it is corrected a little all the time."""


class Moments:
    """Moments in microseconds since 1970.

    Args:
        wall: The clock that people set; seconds since 1970.
        steady: Seconds that only grow.
    """

    def __init__(self, wall: Callable[[], float], steady: Callable[[], float] = time.monotonic) -> None:
        self._wall, self._steady = wall, steady
        self._off = 0
        self._base = 0
        self._base = self._read_wall() - self.now()

    def now(self) -> int:
        """Return the moment by which leases and delays count."""
        return self._base + int(self._steady() * 1_000_000)

    def named(self) -> int:
        """Return the moment by which `run_at` counts, as it was when `look` looked last."""
        return self.now() + self._off

    def look(self) -> int:
        """Read the wall's clock; return by how much it was set, 0 where it was not."""
        before = self.now()
        wall = self._read_wall()
        after = self.now()
        if after - before < TOLERATED // 4:  # else the answer took too long to be worth anything
            self._off = wall - (before + after) // 2
        return self._off if abs(self._off) > TOLERATED else 0

    def follow(self, by: int) -> None:
        """Count from where the wall's clock is now; what is kept moves within the same transaction."""
        self._base += by
        self._off -= by

    def _read_wall(self) -> int:
        return int(self._wall() * 1_000_000)
