"""`change.undo`: take a whole call back, after comparing every row with what the call left behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict

from nexus_admin.actions.narrowing import narrowed, shown, titled, visible
from nexus_admin.actions.sources.known import Sources
from nexus_admin.actions.unit import Unit
from nexus_admin.audit.ledger import Ledger
from nexus_admin.audit.undo import UndoConflict, UndoPlan, UndoStep, plan
from nexus_admin.domain.action import Action
from nexus_admin.domain.audit import AuditEntry, Change
from nexus_admin.domain.errors import Conflict, NotFound, Refused
from nexus_admin.domain.row import Row

__all__ = ["ACTIONS", "UndoConflict", "UndoInput", "UndoPlan", "UndoStep", "preview", "undo"]


class UndoInput(BaseModel):
    """Which ledger entry to take back."""

    model_config = ConfigDict(extra="forbid")

    entry: str


def preview(unit: Unit, data: UndoInput) -> UndoPlan:
    """Say what taking the entry back would do and what stands in the way, as far as the actor may see it."""
    root, whole = _plan(unit, data)
    sight = _Sight(unit, root, whole)
    return replace(
        whole,
        steps=tuple(map(sight.step, whole.steps)),
        conflicts=tuple(map(sight.conflict, whole.conflicts)),
        already=tuple(map(sight.change, whole.already)),
    )


def _plan(unit: Unit, data: UndoInput) -> tuple[AuditEntry, UndoPlan]:
    entries = unit.service(Ledger).group(data.entry, unsealed=True)
    # It may have been done while the source had another name.
    if not entries or unit.service(Sources).called_then(entries[0].source, entries[0].at) != unit.target.source:
        raise NotFound(f"There is no entry {data.entry} of {unit.target.source}.")
    return entries[0], plan(entries, _current(unit))


def undo(unit: Unit, data: UndoInput) -> int:
    """Take the entry back; return how many rows were changed.

    Raises:
        Conflict: somebody changed a row since; nothing is overwritten.
        Refused: there is nothing to take back, or it was taken back already.
    """
    root, todo = _plan(unit, data)
    if todo.conflicts:
        names = _Sight(unit, root, todo).names()
        raise Conflict(f"Not undone: {names} changed since. Look at the rows and change them by hand.")
    if todo.empty:
        raise Refused("There is nothing to undo: it was taken back already, or changed no row.")
    for step in todo.steps:
        unit.record(*unit.all_rows.apply(step))
    unit.undoes = data.entry
    unit.emit("change.undone", entry=data.entry)
    return len(todo.steps)


class _Sight:
    """What of a plan the actor may see: what they did themselves, and what stands in rows that they may read today.

    Args:
        unit: Whose actor looks.
        root: The entry that would be taken back.
        todo: The plan.
    """

    def __init__(self, unit: Unit, root: AuditEntry, todo: UndoPlan) -> None:
        self._unit = unit
        self._todo = todo
        self._own = root.actor == unit.actor.id
        changes = (*todo.already, *(one.change for one in todo.conflicts))
        places = {(one.resource, one.key) for one in changes} | {(one.resource, one.key) for one in todo.steps}
        keys = {name: {key for resource, key in places if resource == name} for name, _ in places}
        self._seen = {(name, key) for name in keys for key in visible(unit, name, keys[name])}

    def names(self) -> str:
        """Return which rows stand in the way."""
        places = {(one.change.resource, one.change.key) for one in self._todo.conflicts}
        told = sorted(f"{name} {key}" for name, key in places if self._own or (name, key) in self._seen)
        return ", ".join(told if len(told) == len(places) else [*told, "rows that you may not see"])

    def step(self, step: UndoStep) -> UndoStep:
        """Return a step as the actor may see it."""
        if not self._shows(step):
            return replace(step, values={}, expect={}, title=step.key)
        return replace(
            step,
            values=shown(self._unit, step.resource, step.values, changed=frozenset(step.values)),
            expect=shown(self._unit, step.resource, step.expect),
            title=step.title if titled(self._unit, step.resource) else step.key,
        )

    def change(self, change: Change) -> Change:
        """Return a change as the actor may see it."""
        if self._shows(change):
            return narrowed(self._unit, change)
        nothing: dict[str, Any] = {}
        before, after = (None if row is None else nothing for row in (change.before, change.after))
        return replace(change, before=before, after=after, title=change.key)

    def conflict(self, conflict: UndoConflict) -> UndoConflict:
        """Return a conflict as the actor may see it; what stands in the row now only where they may read it."""
        unit, resource = self._unit, conflict.change.resource
        fields = {}
        if (resource, conflict.change.key) in self._seen:
            names = shown(unit, resource, dict.fromkeys(conflict.fields))
            fields = {
                name: {part: shown(unit, resource, {name: value})[name] for part, value in seen.items()}
                for name, seen in conflict.fields.items()
                if name in names
            }
        return replace(conflict, change=self.change(conflict.change), fields=fields)

    def _shows(self, one: UndoStep | Change) -> bool:
        return self._own or (one.resource, one.key) in self._seen


def _current(unit: Unit) -> Callable[[Change], Row | None]:
    def current(change: Change) -> Row | None:
        return unit.all_rows.current(change.resource, change.key)

    return current


ACTIONS = (
    Action("change.preview", UndoInput, preview, "Preview undo", "change.undo", on="source", writes=False),
    Action("change.undo", UndoInput, undo, "Undo", on="source"),
)
