"""Entries that are open: they are durable, or not written yet, while their calls are at work.

An entry is opened before its call can leave anything behind, and holds what that is about to commit before it commits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from nexus_admin.audit import append
from nexus_admin.audit.outbox import Outbox
from nexus_admin.audit.reader import LedgerReader
from nexus_admin.audit.record import Recorder
from nexus_admin.audit.values import compact
from nexus_admin.domain.action import Call
from nexus_admin.domain.audit import NOTHING_FOLLOWS, Change, Follows
from nexus_admin.domain.errors import StateDown
from nexus_admin.state.engine import State


class Noted(NamedTuple):
    """What a call is about to commit, ready to be written down.

    Args:
        row: Its entry's, with what it intends.
        fresh: The entry itself is to be written too.
        changes: Its changes as they were told.
        written: The rows of those changes, where they can stand so when they are done; None where they cannot.
    """

    row: dict[str, Any]
    fresh: bool
    changes: Sequence[Change] = ()
    written: list[dict[str, Any]] | None = None


class OpenEntries(LedgerReader):
    """Opens entries in *state* and keeps what they intend; safe to use from many threads.

    Args:
        state: Where they are kept.
        recorder: Makes their rows.
    """

    def __init__(self, state: State, recorder: Recorder) -> None:
        super().__init__(state, recorder)
        self.outbox = Outbox()
        self._live: dict[str, dict[str, Any]] = {}
        self._written: dict[str, tuple[Sequence[Change], list[dict[str, Any]]]] = {}
        self._unwritten: set[str] = set()

    def open(
        self, call: Call, parent: str | None = None, intent: Sequence[Change] = (), *, with_intent: bool = False
    ) -> str:
        """Open an entry; it is durable when this returns.

        Args:
            call: What is about to be done, and by whom.
            parent: Id of the entry of the call that it runs within.
            intent: The changes that it will make, as far as they are known.
            with_intent: The call leaves nothing behind before it comes to `intend`, whatever happens to it; so its
                entry is written there, together with what it intends.

        Returns:
            The entry's id.

        Raises:
            StateDown: it could not be written down, so it must not be done.
        """
        row = self.recorder.opening(call, parent, intent)
        entry_id: str = row["id"]
        if parent in self._unwritten:
            self._begin(self._live[parent])
        self._live[entry_id] = row
        if with_intent:
            self._unwritten.add(entry_id)
            return entry_id
        try:
            self._begin(row)
        except BaseException:
            self._live.pop(entry_id, None)
            raise
        return entry_id

    def _begin(self, row: dict[str, Any]) -> None:
        """Write an opened entry; it is durable when this returns."""
        alone: Sequence[Noted] = (Noted(row, fresh=True),)
        self.state.append_together(self._write_down, alone)
        self._unwritten.discard(row["id"])

    def _write_down(self, connection: sa.Connection, groups: list[Sequence[Noted]]) -> list[None]:
        noted = [one for group in groups for one in group]
        if fresh := [one.row for one in noted if one.fresh]:
            append.begin_all(connection, self.state.vault, fresh)
        for one in noted:
            if not one.fresh:
                append.intend(connection, self.state.vault, one.row)
        return [None] * len(groups)

    def open_within(
        self, connection: sa.Connection, call: Call, parent: str | None = None, intent: Sequence[Change] = ()
    ) -> str:
        """Open an entry in a transaction of our own state; it stands and falls with that one."""
        row = self.recorder.opening(call, parent, intent)
        append.begin_within(connection, self.state.vault, row)
        entry_id: str = row["id"]
        return entry_id

    def intend(
        self, entry_id: str, changes: Sequence[Change], follows: Follows = NOTHING_FOLLOWS, box: str = ""
    ) -> None:
        """Write down, durably, what an open entry is about to commit, and what follows; the outbox *box* proves it.

        Raises:
            StateDown: it could not be written down, so it must not be committed.
            NotFound: the entry is not open.
        """
        self.write_down([self.noting(entry_id, changes, follows, box)])

    def noting(
        self, entry_id: str, changes: Sequence[Change], follows: Follows = NOTHING_FOLLOWS, box: str = ""
    ) -> Noted:
        """Return what `intend` would write, for `write_down`."""
        row = dict(self._live.get(entry_id) or self._stored(entry_id))
        written = self.recorder.intents(entry_id, changes)
        fresh = entry_id in self._unwritten
        if not fresh and not append.is_genuine(row, self.state.vault):
            raise StateDown(
                f"Nothing was changed. The audit entry {entry_id} is not as Nexus wrote it; see `nexus audit verify`."
            )
        row["intent"] = compact(self.outbox.beside(written, follows, box))
        return Noted(row, fresh, changes, None if self.recorder.seals(changes) else written)

    def write_down(self, noted: Sequence[Noted]) -> None:
        """Write down, durably and in one go, what several calls are about to commit together. Raises: as `intend`."""
        self.state.append_together(self._write_down, noted)
        for one in noted:
            entry_id: str = one.row["id"]
            self._unwritten.discard(entry_id)
            if entry_id in self._live:
                self._live[entry_id] = one.row
                if one.written is not None:
                    self._written[entry_id] = (one.changes, one.written)

    def is_live(self, entry_id: str) -> bool:
        """Whether this process is still at the call of that entry, so that nobody else should settle it."""
        return entry_id in self._live
