"""A Schema as `nexus inspect --json` prints it and `GET /api/v1/{source}` answers: for programs that read."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from nexus_admin.domain.resource import Field, Relation, Resource, Schema

Readable = Callable[[Resource], Collection[str] | None]
"""Gives the names of the fields that the asker may know of, None where the resource itself is hidden."""


def describe(schema: Schema, readable: Readable | None = None) -> dict[str, Any]:
    """Return `{"source", "dialect", "resources": […], "unsure": […]}`, all plain JSON values.

    Args:
        schema: What to tell.
        readable: Narrows it to what the asker may know of; then `unsure` is empty, for it names tables freely.
    """
    shown: dict[str, Collection[str]] = {}
    for name, resource in schema.resources.items():
        fields = set(resource.by_name) if readable is None else readable(resource)
        if fields is not None:
            shown[name] = fields
    return {
        "source": schema.source,
        "dialect": schema.dialect,
        "version": schema.version,
        "resources": [describe_resource(schema.resources[name], schema, shown) for name in shown],
        "unsure": list(schema.unsure) if readable is None else [],
    }


def describe_resource(resource: Resource, schema: Schema, shown: dict[str, Collection[str]]) -> dict[str, Any]:
    """Return one resource; *shown* has the fields that may be told, by resource, and no hidden resource.

    `title` lists the fields whose values name a row; `label` is what people call the table.
    """
    told = shown[resource.name]
    relations = [one for one in resource.relations if _may_tell(one, resource, shown)]
    return {
        "name": resource.name,
        "schema": resource.schema,
        "table": resource.table,
        "type": resource.type,
        "label": resource.title,
        "singular": resource.singular,
        "key": list(resource.key),
        "title": [name for name in resource.title_fields if name in told],
        "list": [name for name in resource.list_fields if name in told],
        "search": [name for name in resource.search_fields if name in told],
        "sort": [path for path in resource.sort if path.removeprefix("-") in told],
        "writable": resource.writable,
        "why_read_only": resource.why_read_only,
        "estimated_rows": resource.estimated_rows,
        "tucked": resource.tucked,
        "group": resource.group,
        "icon": resource.icon,
        "comment": resource.comment,
        "fields": [_field(one, relations) for one in resource.fields if one.name in told],
        "relations": [_relation(one, schema) for one in relations],
    }


def _may_tell(relation: Relation, resource: Resource, shown: dict[str, Collection[str]]) -> bool:
    if relation.to not in shown or (relation.through is not None and relation.through.resource not in shown):
        return False
    near = {pair[0] for pair in (relation.through.near if relation.through else relation.pairs)}
    far = {pair[1] for pair in (relation.through.far if relation.through else relation.pairs)}
    return near <= set(shown[resource.name]) and far <= set(shown[relation.to])


def _field(field: Field, relations: list[Relation]) -> dict[str, Any]:
    carried = next((one for one in relations if one.name == field.relation), None)
    return {
        "name": field.name,
        "title": field.title,
        "kind": field.kind,
        "native": field.native,
        "required": field.required,
        "nullable": field.nullable,
        "writable": field.writable,
        "why_read_only": field.why_read_only,
        "key": field.key,
        "unique": field.unique,
        "generated": field.generated,
        "default": None if field.secret else field.default,
        "secret": field.secret,
        "encrypted": bool(field.encrypted),
        "computed": field.computed or None,
        "askable": field.askable,
        "tucked": field.tucked,
        "choices": None if field.choices is None else list(field.choices),
        "open_choices": field.open_choices,
        "max_length": field.max_length,
        "minimum": field.minimum,
        "maximum": field.maximum,
        "unit": field.unit,
        "relation": {"resource": carried.to, "field": carried.pairs[0][1], "name": carried.name} if carried else None,
        "because": field.options.get("because"),
        "comment": field.comment,
    }


def _relation(relation: Relation, schema: Schema) -> dict[str, Any]:
    return {
        "name": relation.name,
        "title": relation.title,
        "to": relation.to,
        "label": schema.resource(relation.to).title,
        "many": relation.many,
        "pairs": [list(pair) for pair in relation.pairs],
        "through": relation.through.resource if relation.through else None,
        "declared": relation.declared,
        "evidence": relation.evidence,
        "inverse": relation.inverse,
        "on_delete": relation.on_delete if relation.many else None,
    }
