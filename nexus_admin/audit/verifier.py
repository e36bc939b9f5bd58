"""Verifying in the background, in slices: onward from the mark, with a look back at some entries before it.

What was altered before the mark after it was made is found by the check of everything, which people order, and sooner
or later by the looks back.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from nexus_admin.audit import marks
from nexus_admin.audit.chain import PART, Bad, Position, Verified, look_again, onward, verify
from nexus_admin.audit.place import extent_of
from nexus_admin.domain.errors import NexusError
from nexus_admin.state.engine import State

EVERY = 600.0
"""Seconds between two checks that nobody asked for."""
SAMPLE = 500
"""Entries before the mark, side by side, that every check onward looks at again."""
_log = logging.getLogger(__name__)


class Verifier:
    """Checks the ledger, in a thread of its own once it is started; safe to use from many threads.

    Args:
        state: Whose ledger.
        anchor: The file with the signed head, where one is kept.
        part: Entries of a slice.
        dice: `dice(n)` -> a number below n, for where to look back.
    """

    def __init__(
        self,
        state: State,
        anchor: Path | None = None,
        *,
        part: int = PART,
        dice: Callable[[int], int] = secrets.randbelow,
    ) -> None:
        self._state, self._anchor, self._part, self._dice = state, anchor, part, dice
        self._asked: set[marks.Name] = set()
        self._idle, self._stopping = True, False
        self._bell = threading.Condition()
        self._thread = threading.Thread(target=self._watch, name="nexus-verify", daemon=True)

    def start(self) -> None:
        """Begin to check now and then."""
        self._thread.start()

    def stop(self) -> None:
        """Check no more; what was begun goes on at the next start."""
        with self._bell:
            self._stopping = True
            self._bell.notify_all()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def ask(self, *, full: bool, patience: float = 0) -> None:
        """Check soon, onward from the mark or all of it; wait at most *patience* seconds for the end."""
        with self._bell:
            self._asked.add("full" if full else "verified")
            self._bell.notify_all()
            self._bell.wait_for(lambda: self._idle and not self._asked, timeout=patience)

    def now(self) -> Verified:
        """Check all of it at once, and keep what was found."""
        found = verify(self._state, self._anchor)
        self.kept(found)
        return found

    def kept(self, found: Verified) -> None:
        """Keep what a check of everything found that was made in one go."""
        mark = marks.read_mark(self._state, "full")
        at = Position(found.upto, found.hash, "", found.changes)
        marks.ended(self._state, replace(mark, at=at, began=0), found)

    # ── the thread ───────────────────────────────────────────────────────────────────────────

    def _watch(self) -> None:
        while True:
            with self._bell:
                self._bell.wait_for(lambda: self._asked or self._stopping, timeout=EVERY)
                if self._stopping:
                    return
                wanted: set[marks.Name] = self._asked or {"verified"}
                self._asked, self._idle = set(), False
            try:
                self.check(full="full" in wanted)
            except NexusError as error:
                _log.error("The audit could not be verified: %s", error)
            except Exception:
                _log.exception("The audit could not be verified.")
            with self._bell:
                self._idle = True
                self._bell.notify_all()

    def check(self, *, full: bool) -> marks.Mark:
        """Check onward from the mark, or from the first entry; a ledger that was found bad is looked at whole."""
        mark = marks.read_mark(self._state, "verified")
        if full or mark.bad is not None or not mark.at.seq:
            return self._slices(replace(marks.read_mark(self._state, "full"), at=Position()))
        bad = self._look_back(mark)
        if bad is not None:
            _log.error("The audit is not as it was written: %s", bad.why)
            return marks.ended(self._state, mark, Verified(mark.at.seq, False, bad))
        return self._slices(mark)

    def _look_back(self, mark: marks.Mark) -> Bad | None:
        if not mark.at.seq:
            return None
        first = 1 + self._dice(max(1, mark.at.seq - SAMPLE + 1))
        return look_again(self._state, first, min(SAMPLE, mark.at.seq))

    def _slices(self, mark: marks.Mark) -> marks.Mark:
        goal = extent_of(self._state).seq
        mark = marks.keep(self._state, replace(mark, began=mark.at.seq, goal=max(goal, mark.at.seq), bad=None))
        while not self._stopping:
            at, found = onward(self._state, mark.at, self._part, self._anchor)
            mark = replace(mark, at=at, goal=max(mark.goal, at.seq))
            if found is not None:
                if found.first_bad is not None:
                    _log.error("The audit is not as it was written: %s", found.first_bad.why)
                return marks.ended(self._state, mark, found)
            mark = marks.keep(self._state, mark)
        return mark
