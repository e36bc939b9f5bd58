"""Computed fields as files, clicks and extensions declare them: added to their table, settled once all are known."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from nexus_admin.domain.errors import BadExpression, NexusError, SettingError
from nexus_admin.domain.kinds import FAMILIES
from nexus_admin.domain.resource import Field, Resource, Schema
from nexus_admin.language.conditions import OPTION, condition, read_condition
from nexus_admin.language.formula_columns import is_askable
from nexus_admin.language.formulas import read_formula, settle, shape_of, sources
from nexus_admin.language.paths import Sight

UNSETTLED = ""
"""The kind of a computed field until it is known what it is made of."""


def declared(resource: Resource, given: Mapping[str, Mapping[str, Any]], file: str = "") -> Resource:
    """Return *resource* with the fields that *given* computes, by name; they come last.

    Args:
        resource: As it is seen otherwise.
        given: What a file or clicks lay over the fields.
        file: The name of the file, which is refused where a formula cannot be read. What was clicked was checked then.

    Raises:
        SettingError: the *file* computes what is a column, or its formula cannot be read.
    """
    new = []
    for name, one in given.items():
        if not one.get("computed"):
            continue
        try:
            if name in resource.by_name and not resource.field(name).computed:
                raise BadExpression(f"{resource.name} has a column of that name: a computed field needs another.")
            read_formula(str(one["computed"]))
        except BadExpression as error:
            if file:
                raise SettingError(f"{file}: fields.{name}: {error}") from None
            continue
        new.append(_field(name, str(one["computed"])))
    kept = tuple(one for one in resource.fields if one.name not in {each.name for each in new})
    return dataclasses.replace(resource, fields=(*kept, *new)) if new else resource


def _field(name: str, formula: str) -> Field:
    title = name.replace("_", " ").strip()
    return Field(name, title[:1].upper() + title[1:], UNSETTLED, computed=formula, writable=False)


def settled(schema: Schema) -> Schema:
    """Return *schema* with every computed field as its formula makes it; of one that cannot be, a sentence is left."""
    if not any(_speaks(one) for table in schema.resources.values() for one in table.fields):
        return schema
    unsure: list[str] = []
    resources = {name: _settled(table, schema, unsure) for name, table in schema.resources.items()}
    return dataclasses.replace(schema, resources=resources, unsure=(*schema.unsure, *unsure))


def _speaks(field: Field) -> bool:
    return bool(field.computed or condition(field))


def _settled(resource: Resource, schema: Schema, unsure: list[str]) -> Resource:
    if not any(map(_speaks, resource.fields)):
        return resource
    fields = []
    for field in resource.fields:
        try:
            made = finished(field, resource, schema) if field.computed else field
            if condition(made):
                read_condition(condition(made), resource, schema)
            fields.append(made)
        except NexusError as error:
            unsure.append(f"{resource.name}.{field.name}: {error}")
            if not field.computed:
                fields.append(_always(field))
    left = {one.name for one in fields}
    return dataclasses.replace(
        resource,
        fields=tuple(fields),
        list_fields=tuple(one for one in resource.list_fields if one in left),
        sort=tuple(one for one in resource.sort if _sorts(one.removeprefix("-"), fields)),
        search_fields=tuple(one for one in resource.search_fields if not _is_computed(one, fields)),
        title_fields=tuple(one for one in resource.title_fields if not _is_computed(one, fields)),
    )


def _sorts(name: str, fields: list[Field]) -> bool:
    return all(one.askable for one in fields if one.name == name)


def _is_computed(name: str, fields: list[Field]) -> bool:
    return any(one.name == name and one.computed for one in fields)


def _always(field: Field) -> Field:
    return dataclasses.replace(field, options={k: v for k, v in field.options.items() if k != OPTION})


def finished(field: Field, resource: Resource, schema: Schema) -> Field:
    """Return a computed *field* with the kind that its formula gives, unless it has one of its own.

    Raises:
        UnknownField, BadExpression: the formula uses what is not there, or what cannot be reckoned with.
    """
    formula, sight = read_formula(field.computed), Sight(schema)
    found = {one: settle(one, sight, resource) for one in sources(formula)}
    for one in found.values():
        if one.own and one.field.secret:
            raise BadExpression(f"{one.field.name} is a secret, so nothing is computed from it.")
    shape = shape_of(formula, {source: one.field for source, one in found.items()})
    kind = field.kind if field.kind in FAMILIES else shape.kind
    told = f"Computed: {field.computed}"
    return dataclasses.replace(
        field, kind=kind, native=shape.native, unit=field.unit or shape.unit, scale=shape.scale, writable=False,
        why_read_only=told, required=False, nullable=True,
        askable=is_askable(formula, resource, schema.dialect),
    )  # fmt: skip
