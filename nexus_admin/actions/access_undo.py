"""`access.undo`: take back what one call did to roles and accounts, as long as nobody has changed them since."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from nexus_admin.access import Access
from nexus_admin.access.delegation import check_owner
from nexus_admin.actions.access_within import ROLES, USERS, record_role, record_user, role_values, room, user_values
from nexus_admin.actions.unit import Unit
from nexus_admin.audit.ledger import Ledger
from nexus_admin.domain.action import Action
from nexus_admin.domain.audit import Change
from nexus_admin.domain.errors import Conflict, NotFound, Refused
from nexus_admin.domain.role import Role


class UndoInput(BaseModel):
    """Which ledger entry to take back."""

    model_config = ConfigDict(extra="forbid")

    entry: str


def undo(unit: Unit, data: UndoInput) -> int:
    """Take the entry back; return how many roles and accounts were changed.

    Raises:
        Conflict: one of them has changed since; nothing is overwritten.
        Refused: there is nothing to take back, it was taken back already, or an account was deleted.
    """
    check_owner(unit.actor, "take back what was done to roles and accounts")
    access = room(unit)
    entries = unit.service(Ledger).group(data.entry, unsealed=True)
    changes = [change for entry in entries for change in entry.changes if change.resource in (ROLES, USERS)]
    if not entries or entries[0].source != "nexus" or not entries[0].action.startswith("access."):
        raise NotFound(f"There is no entry {data.entry} about roles or accounts.")
    if entries[0].undone_by or not changes:
        raise Refused("There is nothing to undo: it was taken back already, or changed nothing.")
    for change in sorted(changes, key=_turn):
        (_role_back if change.resource == ROLES else _user_back)(unit, access, change)
    unit.undoes = data.entry
    return len(changes)


def _turn(change: Change) -> int:
    """Roles come back before those who held them, and go after."""
    if change.resource == USERS:
        return 1
    return 2 if change.before is None else 0


def _role_back(unit: Unit, access: Access, change: Change) -> None:
    now = access.roles.book().roles.get(change.key)
    _check_same(change, None if now is None else role_values(now))
    if change.before is None:
        access.roles.delete(change.key, by=unit.actor)
        record_role(unit, change.key, now, None)
        return
    after = access.roles.save(Role.model_validate(dict(change.before)), by=unit.actor)
    record_role(unit, change.key, now, after)


def _user_back(unit: Unit, access: Access, change: Change) -> None:
    if change.after is None:
        raise Refused(f"{change.title} was deleted, with password and second factor. Invite them again instead.")
    try:
        now = access.users.get(change.key)
    except NotFound:
        raise Conflict(f"{change.title} is not there any more.") from None
    _check_same(change, user_values(now))
    if change.before is None:
        access.users.delete(change.key, by=unit.actor)
        record_user(unit, now, None)
        return
    was = change.before
    access.users.rename(now.id, by=unit.actor, name=was["name"], email=was["email"])
    access.users.set_attributes(now.id, was["attributes"], by=unit.actor)
    access.users.set_roles(now.id, was["roles"], by=unit.actor)
    if was["active"] != now.active:
        access.users.set_active(now.id, was["active"], by=unit.actor)
    record_user(unit, now, access.users.get(now.id))


def _check_same(change: Change, now: dict[str, object] | None) -> None:
    after = None if change.after is None else dict(change.after)
    if after != now:
        raise Conflict(f"Not undone: {change.title or change.key} changed since. Look at it and change it by hand.")


ACTIONS = (Action("access.undo", UndoInput, undo, "Undo", on="house", transaction=False, icon="undo"),)
