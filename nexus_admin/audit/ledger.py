"""The ledger: an entry is durable before its call can leave anything behind, and closed with what the call did.

    entry = ledger.open(call)                    # durable, or StateDown: then nothing may happen
    ledger.intend(entry, changes)                # durable, before the data is committed
    ledger.close(entry, "done", changes=changes)

What dies in between is settled later (`audit/settle.py`). Reads are noted in batches.

Two durable writes are spared where they prove nothing (`docs/decisions/0004`): a call that leaves nothing behind before
it notes its changes is opened with that note, and one that noted them is closed in the next batch.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from nexus_admin.audit import append
from nexus_admin.audit.anchor import Anchor
from nexus_admin.audit.opening import OpenEntries
from nexus_admin.audit.outbox import Ready
from nexus_admin.audit.record import Recorder, SecretFields
from nexus_admin.audit.reseal import reseal
from nexus_admin.domain.action import Call
from nexus_admin.domain.audit import NOTHING_FOLLOWS, Change, Follows, Outcome
from nexus_admin.domain.errors import NotFound, StateDown
from nexus_admin.domain.ids import new_ulid
from nexus_admin.state.carried import after_commit, carry
from nexus_admin.state.engine import State
from nexus_admin.state.lane import LINGER

SOON = 0.02
"""Seconds that the closing of an entry may wait for company where jobs are pushed with it."""

_GROWN = "audit grown"
_log = logging.getLogger(__name__)


def _no_secrets(_source: str, _resource: str) -> Collection[str]:
    return ()


class _Closing(NamedTuple):
    """How a call has ended, with the rows of its changes, ready to be written.

    Args:
        entry_id: Its entry's.
        values: What closing sets.
        changes: The rows of its changes.
        told: Those changes as they were told.
        fresh: The entry itself may have to be written first.
        follows: What follows from it, ready to be left behind.
    """

    entry_id: str
    values: dict[str, Any]
    changes: list[dict[str, Any]]
    told: Sequence[Change]
    fresh: bool
    follows: Ready


class Ledger(OpenEntries):
    """The audit ledger in *state*; one a process, safe to use from many threads.

    Args:
        state: Where it is kept.
        secret_fields: `(source, resource) -> names` of the fields whose values are sealed in changes.
        anchor: A file, best on another volume, that gets the signed head; with it a full rewrite shows too.
        anchor_every: Entries after which the file is written, or after a minute.

    Attributes:
        grown: Called when entries of this process have come to the chain, once for each commit; None where nobody asks.
    """

    def __init__(
        self,
        state: State,
        *,
        secret_fields: SecretFields = _no_secrets,
        anchor: Path | None = None,
        anchor_every: int = 1000,
    ) -> None:
        super().__init__(state, Recorder(state.vault, secret_fields))
        self.anchor = Anchor(state, anchor, anchor_every) if anchor is not None else None
        self._notes: list[dict[str, Any]] = []
        self._noting = threading.Lock()
        self.grown: Callable[[], None] | None = None

    def close(
        self,
        entry_id: str,
        outcome: Outcome,
        detail: str = "",
        changes: Sequence[Change] = (),
        undoes: str | None = None,
        *,
        follows: Follows = NOTHING_FOLLOWS,
        soon: bool = False,
    ) -> None:
        """Close an entry with what was done. The work is over by now, so this is kept trying if the state is down.

        Args:
            entry_id: As `open` returned it.
            outcome: How it ended.
            detail: A sentence; nothing secret.
            changes: Every row's before and after.
            undoes: Id of the entry that this call took back.
            follows: What follows from it; it is there as soon as the entry is closed.
            soon: It noted all of *changes* before, so that its outcome can be told after a crash as well: return at
                once, and be durable within a quarter of a second. Whoever reads the ledger here finds it closed.

        Raises:
            NotFound: there never was such an entry.
        """
        closing = self._closing(entry_id, outcome, detail, changes, undoes, follows)
        if soon:
            self._later(closing)
            return
        try:
            self.state.append(lambda connection: self._close(connection, closing))
        except StateDown as error:
            _log.error("Entry %s is closed as soon as the state can be written: %s", entry_id, error)
            self._later(closing)
            return
        except BaseException:
            self._forget(entry_id)
            raise
        self._forget(entry_id)
        self._appended(1)

    def _later(self, closing: _Closing) -> None:
        self.behind = True
        within = SOON if closing.follows.errands else LINGER
        self.state.later_together(self._close_all, closing, within=within)

    def _close_all(self, connection: sa.Connection, closings: list[_Closing]) -> list[None]:
        """Close many entries at once; whatever is not as it should be is looked at when each is closed alone."""
        lives = [self._live.get(one.entry_id) for one in closings]
        if len(closings) == 1 or None in lives or any(one.fresh for one in closings):
            for one in closings:
                self._close(connection, one)
        else:
            endings = [
                append.Ending(row, one.values, one.changes) for row, one in zip(lives, closings, strict=True) if row
            ]
            if append.end_all(connection, self.state.vault, endings) != len(endings):
                raise NotFound("One of these audit entries is not open any more.")
            self.outbox.leave(connection, *(one.follows for one in closings))
        for one in closings:
            self._forget(one.entry_id)
        self._appended(len(closings), connection)
        return [None] * len(closings)

    def _forget(self, entry_id: str) -> None:
        self._live.pop(entry_id, None)
        self._unwritten.discard(entry_id)

    def close_within(
        self, connection: sa.Connection, entry_id: str, outcome: Outcome, detail: str = "",
        changes: Sequence[Change] = (), undoes: str | None = None, *, follows: Follows = NOTHING_FOLLOWS,
    ) -> None:  # fmt: skip
        """Close an entry of `open_within` in the same transaction; do it last, for it holds the ledger's lock."""
        closing = self._closing(entry_id, outcome, detail, changes, undoes, follows)
        append.end_within(connection, self.state.vault, entry_id, closing.values, closing.changes)
        self.outbox.leave(connection, closing.follows)
        self._appended(1, connection)

    def _closing(
        self, entry_id: str, outcome: Outcome, detail: str, changes: Sequence[Change], undoes: str | None,
        follows: Follows = NOTHING_FOLLOWS,
    ) -> _Closing:  # fmt: skip
        """Return what closes an entry. What takes time is done here, outside of the writer lane."""
        values = self.recorder.closing(outcome, detail, len(changes), undoes)
        intended, rows = self._written.pop(entry_id, ((), []))
        if intended is not changes or len(rows) != len(changes):
            rows = self.recorder.changes(entry_id, changes)
        fresh = entry_id in self._unwritten
        return _Closing(entry_id, values, rows, changes, fresh, self.outbox.ready(entry_id, follows))

    def _close(self, connection: sa.Connection, closing: _Closing) -> None:
        """Close one entry, however it stands by now."""
        vault, entry_id, values, rows = self.state.vault, closing.entry_id, closing.values, closing.changes
        known = self._live.get(entry_id)
        if closing.fresh and known is not None and append.find_row(connection, entry_id) is None:
            append.begin(connection, vault, known)
        if known is not None and append.end(connection, vault, known, values, rows):
            self.outbox.leave(connection, closing.follows)
            return
        stored = append.find_row(connection, entry_id)
        if known is None and stored is not None and append.end(connection, vault, stored, values, rows):
            self.outbox.leave(connection, closing.follows)
            return
        if stored is not None and all(stored[name] == value for name, value in values.items()):
            return  # this very closing came through before; its answer was lost on the way
        if (call := known or stored) is None:
            raise NotFound(f"There is no audit entry {entry_id}.")
        late = {**call, **Recorder.OPEN, "id": new_ulid(), "parent": entry_id}
        append.correct(connection, vault, late, stored, values, self.recorder.changes(late["id"], closing.told))
        self.outbox.leave(connection, closing.follows)

    def note(self, call: Call, detail: str = "", outcome: Outcome = "done") -> None:
        """Write down a read. Returns at once; it is durable within a quarter of a second, in a batch."""
        row = self.recorder.opening(call, None)
        row.update(self.recorder.closing(outcome, detail, 0, None))
        with self._noting:
            self._notes.append(row)
            self.behind = True
            if len(self._notes) > 1:
                return
        batch: list[dict[str, Any]] = []
        self.state.later(lambda connection: self._write_notes(connection, batch))

    def _write_notes(self, connection: sa.Connection, batch: list[dict[str, Any]]) -> None:
        if not batch:  # else it is tried again, and must be the same
            with self._noting:
                batch += self._notes
                self._notes = []
        append.append_closed(connection, self.state.vault, batch)
        self._appended(len(batch), connection)

    def reseal(self, call: Call) -> str:
        """Accept the ledger as it stands, after its head was found changed; this too is an entry. Returns its id."""
        entry_id = reseal(self.state, self.recorder, call)
        self._appended(1)
        return entry_id

    def _appended(self, count: int, connection: sa.Connection | None = None) -> None:
        """Say that entries came to the chain; where a transaction is given, they are there when it is committed."""
        if self.anchor is not None:
            self.anchor.appended(count)
        if (grown := self.grown) is None:
            return
        if connection is None:
            grown()
        else:
            carry(connection, _GROWN, grown, after_commit)

    def stop(self) -> None:
        """Write the head to its file a last time. The state itself is closed by whoever opened it."""
        if self.anchor is not None:
            self.anchor.stop()
