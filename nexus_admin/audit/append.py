"""Writing the ledger: every function here runs inside one transaction of the state, and is the only appender there."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from nexus_admin.audit.links import is_signed, link_of, lock_head, move_head, opening_line, signed_opening
from nexus_admin.audit.record import NO_INTENT
from nexus_admin.domain.errors import NotFound
from nexus_admin.language.prepared import Prepared
from nexus_admin.state.carried import carried, carry
from nexus_admin.state.tables.ledger import audit_change, audit_entry
from nexus_admin.state.vault import Vault

_log = logging.getLogger(__name__)
_INSERT_ENTRY = Prepared(audit_entry.insert().inline())
_INSERT_CHANGE = Prepared(audit_change.insert().inline())
_UPDATE_OPEN = audit_entry.update().where(audit_entry.c.no == sa.bindparam("its_no"), audit_entry.c.seq.is_(None))
_BY_ID = sa.select(audit_entry).where(audit_entry.c.id == sa.bindparam("its_id"))
_OPENED = "audit opened"
CLOSED = ("opening", "outcome", "closed_at", "detail", "undoes", "change_count", "seq", "hash", "intent")
"""What closing an entry writes."""


class Ending(NamedTuple):
    """An entry that is to be closed: its row as it was opened, what closing it sets, and the rows of its changes."""

    row: Mapping[str, Any]
    closing: Mapping[str, Any]
    changes: Sequence[Mapping[str, Any]]


def begin(connection: sa.Connection, vault: Vault, row: dict[str, Any]) -> None:
    """Open the entry in *row*: give it its number, sign its opening, keep it."""
    begin_all(connection, vault, [row])


def begin_all(connection: sa.Connection, vault: Vault, rows: Sequence[dict[str, Any]]) -> None:
    """Open the entries in *rows*, which are not none, in their order."""
    head = lock_head(connection, vault)
    for number, row in enumerate(rows, start=head.opened + 1):
        _number(row, number, vault)
    _INSERT_ENTRY.change_all(connection, rows)
    move_head(connection, vault, head._replace(opened=head.opened + len(rows)))


def _number(row: dict[str, Any], number: int, vault: Vault) -> None:
    row["no"] = number
    row["opening"] = signed_opening(row, vault)


class _Opened(NamedTuple):
    """An entry that this transaction has opened: its row, and the line that its signature was made over."""

    row: dict[str, Any]
    opening: bytes


def begin_within(connection: sa.Connection, vault: Vault, row: dict[str, Any]) -> None:
    """Open the entry in *row*, which is closed in this very transaction, or kept as open at its end."""
    head = lock_head(connection, vault)
    row["no"] = head.opened + 1
    opening = opening_line(row)
    row["opening"] = vault.sign(opening).hex()
    move_head(connection, vault, head._replace(opened=row["no"]))
    carry(connection, _OPENED, {**_opened(connection), row["id"]: _Opened(row, opening)}, _keep_open)


def _opened(connection: sa.Connection) -> Mapping[str, _Opened]:
    """Return the entries that this transaction has opened and not closed, by their ids."""
    return carried(connection, _OPENED) or {}


def _keep_open(connection: sa.Connection, opened: Mapping[str, _Opened]) -> None:
    if opened:
        _INSERT_ENTRY.change_all(connection, [one.row for one in opened.values()])


def end_within(
    connection: sa.Connection,
    vault: Vault,
    entry_id: str,
    closing: Mapping[str, Any],
    changes: Sequence[Mapping[str, Any]],
) -> None:
    """Write an entry of `begin_within` as it was closed, with its changes, and put it into the chain."""
    opened = dict(_opened(connection))
    row, opening = opened.pop(entry_id)
    head = lock_head(connection, vault)
    row = _closed(Ending(row, closing, changes), head.seq + 1, head.hash, vault, opening)
    _INSERT_ENTRY.change(connection, row)
    if changes:
        _INSERT_CHANGE.change_all(connection, [{"entry": row["no"], **change} for change in changes])
    move_head(connection, vault, head._replace(seq=row["seq"], hash=row["hash"]))
    carry(connection, _OPENED, opened, _keep_open)


def intend(connection: sa.Connection, vault: Vault, row: dict[str, Any]) -> None:
    """Keep what the open entry in *row* is about to change.

    Raises:
        NotFound: it is closed, or gone.
    """
    row["opening"] = signed_opening(row, vault)
    values = {"new_intent": row["intent"], "new_opening": row["opening"], "its_no": row["no"]}
    if _INTEND.change(connection, values) == 0:
        raise NotFound(f"The audit entry {row['id']} is not open any more.")


def is_genuine(row: Mapping[str, Any], vault: Vault) -> bool:
    """Whether the entry in *row* is as it was opened. One that is not is never signed again: that would hide it."""
    return is_signed(opening_line(row), row["opening"], vault)


def find_row(connection: sa.Connection, entry_id: str) -> dict[str, Any] | None:
    """Return the entry's row, or None."""
    row = connection.execute(_BY_ID, {"its_id": entry_id}).mappings().one_or_none()
    return dict(row) if row is not None else None


