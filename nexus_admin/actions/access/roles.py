"""Roles: saved, deleted, taken back to an earlier version; as a file exported and applied."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nexus_admin.access import Access
from nexus_admin.access.book import RoleBook
from nexus_admin.access.delegation import check_may_give, check_may_save, check_may_take_back, check_owner
from nexus_admin.access.doubts import Known, doubts
from nexus_admin.access.file import Plan
from nexus_admin.access.rule_values import unseen_values
from nexus_admin.access.rules import rule_problems
from nexus_admin.access.text import parse_file, print_file
from nexus_admin.actions.access.within import (
    HOUSE,
    RoleDone,
    record_role,
    record_user,
    role_values,
    room,
    tables,
    target_key,
)
from nexus_admin.actions.rows.describing import schema_or_none
from nexus_admin.actions.sources.known import Sources
from nexus_admin.actions.sources.records import names_read
from nexus_admin.actions.unit import Unit
from nexus_admin.domain.action import Action, Nothing
from nexus_admin.domain.errors import Conflict, Invalid, NotFound, SettingError
from nexus_admin.domain.resource import Schema
from nexus_admin.domain.role import AccessFile, Role
from nexus_admin.state.engine import State

Form = Literal["toml", "json"]


class RoleInput(BaseModel):
    """A role as it shall be."""

    model_config = ConfigDict(extra="forbid")

    role: dict[str, Any] = Field(description="The role: name, title, inherits, grants …")
    expected: str | None = Field(None, description="The stamp of the role as it was read; None to trust.")


class VersionInput(BaseModel):
    """Which version to go back to."""

    model_config = ConfigDict(extra="forbid")

    version: int = Field(ge=1)


class FileInput(BaseModel):
    """An access file."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=5_000_000)
    form: Form = "toml"


class FormInput(BaseModel):
    """How to write the file."""

    model_config = ConfigDict(extra="forbid")

    form: Form = "toml"


def stamp(role: Role | None) -> str:
    """Return a short text that differs where two roles differ; "new" for none."""
    if role is None:
        return "new"
    text = json.dumps(role_values(role), sort_keys=True)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def read_role(given: dict[str, Any]) -> Role:
    """Return the role that *given* spells.

    Raises:
        Invalid: a sentence for each part that is wrong.
    """
    try:
        return Role.model_validate(given)
    except ValidationError as error:
        problems = {}
        for one in error.errors(include_url=False):
            place = ".".join(str(part) for part in one["loc"])
            problems[place] = _NAME if place == "name" else f"{one['msg']}."
        raise Invalid(problems) from None


_NAME = "A role's name begins with a small letter and has small letters, digits, _ and - only; 63 at most."


def save(unit: Unit, data: RoleInput) -> RoleDone:
    """Write a new role, or a new version of one; it is in force at once.

    Raises:
        Conflict: somebody else saved it since it was read.
        Invalid: a row rule that is new cannot be used on its table, so that it would give nothing.
    """
    role = read_role(data.role)
    before = unit.service(Access).roles.book().roles.get(role.name)
    if broken := rule_problems([_new_rules(role, before)], _schemas(unit).get):
        told = " ".join(dict.fromkeys(broken))
        raise Invalid({"grants": told}, told)
    return _save(unit, role, data.expected)


def _save(unit: Unit, role: Role, expected: str | None = None) -> RoleDone:
    access = room(unit)
    book = access.roles.book()
    before = book.roles.get(role.name)
    if expected is not None and expected != stamp(before):
        raise Conflict(f"The role {role.name!r} was changed by somebody else meanwhile. Load it again.")
    role = access.roles.checked(role)
    after = RoleBook({**book.roles, role.name: role}.values())
    check_may_save(book, unit.actor, before, role)
    # What they have counts as it is now, so that a role gives nothing to whoever edits their own.
    check_may_give(book, unit.actor, [role.name], access.permissions, tables(unit), after)
    saved = access.roles.save(role, by=unit.actor)
    record_role(unit, saved.name, before, saved)
    doubts = tuple(unseen_values(_new_rules(role, before), _schemas(unit).get))
    unit.detail = " ".join(doubts)
    return RoleDone(saved, unit.entry, doubts)


