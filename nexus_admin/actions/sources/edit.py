"""`source.rename` and `source.change`: another name, another address or another password for a source."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from nexus_admin.actions.answers import Answers
from nexus_admin.actions.sources import names as source_names
from nexus_admin.actions.sources import records
from nexus_admin.actions.sources.changes import check_name, known, own
from nexus_admin.actions.sources.facts import NO_PASSWORD, bare, facts, facts_of, record_source, text_of_address
from nexus_admin.actions.sources.known import Sources
from nexus_admin.actions.sources.moves import move, readdress
from nexus_admin.actions.sources.where import Where, with_password
from nexus_admin.actions.unit import Unit
from nexus_admin.data.drivers.address import HIDDEN, Address
from nexus_admin.domain.action import Action, Nothing
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.state.engine import State


class Rename(BaseModel):
    """The new name."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=63, description="Small letters, digits, - and _; part of every address.")


class Change(Where):
    """Where the source is from now on."""

    password: SecretStr = Field(
        SecretStr(""), max_length=1000, description="None keeps the one of today, for the same login on the same host."
    )
    sample: bool | None = Field(None, description="Whether rows are looked at; None leaves it.")


@dataclass(frozen=True, slots=True)
class Renamed:
    """What followed a source to its new name.

    Args:
        name: The new one.
        entry: The ledger entry by which it goes back.
        followed: What named it, changed along with it.
    """

    name: str
    entry: str
    followed: source_names.Named


@dataclass(frozen=True, slots=True)
class Editable:
    """What can be changed of a source.

    Args:
        name: Its name.
        url: Its address with its options, without its password; empty where it cannot be read.
        password: Whether one is kept.
        sample: Whether rows are looked at.
    """

    name: str
    url: str
    password: bool
    sample: bool


def editable(unit: Unit, _data: Nothing) -> Editable:
    """Return what can be changed of the target's source.

    Raises:
        Refused: the source is named on the command line or in nexus.toml.
    """
    status = own(unit, "Change it where it is named.")
    vault = unit.service(State).vault
    found = unit.service(State).read(lambda connection: facts_of(connection, vault, status.name)) or {}
    url = str(found.get("address", ""))
    return Editable(
        status.name, "" if url == HIDDEN else bare(url), found.get("password") != NO_PASSWORD, status.sample
    )


def named(unit: Unit, _data: Nothing) -> source_names.Named:
    """Return what names the target's source, and would follow it to another name."""
    return source_names.named(unit, known(unit).name)


def rename(unit: Unit, data: Rename) -> Renamed:
    """Give a source another name; dashboards, roles and favourites that name it follow.

    Raises:
        Invalid: the name is taken, or no name.
        Refused: the source is named on the command line or in nexus.toml.
    """
    status = own(unit, "Give it another name where it is named.")
    check_name(unit.service(Sources), data.name)
    return Renamed(data.name, unit.entry, take_name(unit, status.name, data.name))


def take_name(unit: Unit, old: str, new: str) -> source_names.Named:
    """Call the source *old* by the name *new*, which was checked, and let what names it follow."""
    before = facts(unit, old)
    move(unit.connection, old, new)
    followed = source_names.follow(unit, old, new)
    unit.detail = f"{old} is called {new} now."
    record_source(unit, new, before)
    unit.after_commit(lambda: unit.service(Answers).forget(old))
    unit.emit("source.renamed", source=new, was=old)
    return followed


def change(unit: Unit, data: Change) -> str:
    """Keep another address; returns the ledger entry by which it goes back, as far as the password was the same.

    What was found at the old address is shown on, and what differs at the new one as a change of the database.

    Raises:
        BadRequest: the address is not one, or leads where none may lead.
        Invalid: the password of today would go somewhere else.
        Refused: the source is named on the command line or in nexus.toml.
    """
    status = own(unit, "Change it where it is named.")
    address = with_password(unit, status.name, data)
    sample = status.sample if data.sample is None else data.sample
    lead_to(unit, status.name, address, sample=sample)
    unit.detail = f"{status.name} is at {address.masked} now."
    return unit.entry


def lead_to(unit: Unit, name: str, address: Address, *, sample: bool) -> None:
    """Keep an address that was checked, and read what is there."""
    before = facts(unit, name)
    vault = unit.service(State).vault
    readdress(unit.connection, vault, name, text_of_address(address), records.stamp(address), sample=sample)
    record_source(unit, name, before)
    unit.after_commit(lambda: unit.service(Answers).forget(name))
    unit.emit("source.changed", source=name)


ACTIONS = (
    Action(
        "source.named", Nothing, named, "What names a source", "source.rename", on="house", writes=False,
        transaction=False,
    ),
    Action(
        "source.editable", Nothing, editable, "What can be changed of a source", "source.change", on="house",
        writes=False, transaction=False,
    ),
    Action("source.rename", Rename, rename, "Rename a source", on="house", transaction=False, icon="edit"),
    Action("source.change", Change, change, "Change where a source is", on="house", transaction=False, icon="link"),
)  # fmt: skip
