"""Reading the ledger: pages of entries, one with all that ran within it, the past of a row, facets, an export."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any, TypeVar

import sqlalchemy as sa

from nexus_admin.audit import append, search
from nexus_admin.audit.query import AuditPage, AuditQuery, Facets, Past
from nexus_admin.audit.record import Recorder
from nexus_admin.audit.search import Names
from nexus_admin.domain.audit import AuditEntry, Change
from nexus_admin.domain.errors import NotFound, StateDown
from nexus_admin.state.engine import State
from nexus_admin.state.tables.ledger import audit_entry

T = TypeVar("T")


class LedgerReader:
    """What can be asked of the ledger in *state*.

    Args:
        state: Where it is kept.
        recorder: Reads its rows.

    Attributes:
        behind: This process has entries to write that it does not wait for.
    """

    def __init__(self, state: State, recorder: Recorder) -> None:
        self.state, self.recorder = state, recorder
        self.behind = False

    def _read(self, work: Callable[[sa.Connection], T]) -> T:
        """Read the ledger with all that this process has closed and noted before."""
        if self.behind:
            self.behind = False
            try:
                self.state.flush()
            except StateDown:
                self.behind = True  # what is written already can be read all the same
        return self.state.read(work)

    def _stored(self, entry_id: str) -> dict[str, Any]:
        row = self._read(lambda connection: append.find_row(connection, entry_id))
        if row is None:
            raise NotFound(f"There is no audit entry {entry_id}.")
        return row

    def open_among(self, entry_ids: Collection[str]) -> set[str]:
        """Return those of *entry_ids* that are not closed yet, or whose closing is not durable yet."""
        c = audit_entry.c
        asked = sa.select(c.id).where(c.id.in_(list(entry_ids)), c.seq.is_(None))
        return set(self.state.read(lambda connection: connection.execute(asked).scalars().all()))

    def find(self, query: AuditQuery) -> AuditPage:
        """Return a page of entries, newest first, each with the first few of its changes."""
        return self._read(lambda connection: search.find(connection, self.recorder, query))

    def get(self, entry_id: str, *, unsealed: bool = False) -> AuditEntry:
        """Return one entry with all its changes.

        Args:
            entry_id: Its id.
            unsealed: For undo: secrets in the clear.

        Raises:
            NotFound: there is none.
        """
        return self.group(entry_id, unsealed=unsealed)[0]

    def group(self, entry_id: str, *, unsealed: bool = False) -> list[AuditEntry]:
        """Return an entry and all that ran within it, in the order in which they were opened.

        Raises:
            NotFound: there is none.
        """
        return self._read(lambda c: search.group(c, self.recorder, entry_id, unsealed=unsealed))

    def intended(self, entry_id: str) -> tuple[Change, ...]:
        """Return the changes that an entry was about to make; () once it is done."""
        return self.recorder.intended(self._stored(entry_id))

    def history(
        self, source: str, resource: str, key: str, limit: int = 100, before: str = "", names: Names | None = None
    ) -> list[Past]:
        """Return what happened to one row, newest first; older than *before*, the mark of one, where it is given."""
        return self._read(lambda c: search.history(c, self.recorder, (source, resource, key), limit, before, names))

    def facets(self, query: AuditQuery) -> Facets:
        """Return, for each thing that can be filtered by, its values with their counts."""
        return self._read(lambda connection: search.facets(connection, query))

    def timeline(self, query: AuditQuery, grain: str = "day", offset_minutes: int = 0) -> list[tuple[Any, int]]:
        """Return (start, count) for each hour or day that has entries, oldest first; days begin at that offset."""
        return self._read(lambda connection: search.timeline(connection, query, grain, offset_minutes))

    def export(self, query: AuditQuery) -> Iterator[AuditEntry]:
        """Yield every entry that *query* finds, newest first, with all its changes."""
        page = query.all_of_it()
        while True:
            found = self.find(page)
            yield from found.entries
            if found.next is None:
                return
            page = page.after(found.next)
