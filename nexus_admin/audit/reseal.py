"""Accepting a ledger whose head was changed from outside, so that work can go on; never silently."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from nexus_admin.audit import append
from nexus_admin.audit.links import START, Head, lock, move_head
from nexus_admin.audit.record import Recorder
from nexus_admin.domain.action import Call
from nexus_admin.state.engine import State
from nexus_admin.state.tables.ledger import audit_entry


def reseal(state: State, recorder: Recorder, call: Call) -> str:
    """Sign the end of the chain as it is found, and write down as an entry of *call* that this was done.

    Returns:
        The entry's id.
    """
    row = recorder.opening(call, None)

    def work(connection: sa.Connection) -> None:
        lock(connection)
        head = _found(connection)
        move_head(connection, state.vault, head)
        detail = f"The head was signed anew at entry {head.seq}, with {head.opened} opened. What was wrong stays wrong."
        append.begin(connection, state.vault, row)
        append.end(connection, state.vault, row, recorder.closing("done", detail, 0, None), ())

    state.write(work)
    entry_id: str = row["id"]
    return entry_id


def _found(connection: sa.Connection) -> Head:
    opened: Any = connection.execute(sa.select(sa.func.max(audit_entry.c.no))).scalar()
    last = connection.execute(
        sa.select(audit_entry.c.seq, audit_entry.c.hash)
        .where(audit_entry.c.seq.is_not(None))
        .order_by(audit_entry.c.seq.desc())
        .limit(1)
    ).one_or_none()
    return Head(opened or 0, last.seq if last else 0, last.hash if last else START)
