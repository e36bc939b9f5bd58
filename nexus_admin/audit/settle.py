"""Settling what a crash left open: the rows are read again and say what became of each call.

Runs at start and on a timer. An entry whose changes are all there is `done`, one of whose
changes none is there `failed`; anything between is `unknown` and says what was found. A call
that noted no change had not come to its commit: `failed`, where whoever settles can prove that
nothing stays without one. A source that does not answer is asked again the next time. Where the
source keeps an outbox, what stands there or does not is proof, whatever became of the rows.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from nexus_admin.audit.ledger import Ledger
from nexus_admin.audit.links import now
from nexus_admin.audit.winding import Reread, Rewind, State
from nexus_admin.domain.audit import NOTHING_FOLLOWS, Change, Outcome
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import SourceDown, SourceFailed
from nexus_admin.state.tables.ledger import audit_entry

Unnoted = Callable[[Mapping[Any, Any]], bool]
"""`harmless(row)` -> True if the open entry in *row*, which noted no change, can have left nothing behind.

Raises SourceDown to be asked later.
"""
Proof = Callable[[Mapping[Any, Any], str], bool | None]
"""`proof(row, box)` -> whether the call of the open entry in *row* was committed; None where nothing is proved.

*box* is the outbox that it was to leave a row in, "" for none. Raises SourceDown to be asked later.
"""

_log = logging.getLogger(__name__)
_CRASHED = "Nexus stopped before this was finished."


UNDO = "change.undo"
"""The action that takes back what another did in a data source."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one entry.

    Args:
        entry: Its id.
        outcome: `done`, `failed`, `unknown`, or `open` where the source did not answer.
        detail: The sentence that now stands in the entry.
    """

    entry: str
    outcome: Outcome
    detail: str


def _not_known(_row: Mapping[Any, Any]) -> bool:
    return False


def _no_proof(_row: Mapping[Any, Any], _box: str) -> bool | None:
    return None


def settle(
    ledger: Ledger,
    reread: Reread,
    older_than: timedelta = timedelta(seconds=30),
    harmless: Unnoted = _not_known,
    busy: Unnoted = _not_known,
    proof: Proof = _no_proof,
) -> list[Settled]:
    """Close the entries that nobody is at any more.

    Args:
        ledger: Whose entries; those that it is at itself are left alone.
        reread: Reads a row again, with no rights in between.
        older_than: Younger ones are left to other processes. Give `timedelta(0)` at the start of the only process.
        harmless: Says of a call that noted nothing that it cannot have left anything behind.
        busy: Says of a call that another process is still at it, however long it takes.
        proof: Says of a call whether it was committed, as far as that is proved.

    Returns:
        What became of each, children before parents.

    Raises:
        StateDown: the state cannot be read.
    """
    until = now() - older_than // timedelta(microseconds=1)
    statement = (
        sa.select(audit_entry)
        .where(audit_entry.c.seq.is_(None), audit_entry.c.at <= until)
        .order_by(audit_entry.c.no.desc())
    )
    rows = ledger.state.read(lambda connection: connection.execute(statement).mappings().all())
    rewind = Rewind(ledger, reread)
    left = [row for row in rows if not ledger.is_live(row["id"]) and not busy(row)]
    settled = [_settle_one(ledger, row, rewind, harmless, proof) for row in left]
    if settled:
        _log.warning("%d audit entries that a crash left open were looked at: %s", len(settled), _tally(settled))
    return settled


def _tally(settled: Sequence[Settled]) -> str:
    outcomes = [one.outcome for one in settled]
    return ", ".join(f"{outcomes.count(outcome)} {outcome}" for outcome in dict.fromkeys(outcomes))


def _settle_one(ledger: Ledger, row: sa.RowMapping, rewind: Rewind, harmless: Unnoted, proof: Proof) -> Settled:
    intended = ledger.recorder.intended(row, unsealed=True)
    try:
        proved = proof(row, ledger.recorder.box(row))
        found = _looked(rewind, intended, row, proved)
        outcome, detail = _proven(proved, len(intended)) or (
            _verdict(found) if found else _by_children(ledger, row, harmless)
        )
    except (SourceDown, SourceFailed) as error:
        return Settled(row["id"], "open", str(error))
    if outcome == "open":
        return Settled(row["id"], outcome, detail)
    there = [change for change, state in zip(intended, found, strict=True) if state == "after"]
    follows = ledger.recorder.follows(row) if outcome == "done" else NOTHING_FOLLOWS
    undoes = _taken_back(row) if outcome == "done" else None
    ledger.close(row["id"], outcome, detail, there if outcome != "failed" else (), undoes, follows=follows)
    return Settled(row["id"], outcome, detail)


def _taken_back(row: sa.RowMapping) -> str | None:
    """Return the entry that a call took back, which stands in what it was asked for; None for any other call."""
    asked = json.loads(row["data"]) if row["action"] == UNDO else {}
    found = asked.get("entry") if isinstance(asked, dict) else None
    return found if isinstance(found, str) else None


def _looked(rewind: Rewind, intended: Sequence[Change], row: sa.RowMapping, proved: bool | None) -> list[State]:
    """Return what became of each change: as it is proved, else as its row tells.

    Rows are looked at in either case, because changes of them before this one are told by what they were.
    """
    states: list[State] = []
    for change in reversed(intended):
        try:
            states.append(rewind.look(change, row))
        except SourceFailed:
            if proved is None:
                raise
            states.append("lost")
    if proved is not None:
        return ["after" if proved else "before"] * len(intended)
    return states[::-1]


def _proven(proved: bool | None, changes: int) -> tuple[Outcome, str] | None:
    if proved is None:
        return None
    if proved:
        return "done", f"{_CRASHED} The outbox of its database proves that it was done{_with(changes)}."
    return "failed", f"{_CRASHED} The outbox of its database proves that it was not committed, so nothing was changed."


def _with(changes: int) -> str:
    return "" if not changes else f", with its {'row' if changes == 1 else f'{changes} rows'}"


def _verdict(found: Sequence[State]) -> tuple[Outcome, str]:
    total = len(found)
    if found.count("after") == total:
        return "done", f"{_CRASHED} Its {_rows(total)} found changed, so it was done."
    if found.count("before") == total:
        return "failed", f"{_CRASHED} Its {_rows(total)} found as before, so nothing was changed."
    parts = {
        "after": "changed",
        "before": "as before",
        "neither": "otherwise",
        "lost": "not to be found, because the source or table is gone",
    }
    said = ", ".join(f"{found.count(state)} {words}" for state, words in parts.items() if state in found)
    return "unknown", f"{_CRASHED} Of {total} {'row' if total == 1 else 'rows'}: {said}. Please look."


def _rows(total: int) -> str:
    return "row was" if total == 1 else f"{total} rows were"


def _by_children(ledger: Ledger, row: sa.RowMapping, harmless: Unnoted) -> tuple[Outcome, str]:
    """Judge a call that noted nothing by what ran within it. It was not about to commit by itself."""
    statement = sa.select(audit_entry.c.outcome).where(audit_entry.c.parent == row["id"])
    below = set(ledger.state.read(lambda connection: list(connection.execute(statement).scalars())))
    if not below and harmless(row):
        return "failed", f"{_CRASHED} It had not come to its commit, so it did not happen."
    if not below:
        return "unknown", f"{_CRASHED} It had not noted any change, so there is nothing to look up."
    if "open" in below:
        return "open", "What ran within it is not settled yet."
    if below == {"done"}:
        return "done", f"{_CRASHED} All that ran within it was done."
    if below <= {"failed", "denied", "invalid"}:
        return "failed", f"{_CRASHED} Nothing that ran within it was done."
    return "unknown", f"{_CRASHED} What ran within it ended as: {', '.join(sorted(below))}. Please look."
