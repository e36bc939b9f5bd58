"""`house.undo`: take back what was done to the house's own things, after comparing each with what was left behind.

Settings, data sources, what is laid over their tables, dashboards, roles and accounts. Whoever takes something back
must be allowed to undo, and to do by hand what that comes to. It is one call, so it can be taken back too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import BaseModel, ConfigDict

from nexus_admin.access import Access
from nexus_admin.access.delegation import check_owner
from nexus_admin.actions.house.things import DashboardKeeper, Keeper, RoleKeeper, SettingKeeper, UserKeeper, in_turn
from nexus_admin.actions.sources.keepers import OverrideKeeper, SourceKeeper
from nexus_admin.actions.unit import Unit
from nexus_admin.audit.ledger import Ledger
from nexus_admin.audit.undo import UndoConflict, UndoPlan, UndoStep, plan
from nexus_admin.domain.action import Action
from nexus_admin.domain.audit import AuditEntry, Change
from nexus_admin.domain.errors import Conflict, Forbidden, NotFound, Refused
from nexus_admin.domain.row import Row

HOUSE = "nexus"
KEEPERS: Mapping[str, Keeper] = {
    "settings": SettingKeeper(),
    "dashboards": DashboardKeeper(),
    "roles": RoleKeeper(),
    "users": UserKeeper(),
    "sources": SourceKeeper(),
    "source_overrides": OverrideKeeper(),
}
"""By what the ledger calls each kind of thing."""
PEOPLE = "access.undo"


class UndoInput(BaseModel):
    """Which ledger entry to take back."""

    model_config = ConfigDict(extra="forbid")

    entry: str


def preview(unit: Unit, data: UndoInput) -> UndoPlan:
    """Say what taking the entry back would do, and what stands in the way.

    Raises:
        NotFound: the house has no such entry.
        Forbidden: whoever asks may not do it by hand either.
    """
    todo = _plan(unit, data.entry)
    for step in todo.steps:
        _check(unit, step)
    return todo


def undo(unit: Unit, data: UndoInput) -> int:
    """Take the entry back; return how many things were changed.

    Raises:
        Conflict: one of them changed since, or cannot come back; nothing is overwritten.
        Refused: there is nothing to take back, or it was taken back already.
        Forbidden: whoever asks may not do it by hand either.
    """
    todo = _plan(unit, data.entry)
    if todo.conflicts:
        told = "; ".join(f"{one.change.title or one.change.key}: {one.why}" for one in todo.conflicts)
        raise Conflict(f"Not undone. Something changed since, or cannot come back. {told}")
    if todo.undone_by or todo.empty:
        raise Refused("There is nothing to undo: it was taken back already, or changed nothing.")
    for step in todo.steps:
        _check(unit, step)
    for step in in_turn(todo.steps):
        KEEPERS[step.resource].put(unit, step)
    unit.undoes = data.entry
    unit.detail = " ".join(todo.notes)
    return len(todo.steps)


def undo_access(unit: Unit, data: UndoInput) -> int:
    """Take back what one call did to roles and accounts, and nothing else.

    Raises:
        NotFound: the entry is not about them.
        Conflict, Refused, Forbidden: as for `undo`.
    """
    if not _group(unit, data.entry)[0].action.startswith("access."):
        raise NotFound(f"There is no entry {data.entry[:60]} about roles or accounts.")
    return undo(unit, data)


def _group(unit: Unit, entry: str) -> list[AuditEntry]:
    entries = unit.service(Ledger).group(entry, unsealed=True)
    if entries[0].source != HOUSE:
        raise NotFound(f"The house has no entry {entry[:60]}.")
    return entries


def _plan(unit: Unit, entry: str) -> UndoPlan:
    entries = [replace(one, changes=tuple(_own(one.changes))) for one in _group(unit, entry)]
    lost, known = [], []
    for one in entries:
        reasons = [(change, _lost(unit, change)) for change in one.changes]
        lost += [UndoConflict(change, one.id, why) for change, why in reasons if why]
        known.append(replace(one, changes=tuple(change for change, why in reasons if not why)))

    def current(change: Change) -> Row | None:
        return KEEPERS[change.resource].now(unit, change)

    found = plan(known, current)
    notes = tuple(filter(None, (KEEPERS[step.resource].note(step) for step in found.steps)))
    return replace(found, conflicts=(*found.conflicts, *lost), notes=notes)


def _own(changes: Sequence[Change]) -> Sequence[Change]:
    """Return what is taken back by itself: what followed a source to another name follows it back."""
    moved = [one for one in changes if one.resource == "sources" and one.verb == "update" and "name" in one.fields()]
    return moved or changes


def _lost(unit: Unit, change: Change) -> str:
    keeper = KEEPERS.get(change.resource)
    if keeper is None:
        return f"What was done to {change.resource.replace('_', ' ')} cannot be taken back."
    return keeper.lost(unit, change)


def _check(unit: Unit, step: UndoStep) -> None:
    needs = KEEPERS[step.resource].needs(step)
    for action in needs:
        decision = unit.service(Access).decide(unit.actor, action, HOUSE, None)
        if not decision.allowed:
            who = unit.actor.name or unit.actor.id
            raise Forbidden(f"{who} may not take this back, for it comes to {action}: {decision.reason}")
    if PEOPLE in needs:
        check_owner(unit.actor, "take back what was done to roles and accounts")


ACTIONS = (
    Action(
        "house.preview", UndoInput, preview, "Preview undo", "change.undo", on="house", writes=False, transaction=False,
    ),
    Action("house.undo", UndoInput, undo, "Undo", "change.undo", on="house", transaction=False, icon="undo"),
    Action("access.undo", UndoInput, undo_access, "Undo", on="house", transaction=False, icon="undo"),
)  # fmt: skip
