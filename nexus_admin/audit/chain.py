"""Verifying the ledger: whether every entry is there, in its place, and as it was written.

Finds an edit, a deletion, an insertion, a swap, a chain that was computed anew and a cut
tail, in entries, changes, open entries and the head. What rewrites everything with our
own key, or puts back an old copy, shows against the anchor only (`audit/anchor.py`).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import field
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from nexus_admin.audit.anchor import holds, read_anchor
from nexus_admin.audit.links import CHANGE, CLOSING, OPENING, START, Head, is_known, is_signed, line, link, read_head
from nexus_admin.domain.dataclass import dataclass
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
        changes: How many changes the entries up to `upto` have.
    """

    upto: int
    ok: bool
    first_bad: Bad | None = None
    hash: str = START
    open: int = 0
    changes: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Position:
    """How far a check has come.

    Args:
        seq: The last entry that was looked at; 0 for none.
        hash: Its hash.
        entry: Its id; "" for none.
        changes: How many changes the entries so far have.
    """

    seq: int = 0
    hash: str = START
    entry: str = ""
    changes: int = 0


def verify(state: State, anchor: Path | None = None) -> Verified:
    """Look at every entry; reads only.

    Args:
        state: Whose ledger.
        anchor: The file with the signed head, where one is kept.

    Raises:
        StateDown: the state cannot be read.
    """

    def work(connection: sa.Connection) -> Verified:
        _of_one_moment(connection)
        return _Check(connection, state.vault).run(anchor)

    return state.read(work)


def onward(state: State, since: Position, most: int, anchor: Path | None = None) -> tuple[Position, Verified | None]:
    """Look at the next entries; reads only.

    Args:
        state: Whose ledger.
        since: Where to go on; what lies before is taken to be whole, but for the entry that it names.
        most: Entries to look at.
        anchor: As for `verify`.

    Returns:
        How far it came, and what was found: None where there is more to look at.

    Raises:
        StateDown: the state cannot be read.
    """

    def work(connection: sa.Connection) -> tuple[Position, Verified | None]:
        _of_one_moment(connection)
        check = _Check(connection, state.vault, since)
        found = check.step(most, anchor)
        return check.position, found

    return state.read(work)


def look_again(state: State, first: int, count: int) -> Bad | None:
    """Look again at *count* entries from the place *first* on; returns the first thing that is wrong there.

    Raises:
        StateDown: the state cannot be read.
    """

    def work(connection: sa.Connection) -> Bad | None:
        _of_one_moment(connection)
        before = connection.execute(sa.select(audit_entry.c.hash).where(audit_entry.c.seq == first - 1)).scalar()
        since = Position(first - 1, before or START, "the one before")
        return _Check(connection, state.vault, since).part(count)

    return state.read(work)


def _of_one_moment(connection: sa.Connection) -> None:
    """Let *connection* read everything as it is at one moment; on SQLite it does anyway."""
    if connection.dialect.name == "postgresql":
        connection.execution_options(isolation_level="REPEATABLE READ")


class _Wrong(Exception):
    def __init__(self, seq: int, entry: str | None, why: str) -> None:
        super().__init__(why)
        self.bad = Bad(seq, entry, why)


class _Check:
    def __init__(self, connection: sa.Connection, vault: Vault, since: Position | None = None) -> None:
        since = since or Position()
        self._connection, self._vault = connection, vault
        self._upto, self._hash, self._last = since.seq, since.hash, since.entry or "the beginning"
        self._changes = since.changes

    @property
    def position(self) -> Position:
        return Position(self._upto, self._hash, self._last if self._upto else "", self._changes)

    def run(self, anchor: Path | None) -> Verified:
        return self._found(lambda: self._chain(self._parts(PART)), anchor) or Verified(self._upto, True)

    def step(self, most: int, anchor: Path | None) -> Verified | None:
        """Look at the next *most* entries; return what was found at the end, None before it."""
        return self._found(lambda: self._next(most), anchor)

    def part(self, most: int) -> Bad | None:
        """Look at *most* entries and no further."""
        try:
            self._next(most)
        except _Wrong as wrong:
            return wrong.bad
        return None

    def _found(self, look: Callable[[], bool], anchor: Path | None) -> Verified | None:
        """Do *look*, which says whether it came to the end, and there look at what is no link."""
        try:
            head, trusted = read_head(self._connection, self._vault)
            if not look():
                return None
            self._end(head, trusted)
            still_open = self._openings(head)
            self._stray_changes()
            if anchor is not None:
                self._anchor(anchor)
        except _Wrong as wrong:
            return Verified(self._upto, False, wrong.bad, self._hash, changes=self._changes)
        return Verified(self._upto, True, None, self._hash, still_open, self._changes)

    def _next(self, most: int) -> bool:
        self._since()
        before = self._upto
        self._chain(itertools.islice(self._parts(most), 1))
        return self._upto - before < most

    def _since(self) -> None:
        """Check that the entry where this goes on is still the one that it was: a chain computed anew shows here."""
        if self._upto and not holds(self._connection, Head(seq=self._upto, hash=self._hash)):
            raise _Wrong(self._upto, None, f"Entry {self._upto} is not the one that was verified before.")

    def _chain(self, parts: Iterable[tuple[list[Any], dict[int, tuple[bytes, ...]]]]) -> bool:
        for rows, changes in parts:
            for row in rows:
                self._entry(row, changes.get(row[_SEQ], ()))
        return True

    def _parts(self, most: int) -> Iterator[tuple[list[Any], dict[int, tuple[bytes, ...]]]]:
        entries = sa.select(*(audit_entry.c[name] for name in _COLUMNS))
        entries = entries.where(audit_entry.c.seq > sa.bindparam("after")).order_by(audit_entry.c.seq).limit(most)
        changes = (
            sa.select(audit_entry.c.seq, *(audit_change.c[name] for name in CHANGE))
            .join_from(audit_entry, audit_change, audit_change.c.entry == audit_entry.c.no)
            .where(audit_entry.c.seq.between(sa.bindparam("first"), sa.bindparam("last")))
            .order_by(audit_entry.c.seq, audit_change.c.n)
        )
        after = self._upto or -(2**62)
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
