"""A Schema as JSON and back, exactly: what the cache of a source keeps between starts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, TypeVar

from nexus_admin.domain.resource import Field, Relation, Resource, Schema, Through

FORMAT = 2
T = TypeVar("T")


def schema_to_json(schema: Schema) -> dict[str, Any]:
    """Return plain JSON values: only what differs from a noun's defaults."""
    return {
        "format": FORMAT,
        "source": schema.source,
        "dialect": schema.dialect,
        "version": schema.version,
        "unsure": list(schema.unsure),
        "resources": [_plain(one) for one in schema.resources.values()],
    }


def schema_from_json(data: Any) -> Schema:
    """Return the Schema that `schema_to_json` was given.

    Raises:
        ValueError: *data* was not made by this version; read the catalog again.
    """
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ValueError("The cached schema was made by another version. Read the catalog again.")
    try:
        resources = [_resource(one) for one in data["resources"]]
        return Schema(
            source=data["source"],
            dialect=data["dialect"],
            resources={one.name: one for one in resources},
            unsure=tuple(data["unsure"]),
            version=data["version"],
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"The cached schema is damaged: {error}. Read the catalog again.") from error


def content_of(schema: Schema) -> str:
    """Return a canonical text of what a schema says, without version, doubts and estimates."""
    data = schema_to_json(schema)
    for one in data["resources"]:
        one.pop("estimated_rows", None)
        for field in one.get("fields", ()):
            field.get("options", {}).pop("because", None)
        for relation in one.get("relations", ()):
            if relation.get("evidence"):
                relation["evidence"] = True
    kept = {name: data[name] for name in ("source", "dialect", "resources")}
    return json.dumps(kept, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, Field | Relation | Resource | Through):
        found: dict[str, Any] = {}
        for one in fields(value):
            own = getattr(value, one.name)
            usual = one.default_factory() if one.default_factory is not MISSING else one.default
            if own != usual:
                found[one.name] = _plain(own)
        return found
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    return value


def _frozen(value: Any) -> Any:
    """Turn lists into tuples, as the nouns have them."""
    return tuple(_frozen(one) for one in value) if isinstance(value, list) else value


def _made(noun: type[T], data: dict[str, Any], **deep: Any) -> T:
    """Make a noun of what was kept; a catalog has tens of thousands of them, so each value is looked at once."""
    given = {**data, **deep}
    for name, value in data.items():
        if value.__class__ is list and name not in deep:
            given[name] = _frozen(value)
    return noun(**given)


def _resource(data: dict[str, Any]) -> Resource:
    return _made(
        Resource,
        data,
        fields=tuple(_made(Field, one) for one in data.get("fields", ())),
        relations=tuple(_relation(one) for one in data.get("relations", ())),
    )


def _relation(data: dict[str, Any]) -> Relation:
    through = data.get("through")
    return _made(Relation, data, through=_made(Through, through) if through else None)
