"""The ways in and out: `session.begin`, `session.pass`, `session.end`, and the first owner's `setup.claim`.

Nobody is signed in while they sign in, so these are asked for by the system; what they give belongs to whoever
knew the password or the code. Each is in the ledger, the wrong ones too, with no secret of it.
"""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from nexus_admin.access import Access, Device
from nexus_admin.access.room import SignIn
from nexus_admin.actions.access.within import room
from nexus_admin.actions.dispatcher import Dispatcher
from nexus_admin.actions.house.events import UserRegistered, UserSignedIn
from nexus_admin.actions.unit import Unit
from nexus_admin.audit.ledger import Ledger
from nexus_admin.domain.action import Action, Event
from nexus_admin.domain.audit import Follows
from nexus_admin.state.engine import State


class Password(BaseModel):
    """What somebody signs in with."""

    model_config = ConfigDict(extra="forbid")

    email: str = Field("", max_length=300)
    password: str = Field("", max_length=2000)
    cookie: str = Field("", max_length=500, description="The session that came along; it ends.")


class Code(BaseModel):
    """A session that waits for its second factor, and a code."""

    model_config = ConfigDict(extra="forbid")

    cookie: str = Field(max_length=500)
    code: str = Field("", max_length=100)


class Leave(BaseModel):
    """The session that ends."""

    model_config = ConfigDict(extra="forbid")

    cookie: str = Field(max_length=500)


class Claim(BaseModel):
    """What the first owner needs: the token of the console, and who they are."""

    model_config = ConfigDict(extra="forbid")

    token: str = Field(max_length=500)
    email: str = Field("", max_length=300)
    password: str = Field("", max_length=2000)
    name: str = Field("", max_length=200)


def begin(unit: Unit, data: Password) -> SignIn:
    """Begin a session by a password.

    It works outside of a transaction: checking a password takes long on purpose, and nobody shall wait for it.
    """
    access = unit.service(Access)
    begun = access.sign_in(data.email, data.password, device_of(unit), previous=data.cookie or None)
    _came(unit, begun, "A session was begun.")
    return begun


def pass_code(unit: Unit, data: Code) -> SignIn:
    """Take the second factor."""
    begun = unit.service(Access).pass_second_factor(data.cookie, data.code)
    _came(unit, begun, "The second factor was given.")
    return begun


def end(unit: Unit, data: Leave) -> None:
    """End a session on the server too."""
    room(unit).sign_out(data.cookie)


def claim(unit: Unit, data: Claim) -> SignIn:
    """Make the first owner, and sign them in."""
    access, device = room(unit), device_of(unit)
    owner = access.setup.claim(data.token, data.email, data.password, name=data.name, address=device.address)
    unit.detail = f"{owner.email} is the first owner."
    unit.emit(UserRegistered(user=owner.id, email=owner.email))
    unit.emit(UserSignedIn(user=owner.id))
    return access.sign_in_as(owner.id, device, via="password")


def device_of(unit: Unit) -> Device:
    """Return what the call came from."""
    facts = unit.call.request
    return Device(facts.get("agent", ""), facts.get("address", ""))


def _came(unit: Unit, begun: SignIn, detail: str) -> None:
    """Write the entry in the name of whoever came in, not of the system that let them; once they are in, tell of it.

    The entry and the event are one transaction.
    """
    session, ledger = begun.session, unit.service(Ledger)
    call = replace(unit.call, actor=unit.service(Access).actor_of_user(session.user_id) or unit.actor)
    if session.stage != "full":
        ledger.note(call, detail)
        return

    def write(connection: sa.Connection) -> list[Event]:
        entry = ledger.open_within(connection, call)
        coming = replace(unit, call=call, entry=entry, events=[], told=[])
        coming.emit(UserSignedIn(user=session.user_id))
        ledger.close_within(connection, entry, "done", detail, follows=Follows(coming.told))
        return coming.told

    for event in unit.service(State).write(write):
        unit.service(Dispatcher).emit(event)


ACTIONS = (
    Action("session.begin", Password, begin, "Sign in", on="house", writes=False, transaction=False),
    Action("session.pass", Code, pass_code, "Continue", on="house", writes=False, transaction=False),
    Action("session.end", Leave, end, "Sign out", "account.change", on="house", transaction=False),
    Action("setup.claim", Claim, claim, "Create the owner", on="house", transaction=False),
)
