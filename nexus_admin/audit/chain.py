"""Verifying the ledger: whether every entry is there, in its place, and as it was written.

Finds an edit, a deletion, an insertion, a swap, a chain that was computed anew and a cut
tail, in entries, changes, open entries and the head. What rewrites everything with our
own key, or puts back an old copy, shows against the anchor only (`audit/anchor.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from nexus_admin.audit.anchor import holds, read_anchor
from nexus_admin.audit.links import CHANGE, CLOSING, OPENING, START, Head, is_known, is_signed, line, link, read_head
from nexus_admin.domain.errors import SettingError
from nexus_admin.state.engine import State
from nexus_admin.state.tables.ledger import audit_change, audit_entry
from nexus_admin.state.vault import Vault

PART = 5000
"""Entries that are looked at at a time."""
_COLUMNS = (*OPENING, *CLOSING, "hash")
_OPENING, _CLOSING = slice(0, len(OPENING)), slice(len(OPENING), len(OPENING) + len(CLOSING))
_ID, _SEQ, _SIGNATURE, _OUTCOME = (_COLUMNS.index(name) for name in ("id", "seq", "opening", "outcome"))


@dataclass(frozen=True, slots=True)
class Bad:
    """The first thing that is wrong.

    Args:
        seq: Its place in the chain; 0 for what has none.
        entry: The entry's id, None if it is gone.
        why: A sentence.
    """

    seq: int
    entry: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What verifying found.

    Args:
        upto: The chain is whole up to this entry.
        ok: Nothing is wrong.
        first_bad: What is, if anything.
        hash: The hash at `upto`.
        open: How many entries are open.
    """

    upto: int
    ok: bool
    first_bad: Bad | None = None
    hash: str = START
    open: int = 0


@dataclass(frozen=True, slots=True)
class Checked:
    """The last time that this process looked at the whole chain: what it found, and when."""

    found: Verified
    at: datetime


def verify(state: State, anchor: Path | None = None) -> Verified:
    """Look at every entry; reads only.

    Args:
        state: Whose ledger.
        anchor: The file with the signed head, where one is kept.

    Raises:
        StateDown: the state cannot be read.
    """

    def work(connection: sa.Connection) -> Verified:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        return _Check(connection, state.vault).run(anchor)

    return state.read(work)


class _Wrong(Exception):
    def __init__(self, seq: int, entry: str | None, why: str) -> None:
        super().__init__(why)
        self.bad = Bad(seq, entry, why)