def end(
    connection: sa.Connection,
    vault: Vault,
    row: Mapping[str, Any],
    closing: Mapping[str, Any],
    changes: Sequence[Mapping[str, Any]],
) -> bool:
    """Close the open entry in *row* and put it into the chain with its *changes*.

    Returns:
        False if it is not open any more: then nothing was written.
    """
    return end_all(connection, vault, [Ending(row, closing, changes)]) == 1


def end_all(connection: sa.Connection, vault: Vault, endings: Sequence[Ending]) -> int:
    """Close open entries, which are not none, and put them into the chain in their order.

    Returns:
        How many of them were open. Where that is not all, all of it must be taken back; of one alone nothing was
        written then.
    """
    head = lock_head(connection, vault)
    seq, last = head.seq, head.hash
    closed, changes = [], []
    for ending in endings:
        seq += 1
        row = _closed(ending, seq, last, vault)
        last = row["hash"]
        closed.append({"its_no": row["no"], **{new: row[name] for name, new in _NEW}})
        changes += [{"entry": row["no"], **change} for change in ending.changes]
    met = _CLOSE.change_all(connection, closed)
    if met != len(endings):
        return met
    if changes:
        _INSERT_CHANGE.change_all(connection, changes)
    move_head(connection, vault, head._replace(seq=seq, hash=last))
    return met


def _closed(ending: Ending, seq: int, last: str, vault: Vault, opening: bytes | None = None) -> dict[str, Any]:
    """Return the row of an entry as it is closed at the place *seq*, behind the link *last*."""
    closed = {**ending.row, **ending.closing, "seq": seq}
    opening = opening or opening_line(closed)
    if closed["outcome"] == "done" and closed["intent"] != NO_INTENT and is_signed(opening, closed["opening"], vault):
        closed["intent"] = NO_INTENT  # the changes say it now
        opening = opening_line(closed)
        closed["opening"] = vault.sign(opening).hex()
    closed["hash"] = link_of(last, closed, ending.changes, opening)
    return closed


_NEW = tuple((name, f"new_{name}") for name in CLOSED)
_INTEND = Prepared(_UPDATE_OPEN.values({name: sa.bindparam(f"new_{name}") for name in ("intent", "opening")}))
_CLOSE = Prepared(_UPDATE_OPEN.values({name: sa.bindparam(new) for name, new in _NEW}))


def correct(
    connection: sa.Connection,
    vault: Vault,
    late: dict[str, Any],
    stored: Mapping[str, Any] | None,
    closing: Mapping[str, Any],
    changes: Sequence[Mapping[str, Any]],
) -> None:
    """Write down an outcome that came too late as an entry of its own, below the one that it belongs to.

    Args:
        late: The new entry's row, whose parent is the one that it belongs to.
        stored: That one as it stands now, None if somebody deleted it.
        closing: As for `end`.
        changes: As for `end`.
    """
    why = "is gone from the ledger" if stored is None else f"was closed as {stored['outcome']} before this was known"
    begin(connection, vault, late)
    detail = f"Belongs to {late['parent']}, which {why}. {closing['detail']}".strip()
    end(connection, vault, late, {**closing, "detail": detail}, changes)
    _log.error("Entry %s %s. Its outcome is in %s.", late["parent"], why, late["id"])


def append_closed(connection: sa.Connection, vault: Vault, rows: Sequence[dict[str, Any]]) -> None:
    """Open and close many entries without changes at once."""
    head = lock_head(connection, vault)
    last = head.hash
    for n, row in enumerate(rows, start=1):
        _number(row, head.opened + n, vault)
        row["seq"] = head.seq + n
        row["hash"] = last = link_of(last, row, ())
    _INSERT_ENTRY.change_all(connection, rows)
    move_head(connection, vault, head._replace(opened=head.opened + len(rows), seq=head.seq + len(rows), hash=last))
