"""The hash chain: what is hashed, link by link, and the signed head.

`hash = SHA-256(hash before ‖ opening ‖ closing ‖ changes)`, over the very texts that the
tables hold. An entry's opening is signed by itself too, so that it is safe before it has
a place in the chain. The head says how many entries were opened and closed and where the
chain ends; it is signed anew with each of them, so that a cut tail shows.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

import sqlalchemy as sa

from nexus_admin.domain.errors import StateDown
from nexus_admin.domain.spelling import json_writer
from nexus_admin.language.prepared import Prepared
from nexus_admin.state.carried import carried, carry
from nexus_admin.state.tables.ledger import audit_head
from nexus_admin.state.vault import Vault

OPENING = (
    "no", "id", "at", "actor", "actor_name", "action", "source", "resource", "key",
    "data", "intent", "parent", "via", "request", "reason",
)  # fmt: skip
CLOSING = ("opening", "outcome", "closed_at", "detail", "undoes", "change_count", "seq")
CHANGE = ("n", "source", "resource", "key", "title", "place", "before", "after")
"""Columns, in the order in which they are hashed. Together they are all there are."""

START = "0" * 64
"""What stands before the first link."""
APPENDING = 0x6E78_0002
"""The advisory lock that makes one appender of many processes."""

_encode = json_writer()
_opening, _closing, _change = itemgetter(*OPENING), itemgetter(*CLOSING), itemgetter(*CHANGE)


def line(values: Sequence[Any]) -> bytes:
    """Return *values* (texts, whole numbers, None), a list or tuple, as one line that no other values give."""
    return _encode(values).encode()


def opening_line(row: Mapping[str, Any]) -> bytes:
    """Return what an entry's opening signature is made over."""
    return line(_opening(row))


def signed_opening(row: Mapping[str, Any], vault: Vault) -> str:
    """Return the value of the column `opening`."""
    return vault.sign(opening_line(row)).hex()


def link(before: str, opening: bytes, closing: bytes, changes: Iterable[bytes]) -> str:
    """Return the hash of one entry.

    Args:
        before: The hash of the entry before.
        opening, closing: Its lines.
        changes: A line for each change, by `n`.
    """
    return hashlib.sha256(b"\n".join((before.encode(), opening, closing, *changes))).hexdigest()


def link_of(
    before: str, row: Mapping[str, Any], changes: Iterable[Mapping[str, Any]], opening: bytes | None = None
) -> str:
    """Return the hash of the entry in *row* with its *changes*; *opening* is its opening line, where that is known."""
    lines = [line(_change(change)) for change in changes]
    return link(before, opening or opening_line(row), line(_closing(row)), lines)


def now() -> int:
    """Return microseconds since 1970, UTC."""
    return time.time_ns() // 1000


class Head(NamedTuple):
    """Where the ledger ends.

    Args:
        opened: How many entries were ever opened; the `no` of the newest.
        seq: How many are in the chain.
        hash: The last one's.
        at: When this was signed, in microseconds.
    """

    opened: int = 0
    seq: int = 0
    hash: str = START
    at: int = 0

    @property
    def payload(self) -> bytes:
        """What is signed."""
        return line(self)


def lock_head(connection: sa.Connection, vault: Vault) -> Head:
    """Return the head for appending; nobody else appends before this transaction ends.

    Raises:
        StateDown: the head is not as it was signed. Appending to it would cover up what somebody did.
    """
    head: Head | None = carried(connection, _HEAD)
    if head is not None:
        return head
    lock(connection)
    head, trusted = read_head(connection, vault)
    if not trusted:
        raise StateDown(
            "Nothing was changed. The head of the audit ledger is not as Nexus signed it: it was changed from outside, "
            "or the key is another one. Run `nexus audit verify`, then bring back the key or a backup, or accept "
            "what is there with `nexus audit reseal`."
        )
    return head


def lock(connection: sa.Connection) -> None:
    """Be the only appender until this transaction ends; on SQLite whoever writes is."""
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK)


def read_head(connection: sa.Connection, vault: Vault) -> tuple[Head, bool]:
    """Return the head, and whether its signature holds. A new ledger has one that does."""
    found = _READ_HEAD.rows(connection, {})
    if not found:
        return Head(), connection.execute(_IS_EMPTY).first() is None
    *values, signature = found[0]
    head = Head(*values)
    return head, is_signed(head.payload, signature, vault)


def is_signed(payload: bytes, signature: str, vault: Vault) -> bool:
    """Whether *signature*, in hex, was made over *payload* by one of our keys."""
    try:
        return vault.verify(payload, bytes.fromhex(signature))
    except ValueError:
        return False


def move_head(connection: sa.Connection, vault: Vault, head: Head) -> None:
    """Make *head* the ledger's; it is signed and written once, before the commit."""
    carry(connection, _HEAD, head, lambda connection, last: _write_head(connection, vault, last))


def _write_head(connection: sa.Connection, vault: Vault, head: Head) -> None:
    head = Head(head.opened, head.seq, head.hash, now())
    values = {**head._asdict(), "signature": vault.sign(head.payload).hex()}
    if _UPDATE_HEAD.change(connection, values) == 0:
        connection.execute(_INSERT_HEAD, {"id": 1, **values})


def is_known(signature: str, vault: Vault) -> bool:
    """Whether *signature* names a key that we have."""
    try:
        return vault.knows(bytes.fromhex(signature))
    except ValueError:
        return True


_HEAD = "audit head"
_LOCK = sa.select(sa.func.pg_advisory_xact_lock(APPENDING))
_HEAD_COLUMNS = ("opened", "seq", "hash", "at", "signature")
_READ_HEAD = Prepared(sa.select(*(audit_head.c[name] for name in _HEAD_COLUMNS)).where(audit_head.c.id == 1))
_UPDATE_HEAD = Prepared(
    audit_head.update().where(audit_head.c.id == 1).values({name: sa.bindparam(name) for name in _HEAD_COLUMNS})
)
_INSERT_HEAD = audit_head.insert()
_IS_EMPTY = sa.text("SELECT 1 FROM audit_entry LIMIT 1")