class _Check:
    def __init__(self, connection: sa.Connection, vault: Vault) -> None:
        self._connection, self._vault = connection, vault
        self._upto, self._hash, self._last = 0, START, "the beginning"
        self._changes = 0

    def run(self, anchor: Path | None) -> Verified:
        try:
            head, trusted = read_head(self._connection, self._vault)
            self._chain()
            self._end(head, trusted)
            still_open = self._openings(head)
            self._stray_changes()
            if anchor is not None:
                self._anchor(anchor)
        except _Wrong as wrong:
            return Verified(self._upto, False, wrong.bad, self._hash)
        return Verified(self._upto, True, None, self._hash, still_open)

    def _chain(self) -> None:
        for rows, changes in self._parts():
            for row in rows:
                self._entry(row, changes.get(row[_SEQ], ()))

    def _parts(self) -> Iterator[tuple[list[Any], dict[int, tuple[bytes, ...]]]]:
        entries = sa.select(*(audit_entry.c[name] for name in _COLUMNS))
        entries = entries.where(audit_entry.c.seq > sa.bindparam("after")).order_by(audit_entry.c.seq).limit(PART)
        changes = (
            sa.select(audit_entry.c.seq, *(audit_change.c[name] for name in CHANGE))
            .join_from(audit_entry, audit_change, audit_change.c.entry == audit_entry.c.no)
            .where(audit_entry.c.seq.between(sa.bindparam("first"), sa.bindparam("last")))
            .order_by(audit_entry.c.seq, audit_change.c.n)
        )
        after = -(2**62)
        while rows := list(map(tuple, self._connection.execute(entries, {"after": after}))):
            after = rows[-1][_SEQ]
            found = self._connection.execute(changes, {"first": rows[0][_SEQ], "last": after})
            lines = {
                seq: tuple(line(one[1:]) for one in ones) for seq, ones in groupby(map(tuple, found), key=itemgetter(0))
            }
            self._changes += sum(map(len, lines.values()))
            yield rows, lines

    def _entry(self, row: tuple[Any, ...], changes: tuple[bytes, ...]) -> None:
        seq, entry_id = row[_SEQ], row[_ID]
        if seq != self._upto + 1:
            if seq <= self._upto:
                raise _Wrong(seq, entry_id, f"Entry {entry_id} was put in before the first one.")
            raise _Wrong(
                self._upto + 1, None, f"Entry {self._upto + 1} is missing, between {self._last} and {entry_id}."
            )
        opening = line(row[_OPENING])
        if link(self._hash, opening, line(row[_CLOSING]), changes) != row[-1]:
            raise _Wrong(
                seq, entry_id, f"Entry {seq} ({entry_id}) does not fit the one before: it or its changes were altered."
            )
        if not is_signed(opening, row[_SIGNATURE], self._vault):
            raise _Wrong(seq, entry_id, self._unsigned(f"Entry {seq} ({entry_id})", row[_SIGNATURE]))
        if row[_OUTCOME] == "open":
            raise _Wrong(seq, entry_id, f"Entry {seq} ({entry_id}) is in the chain but has no outcome.")
        self._upto, self._hash, self._last = seq, row[-1], entry_id

    def _unsigned(self, what: str, signature: str) -> str:
        if is_known(signature, self._vault):
            return f"{what} is not as it was opened."
        return (
            f"{what} was signed with a key that this Nexus does not have. If the key was changed, give the old one too."
        )

    def _end(self, head: Head, trusted: bool) -> None:
        if head.seq > self._upto:
            more = f"Entries {self._upto + 1} to {head.seq} are missing" if head.seq - self._upto > 1 else (
                f"Entry {head.seq} is missing")  # fmt: skip
            raise _Wrong(self._upto + 1, None, f"{more}: the end was cut off after {self._last}.")
        if head.seq < self._upto:
            raise _Wrong(head.seq + 1, None, f"The head ends at entry {head.seq}, but the chain at {self._upto}.")
        if head.hash != self._hash:
            raise _Wrong(self._upto, self._last, f"Entry {self._upto} is not the one that the head was signed for.")
        if not trusted:
            raise _Wrong(self._upto, None, "The head does not bear our signature: it was changed, or the key was.")

    def _openings(self, head: Head) -> int:
        """Check that every number was given out once, and what is open still. Returns how many are."""
        count, first, last = self._connection.execute(
            sa.select(sa.func.count(), sa.func.min(audit_entry.c.no), sa.func.max(audit_entry.c.no))
        ).one()
        if (count and (first != 1 or last != head.opened or count != last)) or (not count and head.opened):
            raise _Wrong(0, None, self._missing_number(head))
        still_open = 0
        statement = sa.select(*(audit_entry.c[name] for name in _COLUMNS)).where(audit_entry.c.seq.is_(None))
        for row in self._connection.execute(statement.order_by(audit_entry.c.no)):
            still_open += 1
            if row[_OUTCOME] != "open" or not is_signed(line(row[_OPENING]), row[_SIGNATURE], self._vault):
                raise _Wrong(0, row[_ID], self._unsigned(f"The open entry {row[_ID]}", row[_SIGNATURE]))
        return still_open

    def _missing_number(self, head: Head) -> str:
        expected = 0
        numbers = sa.select(audit_entry.c.no).order_by(audit_entry.c.no)
        for number in self._connection.execute(numbers).scalars():
            expected += 1
            if number != expected:
                break
        else:
            expected += 1
        if expected > head.opened:
            return f"There is an entry more than the {head.opened} that were opened."
        return f"Of {head.opened} entries that were opened, number {expected} is missing; it was open."

    def _stray_changes(self) -> None:
        total = self._connection.execute(sa.select(sa.func.count()).select_from(audit_change)).scalar_one()
        if total != self._changes:
            raise _Wrong(0, None, f"There are {total - self._changes} changes that belong to no closed entry.")

    def _anchor(self, path: Path) -> None:
        try:
            head = read_anchor(path, self._vault)
        except SettingError as error:
            raise _Wrong(0, None, str(error)) from None
        if head is None:
            raise _Wrong(0, None, f"The audit anchor {path} is not there, though it is set.")
        if head.seq > self._upto:
            why = f"The anchor {path} knows {head.seq} entries, the ledger {self._upto}: an old copy was put back."
            raise _Wrong(self._upto + 1, None, why)
        if not holds(self._connection, head):
            raise _Wrong(
                head.seq, None, f"Entry {head.seq} is not the one in the anchor {path}: the chain was rewritten."
            )
