"""`change.undo`: take a whole call back, after comparing every row with what the call left behind."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import BaseModel, ConfigDict

from nexus_admin.actions.unit import Unit
from nexus_admin.audit.ledger import Ledger
from nexus_admin.audit.undo import UndoPlan, plan
from nexus_admin.domain.action import Action
from nexus_admin.domain.audit import Change
from nexus_admin.domain.errors import Conflict, NotFound, Refused
from nexus_admin.domain.row import Row


class UndoInput(BaseModel):
    """Which ledger entry to take back."""

    model_config = ConfigDict(extra="forbid")

    entry: str


def preview(unit: Unit, data: UndoInput) -> UndoPlan:
    """Say what taking the entry back would do, and what stands in the way."""
    entries = unit.service(Ledger).group(data.entry, unsealed=True)
    if not entries or entries[0].source != unit.target.source:
        raise NotFound(f"There is no entry {data.entry} of {unit.target.source}.")
    return plan(entries, _current(unit))


def undo(unit: Unit, data: UndoInput) -> int:
    """Take the entry back; return how many rows were changed.

    Raises:
        Conflict: somebody changed a row since; nothing is overwritten.
        Refused: there is nothing to take back, or it was taken back already.
    """
    todo = preview(unit, data)
    if todo.conflicts:
        names = ", ".join(sorted({f"{one.change.resource} {one.change.key}" for one in todo.conflicts}))
        raise Conflict(f"Not undone: {names} changed since. Look at the rows and change them by hand.")
    if todo.empty:
        raise Refused("There is nothing to undo: it was taken back already, or changed no row.")
    for step in todo.steps:
        unit.record(*unit.all_rows.apply(step))
    unit.undoes = data.entry
    unit.emit("change.undone", entry=data.entry)
    return len(todo.steps)


def _current(unit: Unit) -> Callable[[Change], Row | None]:
    def current(change: Change) -> Row | None:
        return unit.all_rows.current(change.resource, change.key)

    return current


ACTIONS = (
    Action("change.preview", UndoInput, preview, "Preview undo", "change.undo", on="source", writes=False),
    Action("change.undo", UndoInput, undo, "Undo", on="source"),
)
