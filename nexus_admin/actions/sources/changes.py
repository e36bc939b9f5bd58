"""Data sources as people manage them: connect, allow writes, read again, accept what differs, answer, remove.

Each changes our state alone; the kernel follows when that is committed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from nexus_admin.actions.live import feed_records
from nexus_admin.actions.sources import outbox_records, records
from nexus_admin.actions.sources import overrides as source_overrides
from nexus_admin.actions.sources.facts import facts, record_source, text_of_address
from nexus_admin.actions.sources.known import Sources, SourceStatus
from nexus_admin.actions.sources.where import Where
from nexus_admin.actions.unit import Unit
from nexus_admin.data.guesses.questions import questions
from nexus_admin.domain.action import Action, Nothing
from nexus_admin.domain.address import text_of
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import Invalid, Refused
from nexus_admin.state.engine import State

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_TAKEN = frozenset({"nexus", "new", "brokers"})


class Connect(Where):
    """A new source."""

    name: str = Field(max_length=63, description="Small letters, digits, - and _; part of every address.")
    sample: bool = Field(True, description="Look at up to 200 rows of each table to guess kinds and labels.")


class Switch(BaseModel):
    """Whether writes are allowed."""

    model_config = ConfigDict(extra="forbid")

    allow: bool


@dataclass(frozen=True, slots=True)
class Removed:
    """The name of a source that is gone, and the ledger entry by which it comes back."""

    name: str
    entry: str


class Answers(BaseModel):
    """Answers by the question's id."""

    model_config = ConfigDict(extra="forbid")

    answers: dict[str, str] = Field(max_length=2000)


def connect(unit: Unit, data: Connect) -> str:
    """Add a source, read-only; its structure is read from now on.

    Raises:
        Invalid: the name is taken or no name.
        BadRequest: the address is not one, or leads where none may lead.
    """
    sources = unit.service(Sources)
    check_name(sources, data.name)
    address = data.address(sources)
    add(unit, data.name, text_of_address(address), sample=data.sample)
    unit.detail = f"Connected {address.masked}, read-only."
    return data.name


def check_name(sources: Sources, name: str) -> None:
    """Refuse what cannot be a source's name.

    Raises:
        Invalid: it is taken, or no name.
    """
    if not _NAME.fullmatch(name) or name in _TAKEN:
        raise Invalid({"name": "Begin with a small letter, then small letters, digits, - and _."})
    if any(one.name == name for one in sources.statuses()):
        raise Invalid({"name": f"There is a source called {name} already."})


def add(unit: Unit, name: str, address: str, *, sample: bool, writes: bool = False) -> None:
    """Keep a source whose name and address were checked."""
    records.add(unit.connection, unit.service(State).vault, name, address, {"sample": sample}, unit.actor.id)
    if writes:
        records.switch(unit.connection, name, read_only=False)
    record_source(unit, name, None)
    unit.emit("source.connected", source=name)


def allow_writes(unit: Unit, data: Switch) -> None:
    """Switch writing on or off."""
    status = own(unit, "Start with --allow-writes, or set allow_writes in nexus.toml.")
    if data.allow and status.source is not None and status.source.capabilities.read_only:
        raise Refused(status.source.capabilities.notice or f"{status.name} can only be read.")
    switch(unit, status.name, allow=data.allow)


def switch(unit: Unit, name: str, *, allow: bool) -> None:
    """Keep whether a source takes writes."""
    before = facts(unit, name)
    records.switch(unit.connection, name, read_only=not allow)
    unit.detail = f"{'Allowed' if allow else 'Stopped'} writes to {name}."
    record_source(unit, name, before)
    unit.emit("source.switched", source=name)


def refresh(unit: Unit, _data: Nothing) -> None:
    """Read the structure again; what differs is shown before it is used."""
    unit.emit("source.refreshed", source=known(unit).name)


def accept(unit: Unit, _data: Nothing) -> None:
    """Use the structure that was found last."""
    status = known(unit)
    if status.found is None or status.source is None:
        raise Refused(f"Nothing differs in {status.name} from what is shown.")
    records.keep_schema(unit.connection, status.name, records.stamp(status.source.address), status.found)
    unit.detail = f"Accepted {len(status.drift)} difference(s)."
    unit.emit("source.accepted", source=status.name)


def remove(unit: Unit, _data: Nothing) -> Removed:
    """Forget the source, its address and what was found; the database itself is left alone."""
    status = own(unit, "Leave it out at the next start.")
    if outbox_records.box_of(unit.connection, status.name) is not None:
        raise Refused(f"{status.name} keeps an outbox in its database. Remove that first.")
    if (feed := feed_records.records(unit.connection).get(status.name)) is not None and feed.mode == "triggers":
        raise Refused(f"{status.name} has triggers of ours in its database. Remove them first.")
    forget(unit, status.name)
    unit.detail = f"Removed {status.name}."
    return Removed(status.name, unit.entry)


def forget(unit: Unit, name: str) -> None:
    """Forget a source and what was laid over its tables; the ledger keeps both, without the password."""
    before = facts(unit, name)
    source_overrides.note(unit, name, records.overrides_of(unit.connection, name), {})
    records.delete(unit.connection, name)
    feed_records.forget(unit.connection, name)
    record_source(unit, name, before)
    unit.emit("source.removed", source=name)


def answer(unit: Unit, data: Answers) -> int:
    """Keep answers to what the guesses were not sure of; returns how many differ from before."""
    status = known(unit)
    overrides = records.overrides_of(unit.connection, status.name)
    asked = {one.id: one for one in questions(status.base, overrides)} if status.base is not None else {}
    before, count = dict(overrides), 0
    for name, value in data.answers.items():
        one = asked.get(name)
        if one is None or value not in dict(one.choices):
            raise Invalid({name: "This is not asked any more, or it is no answer. Load the page again."})
        count += one.answer != value or not one.answered
        overrides[one.resource] = merged(overrides.get(one.resource, {}), one.override(value))
    source_overrides.keep(unit, status.name, before, overrides)
    return count


def merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return *old* with *new* laid over it, tables within tables too."""
    found = dict(old)
    for key, value in new.items():
        deep = isinstance(value, Mapping) and isinstance(found.get(key), Mapping)
        found[key] = merged(found[key], value) if deep else value
    return found


def known(unit: Unit) -> SourceStatus:
    """Return the target's source."""
    return unit.service(Sources).status(text_of(unit.target.key or ""))


def own(unit: Unit, otherwise: str) -> SourceStatus:
    """Return the target's source, if it was added in the browser."""
    status = known(unit)
    if status.place != "added":
        raise Refused(f"{status.name} comes from the {status.place}, so it is not changed here. {otherwise}")
    return status


ACTIONS = (
    Action("source.connect", Connect, connect, "Connect a database", on="house", transaction=False, icon="database"),
    Action("source.allow_writes", Switch, allow_writes, "Allow writes", on="house", transaction=False, icon="edit"),
    Action("source.refresh", Nothing, refresh, "Read the structure again", on="house", transaction=False),
    Action("source.accept", Nothing, accept, "Accept differences", on="house", transaction=False),
    Action("source.answer", Answers, answer, "Answer", "resource.save", on="house", transaction=False),
    Action("source.remove", Nothing, remove, "Remove", on="house", danger=True, transaction=False, icon="trash"),
)
