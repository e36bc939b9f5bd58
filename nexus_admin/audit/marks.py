"""The marks: how far the ledger was verified, and how far the checks are that are under way.

They lie in the state beside the ledger, signed, so that a restart or another process goes on where this one stopped. A
mark that does not bear our signature counts for nothing: the check begins at the first entry.
"""

from __future__ import annotations

import json
from dataclasses import asdict, field, replace
from typing import Any, Literal

import sqlalchemy as sa

from nexus_admin.audit.chain import Bad, Position, Verified
from nexus_admin.audit.links import is_signed, line, now
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.state.engine import State
from nexus_admin.state.tables.audit_marks import audit_mark
from nexus_admin.state.vault import Vault

Name = Literal["verified", "full"]
SIGNED = ("name", "seq", "hash", "entry", "changes", "began", "goal", "at", "ended", "found")
ALIVE = 60_000_000
"""Microseconds after which a check that tells nothing of itself is taken to have died."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a check came.

    Args:
        name: `verified` for the ledger as a whole; `full` for the last check that began at the first entry.
        at: Where it came to.
        began: Where it began.
        goal: Where it is to end.
        when: When this was written, in microseconds.
        ended: When the last check of this kind came to its end; None for never.
        bad: The first thing that is wrong, None for nothing.
    """

    name: Name
    at: Position = field(default_factory=Position)
    began: int = 0
    goal: int = 0
    when: int = 0
    ended: int | None = None
    bad: Bad | None = None

    @property
    def running(self) -> bool:
        """Whether a check is under way."""
        return self.at.seq < self.goal and now() - self.when < ALIVE

    @property
    def done(self) -> int:
        """How many entries of the check that is under way were looked at."""
        return self.at.seq - self.began

    @property
    def total(self) -> int:
        """How many there are to look at."""
        return self.goal - self.began


def read_mark(state: State, name: Name) -> Mark:
    """Return the mark of that name; a new one where none is kept that bears our signature."""
    statement = sa.select(audit_mark).where(audit_mark.c.name == name)
    row = state.read(lambda connection: connection.execute(statement).mappings().one_or_none())
    if row is None or not is_signed(_line(dict(row)), row["signature"], state.vault):
        return Mark(name)
    return Mark(
        name, Position(row["seq"], row["hash"], row["entry"], row["changes"]), row["began"], row["goal"], row["at"],
        row["ended"], None if row["found"] is None else Bad(**json.loads(row["found"])),
    )  # fmt: skip


def keep(state: State, mark: Mark) -> Mark:
    """Keep *mark* in the place of the one of its name, and return it as it is kept."""
    mark = replace(mark, when=now())
    row = _row(mark, state.vault)

    def work(connection: sa.Connection) -> None:
        if connection.execute(audit_mark.update().where(audit_mark.c.name == mark.name).values(row)).rowcount == 0:
            connection.execute(audit_mark.insert().values(row))

    state.write(work)
    return mark


def ended(state: State, mark: Mark, found: Verified) -> Mark:
    """Keep that the check of *mark* came to its end and what it found; a full one says it of the whole ledger."""
    mark = replace(mark, goal=mark.at.seq, ended=now(), bad=found.first_bad)
    if mark.name == "full":
        keep(state, replace(mark, name="verified"))
    return keep(state, mark)


def _row(mark: Mark, vault: Vault) -> dict[str, Any]:
    found = None if mark.bad is None else json.dumps(asdict(mark.bad))
    row: dict[str, Any] = {
        "name": mark.name, "seq": mark.at.seq, "hash": mark.at.hash, "entry": mark.at.entry,
        "changes": mark.at.changes, "began": mark.began, "goal": mark.goal, "at": mark.when, "ended": mark.ended,
        "found": found,
    }  # fmt: skip
    return {**row, "signature": vault.sign(_line(row)).hex()}


def _line(row: dict[str, Any]) -> bytes:
    return line(["audit mark", *(row[name] for name in SIGNED)])