def _new_rules(role: Role, before: Role | None) -> Role:
    """Return *role* with those grants only that it had not before.

    What stood there stays: a column that vanished may not keep people from mending the rest.
    """
    kept = () if before is None else before.grants
    return role.model_copy(update={"grants": tuple(one for one in role.grants if one not in kept)})


def _schemas(unit: Unit) -> dict[str, Schema | None]:
    return {source.name: schema_or_none(source) for source in unit.service(Sources)}


def delete(unit: Unit, _data: Nothing) -> RoleDone:
    """Delete a role; whoever holds it loses what it gave. Its versions stay."""
    access = room(unit)
    name = target_key(unit)
    before = access.roles.get(name)
    check_may_take_back(access.roles.book(), unit.actor, [name])
    holders = access.users.holding(name)
    access.roles.delete(name, by=unit.actor)
    record_role(unit, name, before, None)
    for user in holders:
        record_user(unit, user, access.users.get(user.id))
    return RoleDone(before, unit.entry)


def revert(unit: Unit, data: VersionInput) -> RoleDone:
    """Make a role what it was in an earlier version."""
    access = room(unit)
    name = target_key(unit)
    for past in access.roles.history(name):
        if past.version == data.version and past.role is not None:
            return _save(unit, past.role)
    raise NotFound(f"The role {name!r} has no version {data.version} to go back to.")


def export(unit: Unit, data: FormInput) -> str:
    """Return every role, and who holds which, as a file."""
    return print_file(room(unit).files.export(), data.form)


def plan(unit: Unit, data: FileInput) -> Plan:
    """Say what applying a file would do, who gains and loses what, and what is not there that it names."""
    file = _file(data)
    return replace(room(unit).files.plan(file, tables(unit)), doubts=_doubts(unit, file, data.text))


def apply(unit: Unit, data: FileInput) -> Plan:
    """Make everything as the file says, or nothing of it.

    Raises:
        Forbidden: whoever asks is no owner.
    """
    access = room(unit)
    check_owner(unit.actor, "apply an access file")
    file = _file(data)
    roles = dict(access.roles.book().roles)
    todo = access.files.plan(file)
    users = [access.users.get(user_id) for user_id in todo.members]
    done = access.files.apply(file, by=unit.actor, tables=tables(unit))
    now = access.roles.book().roles
    for name in {**roles, **now}:
        record_role(unit, name, roles.get(name), now.get(name))
    for user in users:
        record_user(unit, user, access.users.get(user.id))
    unit.detail = " ".join(done.changes)
    return replace(done, doubts=_doubts(unit, file, data.text))


def preview_role(unit: Unit, data: RoleInput) -> Plan:
    """Say what saving a role would do to everybody, and do nothing."""
    return room(unit).files.preview(read_role(data.role), tables(unit))


def _doubts(unit: Unit, file: AccessFile, text: str) -> tuple[str, ...]:
    """Return what *file* says of what is not there; sources that are not connected here are known as they were read."""
    sources = unit.service(Sources)
    schemas = _schemas(unit)
    read = unit.service(State).read(names_read)
    tables = {name: names for name, names in read.items() if name not in schemas}
    house = {HOUSE, *(one.name for one in sources.lent)}
    return tuple(doubts(file.roles, text, Known(schemas, tables, house)))


def _file(data: FileInput) -> AccessFile:
    try:
        return parse_file(data.text, data.form)
    except SettingError as error:  # typed by somebody, so no mistake of the house
        raise Invalid({"text": str(error)}, str(error)) from None


ACTIONS = (
    Action("access.role.save", RoleInput, save, "Save", on="house", transaction=False),
    Action("access.role.delete", Nothing, delete, "Delete", on="house", transaction=False, icon="trash"),
    Action("access.role.revert", VersionInput, revert, "Go back", "access.role.save", on="house", transaction=False),
    Action(
        "access.role.preview", RoleInput, preview_role, "Who gains and loses", "access.view",
        on="house", writes=False, transaction=False,
    ),
    Action("access.export", FormInput, export, "Export", on="house", writes=False, kept=True, transaction=False),
    Action("access.plan", FileInput, plan, "Dry run", "access.apply", on="house", writes=False, transaction=False),
    Action("access.apply", FileInput, apply, "Apply", on="house", transaction=False),
)  # fmt: skip
