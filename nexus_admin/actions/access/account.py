"""One's own account: name, password, second factor, sessions and tokens. No secret of it ever reaches the ledger.

Fields that hold one are named so that the ledger hides them: `cookie`, `code`, `…password`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field

from nexus_admin.access import Access
from nexus_admin.access.room import SignIn
from nexus_admin.access.sessions import Session
from nexus_admin.access.tokens import Token
from nexus_admin.access.totp import Enrolment
from nexus_admin.access.users import User
from nexus_admin.actions.access.within import record_user, room
from nexus_admin.actions.house.events import UserSignedIn
from nexus_admin.actions.unit import Unit
from nexus_admin.domain.action import Action, Nothing
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import Forbidden, Invalid, NotFound


class Closed(BaseModel):
    """An input that takes no other names."""

    model_config = ConfigDict(extra="forbid")


class Name(Closed):
    """How people call them."""

    name: str = Field("", max_length=200)


class Here(Closed):
    """The session that asks."""

    cookie: str = Field(max_length=500)


class Coded(Here):
    """The session that asks, and a code of the authenticator or a recovery code."""

    code: str = Field("", max_length=100)


class NewPassword(Here):
    """The password as it is, and as it shall be."""

    old_password: str = Field("", max_length=2000)
    new_password: str = Field("", max_length=2000)


class Which(Closed):
    """A session or a token, by its id."""

    id: str = Field(max_length=40)


class NewToken(Closed):
    """What a token is for, what it may do, and how long it lives."""

    name: str = Field("", max_length=200)
    scopes: list[str] | None = Field(None, max_length=200, description="Action patterns; None for all that you may.")
    days: int | None = Field(90, ge=1, le=3650, description="None for no end.")


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody's own account, as its page shows it.

    Args:
        user: Who they are.
        sessions: Where they are signed in, last seen first.
        session: The id of the session that asks.
        tokens: Their tokens that are not revoked, newest first.
        recovery_codes: How many are left.
        known: Every action that a token can be narrowed to.
        titles: What people read for a role, by its name.
    """

    user: User
    sessions: list[Session]
    session: str | None
    tokens: list[Token]
    recovery_codes: int
    known: tuple[str, ...]
    titles: Mapping[str, str]


def view(unit: Unit, _data: Nothing) -> Account:
    """Return one's own account."""
    access, user_id = unit.service(Access), own_id(unit)
    user = access.users.get(user_id)
    left = access.second_factors.recovery_codes_left(user_id) if user.second_factor else 0
    tokens = [one for one in access.tokens.of_user(user_id) if one.revoked_at is None]
    known = tuple(access.permissions.known)
    titles = {name: role.title or name for name, role in access.roles.book().roles.items()}
    return Account(user, access.sessions.of_user(user_id), unit.actor.session, tokens, left, known, titles)


def rename(unit: Unit, data: Name) -> User:
    """Change how one is called."""
    access, user_id = room(unit), own_id(unit)
    before = access.users.get(user_id)
    after = access.users.rename(user_id, by=unit.actor, name=data.name)
    record_user(unit, before, after)
    return after


def change_password(unit: Unit, data: NewPassword) -> SignIn:
    """Set a new password; every other session and every token ends."""
    begun = room(unit).change_password(data.cookie, data.old_password, data.new_password)
    unit.detail = "The password was changed. Every other session and every token ended."
    return begun


def begin_factor(unit: Unit, data: Here) -> Enrolment:
    """Make a new secret for an authenticator; it binds once a code of it was given."""
    return room(unit).begin_second_factor(data.cookie)


def confirm_factor(unit: Unit, data: Coded) -> SignIn:
    """Make the new authenticator bind."""
    before = unit.service(Access).sessions.find(data.cookie)
    begun = room(unit).confirm_second_factor(data.cookie, data.code)
    if before is not None and before.stage != "full":  # nobody comes in here without one
        unit.emit(UserSignedIn(user=begun.session.user_id))
    unit.detail = "A second factor was set up."
    return begun


def remove_factor(unit: Unit, data: Coded) -> None:
    """Go without a second factor again."""
    room(unit).remove_second_factor(data.cookie, data.code)
    unit.detail = "The second factor was removed."


def renew_codes(unit: Unit, data: Coded) -> tuple[str, ...]:
    """Make ten new recovery codes, for a code of the authenticator; the old ones are dead."""
    access, user_id = room(unit), own_id(unit)
    access.second_factors.check(user_id, data.code)
    unit.detail = "New recovery codes were made."
    return access.second_factors.renew_recovery_codes(user_id)


def end_session(unit: Unit, data: Which) -> None:
    """Sign out on one device."""
    if not room(unit).sessions.revoke(own_id(unit), data.id):
        raise NotFound("That session is over already.")


def end_others(unit: Unit, data: Here) -> int:
    """Sign out everywhere but here."""
    count = room(unit).sessions.revoke_others(data.cookie)
    unit.detail = f"{count} other sessions were ended."
    return count


def make_token(unit: Unit, data: NewToken) -> tuple[str, Token]:
    """Make an API token; it is shown once and stands nowhere."""
    if data.scopes == []:
        raise Invalid({"scopes": "Tick what the token may do, or let it do all that you may."})
    life = None if data.days is None else timedelta(days=data.days)
    plain, token = room(unit).tokens.create(own_id(unit), data.name.strip(), scopes=data.scopes, lifetime=life)
    unit.detail = f"The token “{token.name}” was made."
    return plain, token


def revoke_token(unit: Unit, data: Which) -> None:
    """Kill a token."""
    if not room(unit).tokens.revoke(own_id(unit), data.id):
        raise NotFound("That token is dead already.")


def own_id(unit: Unit) -> str:
    """Return the id of the account that asks.

    Raises:
        Forbidden: it is a program: who it stands for is not for it to change.
    """
    if unit.actor.kind != "person":
        raise Forbidden("Only people have an account of their own. Sign in on the page to change it.")
    return unit.actor.id.removeprefix("user:")


def _own(name: str, model: type[BaseModel], run: object, title: str, *, writes: bool = True) -> Action:
    return Action(
        f"account.{name}", model, run, title, "account.change", on="house", writes=writes, transaction=False  # type: ignore[arg-type]
    )  # fmt: skip


ACTIONS = (
    _own("view", Nothing, view, "Your account", writes=False),
    _own("rename", Name, rename, "Save"),
    _own("password", NewPassword, change_password, "Change password"),
    _own("begin_factor", Here, begin_factor, "Set up an authenticator"),
    _own("confirm_factor", Coded, confirm_factor, "Confirm"),
    _own("remove_factor", Coded, remove_factor, "Turn off"),
    _own("renew_codes", Coded, renew_codes, "New recovery codes"),
    _own("end_session", Which, end_session, "Sign out"),
    _own("end_others", Here, end_others, "Sign out all others"),
    _own("make_token", NewToken, make_token, "New token"),
    _own("revoke_token", Which, revoke_token, "Revoke"),
)
