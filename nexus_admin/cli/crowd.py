"""Thousands of open pages, kept where Python does not look for garbage.

Such a look goes through every object that there is while nothing else runs: with ten thousand open pages it took a
second, for all requests, and came a dozen times while they were opened. What is put aside (`gc.freeze`) is still freed
when nobody holds it any more; only cycles in it stay, a kilobyte or so of a page that has gone. So all is looked
through again when most have gone, and nothing is put aside but for more pages than there were before.
"""

from __future__ import annotations

import gc

STEP = 500
"""Connections more than before for which what there is is put aside."""
FEW = 4
"""All is looked through again where no more than one of so many are left."""
WHILE = 100
"""How often in a row there must be as few: they may all be back in a moment, or still be going."""


class Crowd:
    """Watches how many connections are open."""

    def __init__(self) -> None:
        self._most = self._quiet = 0

    def seen(self, count: int) -> None:
        """Take note that *count* connections are open; called often."""
        self._quiet = self._quiet + 1 if count * FEW <= self._most else 0
        if count >= self._most + STEP:
            gc.collect(1)  # what has just become garbage; few objects are gone through for it
            gc.freeze()
            self._most = count
        elif self._most and self._quiet >= WHILE:
            gc.unfreeze()
            gc.collect()
            gc.freeze()
            self._most = 0
