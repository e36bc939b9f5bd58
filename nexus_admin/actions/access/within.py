"""The access room inside the transaction of an action of the house, and what its actions record of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nexus_admin.access import Access
from nexus_admin.access.users import User
from nexus_admin.actions.sources.known import Sources
from nexus_admin.actions.unit import Unit
from nexus_admin.domain.audit import Change
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import NotFound
from nexus_admin.domain.role import Role

HOUSE = "nexus"
USERS = "users"
ROLES = "roles"


@dataclass(frozen=True, slots=True)
class UserDone:
    """An account as it is now, and the ledger entry by which that can be taken back.

    Args:
        user: The account.
        entry: The entry's id.
        titles: What people know its roles by, where these were changed.
    """

    user: User
    entry: str
    titles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RoleDone:
    """A role as it is now (or was, where it is gone), and the ledger entry by which that can be taken back.

    Args:
        role: The role.
        entry: The entry's id.
        doubts: Sentences about what was saved and is most likely not meant so.
    """

    role: Role
    entry: str
    doubts: tuple[str, ...] = ()


def room(unit: Unit) -> Access:
    """Return the access room that works within *unit*; everybody else hears of its changes after the commit."""
    access = unit.service(Access)
    if unit.connection is None:
        return access
    unit.after_commit(access.changed)
    return access.within(unit.connection)


def tables(unit: Unit) -> list[tuple[str, str]]:
    """Return every connected table as a pair (source, resource)."""
    return [(source.name, name) for source in unit.service(Sources) for name in source.schema.resources]


def target_key(unit: Unit) -> str:
    """Return the key that the action was asked for.

    Raises:
        NotFound: it was asked for nothing.
    """
    if not unit.target.key:
        raise NotFound(f"{unit.action.name} needs to be told whom or what it is about.")
    return unit.target.key


def user_values(user: User) -> dict[str, Any]:
    """Return what of an account can be changed and taken back, as the ledger keeps it. No secret is among it."""
    return {
        "email": user.email,
        "name": user.name,
        "roles": list(user.roles),
        "attributes": dict(user.attributes),
        "active": user.active,
    }


def role_values(role: Role) -> dict[str, Any]:
    """Return a role as the ledger keeps it."""
    return role.model_dump(mode="json")


def record_user(unit: Unit, before: User | None, after: User | None) -> None:
    """Note what was done to an account."""
    one = after or before
    assert one is not None
    old = None if before is None else user_values(before)
    new = None if after is None else user_values(after)
    if old != new:
        unit.record(Change(HOUSE, USERS, one.id, old, new, one.email))


def record_role(unit: Unit, name: str, before: Role | None, after: Role | None) -> None:
    """Note what was done to a role."""
    old: Mapping[str, Any] | None = None if before is None else role_values(before)
    new: Mapping[str, Any] | None = None if after is None else role_values(after)
    if old != new:
        unit.record(Change(HOUSE, ROLES, name, old, new, (after or before).title or name))  # type: ignore[union-attr]
