"""What a source holds, as far as one actor may know of it, with what they may do there."""

from __future__ import annotations

import inspect
from typing import Any

from pydantic import TypeAdapter

from nexus_admin.access import Access
from nexus_admin.actions.registry import Actions
from nexus_admin.data.describe import describe
from nexus_admin.data.source import DataSource
from nexus_admin.domain.action import Action
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import SourceDown, SourceFailed, UnknownField
from nexus_admin.domain.resource import Relation, Resource, Schema

LOOKS = ("row.list", "row.read", "query.run")
"""Whoever may do one of these on a table may know of it."""
WRITES = ("row.create", "row.update", "row.delete")
ALONE = ("row.create", "rows.import")
"""Actions that somebody may do on a table of which they see no rows."""


def schema_or_none(source: DataSource) -> Schema | None:
    """Return the schema, None while nobody has looked at the source yet."""
    try:
        return source.schema
    except (SourceFailed, SourceDown):
        return None


def visible(source: DataSource, access: Access, actor: Actor) -> list[Resource]:
    """Return the tables and views that *actor* may know of."""
    schema = schema_or_none(source)
    known = schema.resources.values() if schema else ()
    return [one for one in known if any(access.decide(actor, name, source.name, one).allowed for name in LOOKS)]


def knows(access: Access, actor: Actor, resource: Resource) -> bool:
    """Whether *actor* may know that there is such a table: they may see something of it, or add to it."""
    return any(access.decide(actor, name, resource.source, resource).allowed for name in (*LOOKS, *ALONE))


def knows_source(access: Access, actor: Actor, source: DataSource) -> bool:
    """Whether *actor* may know that there is such a source: they may see one of its tables, or manage sources."""
    schema = schema_or_none(source)
    if schema is None or not schema.resources or access.decide(actor, "source.view", "nexus").allowed:
        return True
    return any(knows(access, actor, one) for one in schema.resources.values())


def known_relation(access: Access, actor: Actor, schema: Schema, resource: Resource, name: str) -> Relation:
    """Return the relation called *name* to a table that *actor* may know of.

    Raises:
        UnknownField: there is none, or it leads where they may not even know of anything: both are said alike.
    """
    relation = resource.relation(name)
    far = schema.resources.get(relation.to)
    if far is None or not knows(access, actor, far):
        raise UnknownField(name, resource.name, (), resource.source)
    return relation


def described(source: DataSource, access: Access, actions: Actions, actor: Actor) -> dict[str, Any]:
    """Return the description of a source as `nexus inspect --json` prints it, narrowed to what *actor* may know of.

    Each resource also has `may`, the actions that the actor may take there, `actions`, those of extensions that a row
    offers, and each field its `access`. What was
    `unsure` names tables and columns freely, so it is told to those who manage sources.
    """
    shown = {one.name for one in visible(source, access, actor)}

    def readable(resource: Resource) -> list[str] | None:
        if resource.name not in shown:
            return None
        decision = access.decide(actor, _looked_by(access, actor, resource), source.name, resource)
        return [name for name in resource.by_name if decision.shows(name)]

    told = describe(source.schema, readable)
    told["writable"] = not source.read_only
    told["level"] = source.level
    if access.decide(actor, "source.view", "nexus").allowed:
        told["unsure"] = list(source.schema.unsure)
    for one in told["resources"]:
        _add_rights(one, source, access, actions, actor)
    return told


def pressable(access: Access, actions: Actions, actor: Actor, resource: Resource) -> list[Action]:
    """Return the actions of extensions that a row of *resource* offers and *actor* may do there."""
    offered = actions.offered_on(resource)
    return [one for one in offered if access.decide(actor, one.needs, resource.source, resource).allowed]


def described_action(action: Action) -> dict[str, Any]:
    """Return an action for whoever is to call it, with the JSON Schemas of what it needs and, where it says, gives."""
    about = (inspect.getdoc(action.run) or "").partition("\n\n")[0].replace("\n", " ")
    told = {
        "name": action.name,
        "title": action.title or action.name,
        "about": about,
        "danger": action.danger,
        "writes": action.writes,
        "input": action.input.model_json_schema(),
    }
    if action.gives is not None:
        told["output"] = TypeAdapter(action.gives).json_schema(mode="serialization")
    return told


def _looked_by(access: Access, actor: Actor, resource: Resource) -> str:
    return next(name for name in LOOKS if access.decide(actor, name, resource.source, resource).allowed)


def _add_rights(told: dict[str, Any], source: DataSource, access: Access, actions: Actions, actor: Actor) -> None:
    resource = source.schema.resource(told["name"])
    writable = resource.writable and not source.read_only
    asked = {one.needs: one.writes for one in actions if one.on in ("row", "resource")}
    may = [
        name
        for name, writes in sorted(asked.items())
        if (writable or not writes) and access.decide(actor, name, source.name, resource).allowed
    ]
    told["may"] = may
    offered = pressable(access, actions, actor, resource)
    told["actions"] = [described_action(one) for one in offered if writable or not one.writes]
    told["writable"] = any(name in WRITES for name in may)
    seeing = access.decide(actor, _looked_by(access, actor, resource), source.name, resource)
    changing = [access.decide(actor, name, source.name, resource) for name in ("row.create", "row.update")]
    for field in told["fields"]:
        name = field["name"]
        field["writable"] = field["writable"] and writable and any(one.writes(name) for one in changing)
        masked = field["secret"] or not seeing.reads(name)
        field["access"] = "masked" if masked else ("write" if field["writable"] else "read")
