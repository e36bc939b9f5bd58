"""What became of a change, told by its row: as it is now, and as it was before later changes of it.

Many calls can be open when a process dies, several on one row. The last of them is told by the row as it stands; each
before it by the row as it was when the next one began, which that one noted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from nexus_admin.audit.ledger import Ledger
from nexus_admin.audit.record import microseconds
from nexus_admin.audit.values import same
from nexus_admin.domain.audit import Change
from nexus_admin.domain.errors import NotFound
from nexus_admin.domain.row import Row

Reread = Callable[[Change], Row | None]
"""`reread(change)` -> the row at the change's key now, None if there is none. Raises SourceDown to be asked later."""

State = Literal["after", "before", "neither", "lost"]

LATER = 100
"""So many later changes of a row are walked back."""


class Rewind:
    """Rows, walked back from now. Changes have to be looked at newest first.

    Args:
        ledger: Where later changes of a row stand that are done.
        reread: Reads a row as it is now, with no rights in between.
    """

    def __init__(self, ledger: Ledger, reread: Reread) -> None:
        self._ledger, self._reread = ledger, reread
        self._rows: dict[tuple[str, str, str], Row | None] = {}
        self._judged: set[str] = set()
        self._walked: set[str] = set()

    def look(self, change: Change, entry: Mapping[Any, Any]) -> State:
        """Return whether *change* was made, and walk its row back to what it was before.

        Args:
            change: As the call noted it.
            entry: The row of that call's entry.

        Raises:
            SourceDown: the row cannot be read now.
        """
        place = (change.source, change.resource, change.key)
        try:
            row = self._rows[place] if place in self._rows else self._reread(change)
        except NotFound:  # the source or the table is gone
            return "lost"
        self._judged.add(entry["id"])
        row = self._walked_back(place, row, entry["at"])
        state = _state(change, row)
        self._rows[place] = _before(change, row) if state == "after" else row
        return state

    def _walked_back(self, place: tuple[str, str, str], row: Row | None, opened: int) -> Row | None:
        """Return the row as it was before those changes of it that are done and were begun after *opened*."""
        for one in self._ledger.history(*place, limit=LATER):
            if one.mark in self._walked or one.entry.id in self._judged:
                continue
            if microseconds(one.entry.at) < opened or not is_side(one.change.after, one.change.before, row):
                break
            self._walked.add(one.mark)
            row = _before(one.change, row)
        return row


def _state(change: Change, row: Row | None) -> State:
    if is_side(change.after, change.before, row):
        return "after"
    return "before" if is_side(change.before, change.after, row) else "neither"


def _before(change: Change, row: Row | None) -> Row | None:
    """Return *row* without what *change* did to it."""
    if row is None or change.before is None:
        return None if change.before is None else dict(change.before)
    return {**row, **{name: change.before[name] for name in change.fields() if name in change.before}}


def is_side(side: Any, other: Any, row: Row | None) -> bool:
    """Whether *row* is as *side* of a change says; of an update only the fields that it changed count."""
    if side is None or row is None:
        return side is None and row is None
    names = side if other is None else [name for name in side if name not in other or not same(side[name], other[name])]
    return all(name in row and same(side[name], row[name]) for name in names)
