"""`change.undo`: take a whole call back, after comparing every row with what the call left behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pydantic import BaseModel, ConfigDict

from nexus_admin.actions.narrowing import narrowed, shown
from nexus_admin.actions.unit import Unit
from nexus_admin.audit.ledger import Ledger
from nexus_admin.audit.undo import UndoConflict, UndoPlan, UndoStep, plan
from nexus_admin.domain.action import Action
from nexus_admin.domain.audit import Change
from nexus_admin.domain.errors import Conflict, NotFound, Refused
from nexus_admin.domain.row import Row

__all__ = ["ACTIONS", "UndoConflict", "UndoInput", "UndoPlan", "UndoStep", "preview", "undo"]


class UndoInput(BaseModel):
    """Which ledger entry to take back."""

    model_config = ConfigDict(extra="forbid")

    entry: str


def preview(unit: Unit, data: UndoInput) -> UndoPlan:
    """Say what taking the entry back would do and what stands in the way, as far as the actor may see it."""
    whole = _plan(unit, data)
    return replace(
        whole,
        steps=tuple(_shown_step(unit, step) for step in whole.steps),
        conflicts=tuple(_shown_conflict(unit, one) for one in whole.conflicts),
        already=tuple(narrowed(unit, change) for change in whole.already),
    )


def _plan(unit: Unit, data: UndoInput) -> UndoPlan:
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
    todo = _plan(unit, data)
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


def _shown_step(unit: Unit, step: UndoStep) -> UndoStep:
    changed = frozenset(step.values)
    return replace(
        step,
        values=shown(unit, step.resource, step.values, changed=changed),
        expect=shown(unit, step.resource, step.expect),
    )


def _shown_conflict(unit: Unit, conflict: UndoConflict) -> UndoConflict:
    resource = conflict.change.resource
    visible = shown(unit, resource, dict.fromkeys(conflict.fields))
    fields = {
        name: {part: shown(unit, resource, {name: value})[name] for part, value in seen.items()}
        for name, seen in conflict.fields.items()
        if name in visible
    }
    return replace(conflict, change=narrowed(unit, conflict.change), fields=fields)


def _current(unit: Unit) -> Callable[[Change], Row | None]:
    def current(change: Change) -> Row | None:
        return unit.all_rows.current(change.resource, change.key)

    return current


ACTIONS = (
    Action("change.preview", UndoInput, preview, "Preview undo", "change.undo", on="source", writes=False),
    Action("change.undo", UndoInput, undo, "Undo", on="source"),
)
