"""`resource.seen` and `resource.save`: how a table is seen, and what somebody clicks to have it seen otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from nexus_admin.actions.sources import overrides as source_overrides
from nexus_admin.actions.sources import records
from nexus_admin.actions.sources.changes import known, merged
from nexus_admin.actions.sources.resource_terms import check_terms
from nexus_admin.actions.unit import Unit
from nexus_admin.domain.action import Action
from nexus_admin.domain.address import segment
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.encryption import unfit
from nexus_admin.domain.errors import Invalid, Refused
from nexus_admin.domain.kinds import FAMILIES
from nexus_admin.domain.nearest import did_you_mean
from nexus_admin.domain.resource import Relation, Resource
from nexus_admin.state.engine import State


class FieldClicks(BaseModel):
    """What is laid over a field."""

    model_config = ConfigDict(extra="forbid")

    title: str | None = Field(None, max_length=200)
    kind: str | None = None
    unit: str | None = Field(None, max_length=20)
    hidden: bool | None = None
    secret: bool | None = None
    closed: bool | None = Field(None, description="Only the values that were seen are allowed.")
    help: str | None = Field(None, max_length=500, description="Shown beside the field in forms.")
    encrypted: bool | None = Field(None, description="Its values are encrypted at rest.")
    searchable: str | None = Field(None, max_length=200, description="The column of its blind index; empty for none.")
    group: str | None = Field(None, max_length=100, description="The heading that it stands under in forms.")
    read_only: bool | None = Field(None, description="Nobody writes it through Nexus.")
    visible_when: str | None = Field(None, max_length=500, description="It is there only where this filter holds.")
    computed: str | None = Field(None, max_length=500, description="The formula of a field that has no column.")


class Clicks(BaseModel):
    """What is laid over a table, in the words of `resources/*.toml`; what is not named stays as it is."""

    model_config = ConfigDict(extra="forbid")

    resource: str
    title: str | None = Field(None, max_length=200)
    singular: str | None = Field(None, max_length=200)
    icon: str | None = Field(None, pattern=r"^[a-z][a-z0-9-]{0,40}$")
    hidden: bool | None = None
    names: list[str] | None = None
    columns: list[str] | None = Field(None, description="Shown in its list by default.")
    order: list[str] | None = Field(None, description="Of its fields, in records and forms.")
    fields: dict[str, FieldClicks] = {}
    relations: dict[str, bool] = {}
    clear: list[str] = Field([], max_length=5000, description="What is found again: `title`, `fields/x`.")


class Asked(BaseModel):
    """Which table."""

    model_config = ConfigDict(extra="forbid")

    resource: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A table as it is seen, and how it was found.

    Args:
        now: As it is seen.
        found: As introspection found it.
        clicked: What was clicked, by place: `title`, `fields/status/hidden`.
        guessed: Relations that no foreign key declares, each with whether it is shown.
    """

    now: Resource
    found: Resource
    clicked: Mapping[str, Any]
    guessed: tuple[tuple[Relation, bool], ...]


def seen(unit: Unit, data: Asked) -> Seen:
    """Return how a table of the target's source is seen.

    Raises:
        UnknownResource: no table has that name.
    """
    status = known(unit)
    if status.base is None or status.source is None:
        raise Refused(f"The structure of {status.name} was not read yet.")
    found, now = status.base.resource(data.resource), status.source.schema.resource(data.resource)
    overrides = unit.service(State).read(lambda connection: records.overrides_of(connection, status.name))
    guessed = [one for one in found.relations if not one.declared and not one.many]
    return Seen(
        now, found, source_overrides.placed(overrides.get(data.resource, {})),
        tuple((one, one.name in now.relations_by_name) for one in guessed),
    )  # fmt: skip


def save(unit: Unit, data: Clicks) -> str:
    """Lay over a table what somebody clicked; returns the entry by which it goes back, "" where nothing changed.

    Raises:
        UnknownResource: no table has that name.
        UnknownField: a field is named that is not there.
        Invalid: a kind is not one.
    """
    status = known(unit)
    if status.base is None or status.source is None:
        raise Refused(f"The structure of {status.name} was not read yet.")
    schema = status.source.schema
    _check(data, status.base.resource(data.resource), schema.resource(data.resource))
    check_terms(data.fields, schema.resource(data.resource), schema)
    given = data.model_dump(exclude_none=True, exclude_defaults=True, exclude={"resource", "columns", "clear"})
    if data.columns is not None:
        given["list"] = data.columns
    before = records.overrides_of(unit.connection, status.name)
    after = {**before, data.resource: merged(before.get(data.resource, {}), given)}
    _check_encrypted(status.base.resource(data.resource), after[data.resource])
    root = segment(data.resource)
    gone = [place for place in source_overrides.placed(after) if _cleared(place, root, data.clear)]
    after = source_overrides.replaced(after, dict.fromkeys(gone))
    source_overrides.keep(unit, status.name, before, after)
    return unit.entry if unit.changes else ""


def _cleared(place: str, root: str, clear: list[str]) -> bool:
    return any(place == f"{root}/{one}" or place.startswith(f"{root}/{one}/") for one in clear)


def _check(data: Clicks, resource: Resource, now: Resource) -> None:
    computed = {one.name for one in now.fields if one.computed} | {n for n, one in data.fields.items() if one.computed}
    for name in (*(data.names or ()), *(data.columns or ()), *(data.order or ()), *data.fields):
        if name not in computed:
            resource.field(name)
    if wrong := computed & {*(data.names or ())}:
        raise Invalid(dict.fromkeys(wrong, "A computed field names no row."))
    for name in data.relations:
        resource.relation(name)
    for name, field in data.fields.items():
        if field.kind is not None and field.kind not in FAMILIES:
            hint = did_you_mean(field.kind, FAMILIES)
            raise Invalid({name: f"There is no kind of field called {field.kind!r}.{hint}"})


def _check_encrypted(resource: Resource, given: Mapping[str, Any]) -> None:
    """Refuse to encrypt what cannot be.

    Raises:
        Invalid: names each field, and why.
    """
    wanted = {name: one for name, one in given.get("fields", {}).items() if one.get("encrypted")}
    problems = {
        name: unfit(resource, resource.field(name), one.get("searchable"))
        for name, one in wanted.items()
        if name in resource.by_name
    }
    if wrong := {name: f"It cannot be encrypted. {problem}" for name, problem in problems.items() if problem}:
        raise Invalid(wrong)


ACTIONS = (
    Action(
        "resource.seen", Asked, seen, "How a table is seen", "resource.save", on="house", writes=False,
        transaction=False,
    ),
    Action("resource.save", Clicks, save, "Change how a table is seen", on="house", transaction=False),
)  # fmt: skip
