"""What there is to see of who may do what: roles, accounts, sessions, tokens; and the tokens themselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field

from nexus_admin.access.delegation import check_owner
from nexus_admin.access.roles import RoleVersion
from nexus_admin.access.sessions import Session
from nexus_admin.access.tokens import Token
from nexus_admin.access.users import User
from nexus_admin.actions.access.within import room, target_key
from nexus_admin.actions.unit import Unit
from nexus_admin.domain.action import Action, Nothing
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import NotFound
from nexus_admin.domain.role import Role


class Find(BaseModel):
    """Which accounts."""

    model_config = ConfigDict(extra="forbid")

    words: str = Field("", max_length=200)
    after: str | None = Field(None, max_length=40)
    limit: int = Field(100, ge=1, le=500)


class TokenInput(BaseModel):
    """What a new token is for, and what it is good for."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=200)
    roles: list[str] | None = Field(None, description="Roles of its owner that it is narrowed to; none for all.")
    scopes: list[str] | None = Field(None, description="Action patterns that it is good for; none for all.")
    days: int | None = Field(None, ge=1, le=36_500, description="For how long; none for no end.")


class TokenKey(BaseModel):
    """Which token of the target's account."""

    model_config = ConfigDict(extra="forbid")

    token: str


@dataclass(frozen=True, slots=True)
class Overview:
    """Every role with how many hold it, and how many accounts there are."""

    roles: tuple[Role, ...]
    counts: Mapping[str, int]
    users: int


@dataclass(frozen=True, slots=True)
class UserView:
    """An account with all that hangs on it."""

    user: User
    sessions: tuple[Session, ...]
    tokens: tuple[Token, ...]
    recovery_codes: int
    needs_second_factor: bool


@dataclass(frozen=True, slots=True)
class RoleView:
    """A role with who holds it and what it was before."""

    role: Role
    members: tuple[User, ...]
    versions: tuple[RoleVersion, ...]


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token with its secret, which is shown once."""

    token: Token
    secret: str


def overview(unit: Unit, _data: Nothing) -> Overview:
    """Return the roles and how many hold each."""
    access = room(unit)
    return Overview(access.roles.all(), access.roles.member_counts(), access.users.count())


def users(unit: Unit, data: Find) -> list[User]:
    """Return accounts, oldest first."""
    return room(unit).users.find(data.words, after=data.after, limit=data.limit)


def user(unit: Unit, _data: Nothing) -> UserView:
    """Return one account."""
    access = room(unit)
    found = access.users.get(target_key(unit))
    return UserView(
        found,
        tuple(access.sessions.of_user(found.id)),
        tuple(access.tokens.of_user(found.id)),
        access.second_factors.recovery_codes_left(found.id) if found.second_factor else 0,
        access.roles.book().requires_second_factor(found.roles),
    )


def role(unit: Unit, _data: Nothing) -> RoleView:
    """Return one role."""
    access = room(unit)
    found = access.roles.get(target_key(unit))
    return RoleView(found, tuple(access.users.holding(found.name)), tuple(access.roles.history(found.name)))


def sessions(unit: Unit, _data: Nothing) -> list[tuple[User, Session]]:
    """Return who is signed in, and where."""
    return room(unit).sessions.living()


def tokens(unit: Unit, _data: Nothing) -> list[tuple[User, Token]]:
    """Return the tokens of everybody."""
    access = room(unit)
    found = access.tokens.all()
    owners = {user_id: access.users.get(user_id) for user_id in {one.user_id for one in found}}
    return [(owners[one.user_id], one) for one in found]


def create_token(unit: Unit, data: TokenInput) -> NewToken:
    """Make a token for the target's account; it may what that account may, and less."""
    access = room(unit)
    owner = access.users.get(target_key(unit))
    if owner.actor_id != unit.actor.id:
        check_owner(unit.actor, "make a token for somebody else")
    lifetime = None if data.days is None else timedelta(days=data.days)
    secret, token = access.tokens.create(owner.id, data.name, scopes=data.scopes, roles=data.roles, lifetime=lifetime)
    unit.detail = f"The token {token.name!r} of {owner.email} was made."
    return NewToken(token, secret)


def revoke_token(unit: Unit, data: TokenKey) -> None:
    """Kill a token of the target's account at once."""
    access = room(unit)
    owner = access.users.get(target_key(unit))
    if not access.tokens.revoke(owner.id, data.token):
        raise NotFound(f"{owner.email} has no living token of that id.")
    unit.detail = f"A token of {owner.email} was revoked."


ACTIONS = (
    Action("access.view", Nothing, overview, "Access", on="house", writes=False, transaction=False, icon="shield"),
    Action("access.users", Find, users, "Users", "access.view", on="house", writes=False, transaction=False),
    Action("access.user", Nothing, user, "User", "access.view", on="house", writes=False, transaction=False),
    Action("access.role", Nothing, role, "Role", "access.view", on="house", writes=False, transaction=False),
    Action("access.sessions", Nothing, sessions, "Who", "access.view", on="house", writes=False, transaction=False),
    Action("access.tokens", Nothing, tokens, "Tokens", "access.view", on="house", writes=False, transaction=False),
    Action("access.token.create", TokenInput, create_token, "New token", on="house", transaction=False, icon="key"),
    Action("access.token.revoke", TokenKey, revoke_token, "Revoke", on="house", transaction=False, icon="ban"),
)  # fmt: skip
