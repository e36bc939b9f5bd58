"""The house's own things as undo sees them: how each stands now, and how it is put back.

A keeper knows one kind: settings, dashboards, roles, accounts. Those of data sources are in `source_keepers.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa

from nexus_admin.actions.access.within import record_role, record_user, role_values, room, user_values
from nexus_admin.actions.house import dashboards, settings
from nexus_admin.actions.house.boards import Board, Boards, saved
from nexus_admin.actions.house.controls import Controls
from nexus_admin.actions.unit import Unit
from nexus_admin.audit.undo import UndoStep
from nexus_admin.domain.audit import Change
from nexus_admin.domain.errors import NotFound, Refused
from nexus_admin.domain.role import Role
from nexus_admin.domain.row import Row
from nexus_admin.domain.widget import Dashboard
from nexus_admin.state.engine import State
from nexus_admin.state.tables.settings import setting

T = TypeVar("T")


class Keeper(Protocol):
    """Knows one kind of thing of the house."""

    def now(self, unit: Unit, change: Change) -> Row | None:
        """Return the thing that *change* was about as it is now, None if there is none."""
        ...

    def needs(self, step: UndoStep) -> tuple[str, ...]:
        """Return the actions that whoever takes that step must be allowed."""
        ...

    def lost(self, unit: Unit, change: Change) -> str:
        """Return why *change* cannot be taken back at all; "" where it can."""
        ...

    def note(self, step: UndoStep) -> str:
        """Return what comes back otherwise than it was; "" for nothing."""
        ...

    def put(self, unit: Unit, step: UndoStep) -> None:
        """Take the step, and note what it changed."""
        ...


class Plain:
    """What most keepers have in common: nothing is lost, and nothing comes back otherwise."""

    def lost(self, unit: Unit, change: Change) -> str:
        """Return nothing: it can be taken back."""
        del unit, change
        return ""

    def note(self, step: UndoStep) -> str:
        """Return nothing: it comes back as it was."""
        del step
        return ""


class SettingKeeper(Plain):
    """Settings that are stored. Whoever may switch extensions may take that back."""

    def now(self, unit: Unit, change: Change) -> Row | None:
        """Return what is stored, None where the layer below counts."""
        statement = sa.select(setting.c.value).where(setting.c.key == change.key)
        value = looked(unit, lambda connection: connection.execute(statement).scalar())
        return None if value is None else {"value": value}

    def needs(self, step: UndoStep) -> tuple[str, ...]:
        """Return the action that stores it."""
        return ("extension.switch",) if step.key == "extensions.off" else ("settings.change",)

    def lost(self, unit: Unit, change: Change) -> str:
        """Say so where the setting went, or the command line holds it."""
        known = {one.key: origin for one, origin, _ in unit.service(Controls).settings()}
        if change.key not in known:
            return f"There is no setting called {change.key} any more."
        held = known[change.key].layer == "command line"
        return f"{change.key} was given on the command line, which wins over what is stored." if held else ""

    def put(self, unit: Unit, step: UndoStep) -> None:
        """Store the value of then, or none."""
        settings.store(unit, step.key, step.values.get("value"))


class DashboardKeeper(Plain):
    """Saved dashboards."""

    def now(self, unit: Unit, change: Change) -> Row | None:
        """Return what it shows."""
        return dashboards.spec_of(looked(unit, lambda connection: next(saved(connection, change.key), None)))

    def needs(self, step: UndoStep) -> tuple[str, ...]:
        """Return the action that would do it by hand."""
        return ("dashboard.delete",) if step.verb == "delete" else ("dashboard.save",)

    def put(self, unit: Unit, step: UndoStep) -> None:
        """Save it as it was, or forget it."""
        before: Board | None = next(saved(unit.connection, step.key), None)
        if step.verb == "delete":
            assert before is not None
            dashboards.forget(unit, before)
            return
        held = unit.service(Boards).declared()[0].get(step.key)
        if held is not None:
            raise Refused(f"{held.place} holds a dashboard called {step.key!r} now, which goes first.")
        spec = {**(dashboards.spec_of(before) or {}), **step.values}
        dashboards.keep(unit, Dashboard.model_validate(spec), before)


class RoleKeeper(Plain):
    """Roles."""

    def now(self, unit: Unit, change: Change) -> Row | None:
        """Return the role."""
        found = room(unit).roles.book().roles.get(change.key)
        return None if found is None else role_values(found)

    def needs(self, step: UndoStep) -> tuple[str, ...]:
        """Return what only owners may."""
        del step
        return ("access.undo",)

    def put(self, unit: Unit, step: UndoStep) -> None:
        """Save the role as it was, or delete it."""
        access = room(unit)
        now = access.roles.book().roles.get(step.key)
        if step.verb == "delete":
            access.roles.delete(step.key, by=unit.actor)
            record_role(unit, step.key, now, None)
            return
        values: Mapping[str, Any] = {**(role_values(now) if now else {}), **step.values}
        record_role(unit, step.key, now, access.roles.save(Role.model_validate(dict(values)), by=unit.actor))


class UserKeeper(Plain):
    """Accounts, without what is secret of them."""

    def now(self, unit: Unit, change: Change) -> Row | None:
        """Return what of the account can be changed."""
        try:
            return user_values(room(unit).users.get(change.key))
        except NotFound:
            return None

    def needs(self, step: UndoStep) -> tuple[str, ...]:
        """Return what only owners may."""
        del step
        return ("access.undo",)

    def lost(self, unit: Unit, change: Change) -> str:
        """Say that a deleted account does not come back."""
        del unit
        gone = "Its password and second factor were deleted with the account. Invite them again instead."
        return gone if change.verb == "delete" else ""

    def put(self, unit: Unit, step: UndoStep) -> None:
        """Give the account what it had, or delete it."""
        access, values = room(unit), step.values
        now = access.users.get(step.key)
        if step.verb == "delete":
            access.users.delete(now.id, by=unit.actor)
            record_user(unit, now, None)
            return
        if "name" in values or "email" in values:
            access.users.rename(now.id, by=unit.actor, name=values.get("name"), email=values.get("email"))
        if "attributes" in values:
            access.users.set_attributes(now.id, values["attributes"], by=unit.actor)
        if "roles" in values:
            access.users.set_roles(now.id, values["roles"], by=unit.actor)
        if "active" in values:
            access.users.set_active(now.id, values["active"], by=unit.actor)
        record_user(unit, now, access.users.get(now.id))


def looked(unit: Unit, work: Callable[[sa.Connection], T]) -> T:
    """Run *work*, which reads, in the transaction of *unit* where it has one."""
    return work(unit.connection) if unit.connection is not None else unit.service(State).read(work)


def in_turn(steps: tuple[UndoStep, ...]) -> Iterator[UndoStep]:
    """Yield *steps* so that roles come back before those who held them, and go after."""

    def turn(step: UndoStep) -> int:
        if step.resource == "users":
            return 1
        return 2 if step.resource == "roles" and step.verb == "delete" else 0

    return iter(sorted(steps, key=turn))
