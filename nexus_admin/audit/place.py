"""An entry's place in the chain: the links beside it, and whether its own still holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from nexus_admin.audit.links import START, is_signed, link_of, opening_line, read_head
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import NotFound
from nexus_admin.state.engine import State
from nexus_admin.state.tables.ledger import audit_change, audit_entry
from nexus_admin.state.vault import Vault


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the chain: its place, its entry's id and its hash."""

    seq: int
    entry: str
    hash: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry stands.

    Args:
        before: The link before; None for the first one, and while the entry is open.
        here: Its own; None while it is open.
        after: The link after; None for the newest.
        holds: The entry is as it was written and fits the link before. The whole chain is another check.
    """

    before: Link | None
    here: Link | None
    after: Link | None
    holds: bool


@dataclass(frozen=True, slots=True)
class Extent:
    """How far the ledger goes.

    Args:
        opened: How many entries there are.
        seq: How many are in the chain.
    """

    opened: int
    seq: int


def extent_of(state: State) -> Extent:
    """Return how far the ledger goes, without looking at its entries."""
    head, _ = state.read(lambda connection: read_head(connection, state.vault))
    return Extent(head.opened, head.seq)


def place_of(state: State, entry_id: str) -> Place:
    """Return where an entry stands, and check its own link.

    Raises:
        NotFound: there is no such entry.
    """
    return state.read(lambda connection: _place(connection, state.vault, entry_id))


def _place(connection: sa.Connection, vault: Vault, entry_id: str) -> Place:
    stored = connection.execute(sa.select(audit_entry).where(audit_entry.c.id == entry_id)).mappings().one_or_none()
    if stored is None:
        raise NotFound(f"There is no audit entry {entry_id[:60]}.")
    row = {str(name): value for name, value in stored.items()}
    signed = is_signed(opening_line(row), row["opening"], vault)
    if row["seq"] is None:
        return Place(None, None, None, signed)
    beside = sa.select(audit_entry.c.seq, audit_entry.c.id, audit_entry.c.hash)
    beside = beside.where(audit_entry.c.seq.in_([row["seq"] - 1, row["seq"] + 1]))
    links = {seq: Link(seq, found, text) for seq, found, text in connection.execute(beside)}
    before = links.get(row["seq"] - 1)
    holds = signed and (before is not None or row["seq"] == 1) and _fits(connection, row, before)
    return Place(before, Link(row["seq"], row["id"], row["hash"]), links.get(row["seq"] + 1), holds)


def _fits(connection: sa.Connection, row: Mapping[str, Any], before: Link | None) -> bool:
    changes = sa.select(audit_change).where(audit_change.c.entry == row["no"]).order_by(audit_change.c.n)
    found = [dict(one._mapping) for one in connection.execute(changes)]
    return link_of(before.hash if before else START, row, found) == str(row["hash"])
