"""Accounts: made, invited, changed, shut out and let in. Each change is in the ledger with its before and after."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from nexus_admin.access import Access
from nexus_admin.access.delegation import check_may_give, check_may_take_back, check_owner
from nexus_admin.access.users import User
from nexus_admin.actions.access.within import UserDone, record_user, room, tables, target_key
from nexus_admin.actions.house.events import UserRegistered
from nexus_admin.actions.unit import Unit
from nexus_admin.domain.action import Action, Nothing
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import Refused


class Invitation(BaseModel):
    """Whom to invite, and as what."""

    model_config = ConfigDict(extra="forbid")

    email: str = Field(max_length=300)
    name: str = Field("", max_length=200)
    roles: list[str] = Field(default_factory=list, max_length=100)


class Profile(BaseModel):
    """What to change of an account; None leaves it."""

    model_config = ConfigDict(extra="forbid")

    email: str | None = Field(None, max_length=300)
    name: str | None = Field(None, max_length=200)
    attributes: dict[str, Any] | None = Field(None, description="What rules may ask for as `me.<attribute>`.")


class Given(BaseModel):
    """The roles that somebody shall hold, in the order of lists."""

    model_config = ConfigDict(extra="forbid")

    roles: list[str] = Field(max_length=100)


class Which(BaseModel):
    """One session, or every one."""

    model_config = ConfigDict(extra="forbid")

    session: str | None = None


@dataclass(frozen=True, slots=True)
class Invited:
    """An account with the secret of its link, which is shown once and stands nowhere."""

    user: User
    secret: str


def invite(unit: Unit, data: Invitation) -> Invited:
    """Make an account without a password, and a link by which its owner chooses one."""
    access = room(unit)
    _check_given(unit, access, (), data.roles)
    user = access.users.create(data.email, by=unit.actor, name=data.name, roles=data.roles)
    record_user(unit, None, user)
    unit.detail = f"{user.email} was invited."
    unit.emit(UserRegistered(user=user.id, email=user.email))
    return Invited(user, access.invitations.issue(user.id))


def new_link(unit: Unit, _data: Nothing) -> Invited:
    """Make another link: for an account that has no password yet, or whose password is forgotten."""
    access = room(unit)
    user = access.users.get(target_key(unit))
    if user.has_password or user.second_factor or user.attributes:
        check_owner(unit.actor, "give somebody a link to a new password")
    _check_given(unit, access, (), list(user.roles))  # whoever has the link can come in as them
    if user.owner:
        check_owner(unit.actor, "give an owner a link to a new password")
    if not user.active:
        raise Refused(f"{user.email} is shut out. Let them in again first.")
    unit.detail = f"A link to choose a password was made for {user.email}."
    return Invited(user, access.invitations.issue(user.id))


def save(unit: Unit, data: Profile) -> UserDone:
    """Change how somebody is called, where mail goes, and what rules may ask for of them."""
    access = room(unit)
    before = after = access.users.get(target_key(unit))
    if data.email is not None and data.email != before.email:
        check_owner(unit.actor, "change the email by which somebody signs in")
    if data.attributes is not None and data.attributes != dict(before.attributes):
        check_owner(unit.actor, "change what row rules ask for")
        after = access.users.set_attributes(before.id, data.attributes, by=unit.actor)
    if (data.name, data.email) != (None, None):
        after = access.users.rename(before.id, by=unit.actor, name=data.name, email=data.email)
    record_user(unit, before, after)
    return UserDone(after, unit.entry)


def set_roles(unit: Unit, data: Given) -> UserDone:
    """Give somebody exactly these roles, at once."""
    access = room(unit)
    before = access.users.get(target_key(unit))
    _check_given(unit, access, before.roles, data.roles)
    after = access.users.set_roles(before.id, data.roles, by=unit.actor)
    record_user(unit, before, after)
    return UserDone(after, unit.entry, tuple(map(access.roles.book().title, after.roles)))


def disable(unit: Unit, _data: Nothing) -> UserDone:
    """Shut somebody out: every session and token of theirs ends at once."""
    return _set_active(unit, False)


def enable(unit: Unit, _data: Nothing) -> UserDone:
    """Let somebody in again."""
    return _set_active(unit, True)


def delete(unit: Unit, _data: Nothing) -> UserDone:
    """Delete an account with all that hangs on it; what they did stays in the ledger."""
    access = room(unit)
    before = access.users.get(target_key(unit))
    if before.id == (unit.actor.id.removeprefix("user:")):
        raise Refused("This is your own account. Somebody else must delete it.")
    check_may_take_back(access.roles.book(), unit.actor, before.roles)
    access.users.delete(before.id, by=unit.actor)
    record_user(unit, before, None)
    return UserDone(before, unit.entry)


def reset_second_factor(unit: Unit, _data: Nothing) -> User:
    """Remove somebody's second factor, when their telephone is lost. Their sessions end."""
    access = room(unit)
    check_owner(unit.actor, "remove somebody's second factor")
    user = access.users.get(target_key(unit))
    if not user.second_factor:
        raise Refused(f"{user.email} has no second factor.")
    access.second_factors.remove(user.id)
    access.sessions.revoke_all(user.id)
    unit.detail = f"The second factor of {user.email} was removed."
    return access.users.get(user.id)


def end_sessions(unit: Unit, data: Which) -> int:
    """End one session of somebody, or all of them; return how many."""
    access = room(unit)
    user = access.users.get(target_key(unit))
    ended = (
        access.sessions.revoke_all(user.id)
        if data.session is None
        else int(access.sessions.revoke(user.id, data.session))
    )
    unit.detail = f"{ended} session{'s' if ended != 1 else ''} of {user.email} ended."
    return ended


def _set_active(unit: Unit, active: bool) -> UserDone:
    access = room(unit)
    before = access.users.get(target_key(unit))
    if not active and before.id == unit.actor.id.removeprefix("user:"):
        raise Refused("This is your own account. Somebody else must shut it out.")
    after = access.users.set_active(before.id, active, by=unit.actor)
    record_user(unit, before, after)
    return UserDone(after, unit.entry)


def _check_given(unit: Unit, access: Access, before: tuple[str, ...], after: list[str]) -> None:
    """Nobody gives more than they have, nor takes away what holds somebody back."""
    book = access.roles.book()
    new = [name for name in after if name not in before]
    check_may_give(book, unit.actor, new, access.permissions, tables(unit))
    check_may_take_back(book, unit.actor, [name for name in before if name not in after])


ACTIONS = (
    Action("access.user.invite", Invitation, invite, "Invite", on="house", transaction=False, icon="mail"),
    Action("access.user.link", Nothing, new_link, "New link", "access.user.invite", on="house", transaction=False),
    Action("access.user.save", Profile, save, "Save", on="house", transaction=False),
    Action("access.user.set_roles", Given, set_roles, "Set roles", on="house", transaction=False),
    Action("access.user.disable", Nothing, disable, "Shut out", on="house", transaction=False, icon="ban"),
    Action("access.user.enable", Nothing, enable, "Let in", on="house", transaction=False, icon="check"),
    Action("access.user.delete", Nothing, delete, "Delete", on="house", transaction=False, danger=True, icon="trash"),
    Action(
        "access.user.reset_second_factor", Nothing, reset_second_factor, "Remove second factor",
        on="house", transaction=False, danger=True, icon="phone",
    ),
    Action("access.user.end_sessions", Which, end_sessions, "End sessions", on="house", transaction=False),
)  # fmt: skip
