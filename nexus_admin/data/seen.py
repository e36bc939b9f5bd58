"""Values that were seen in rows and stand in a structure: what the guesses keep of a database besides its catalog."""

from __future__ import annotations

import dataclasses

from nexus_admin.data.guesses.schema import version_of
from nexus_admin.domain.resource import Field, Schema


def seen(schema: Schema) -> list[str]:
    """Return the values of rows that *schema* holds: choices that no type and no check lists, and currencies seen."""
    return [value for one in schema.resources.values() for field in one.fields for value in _values(field)]


def unseen(schema: Schema) -> Schema:
    """Return *schema* without them; a field that chose from values seen is one of text again."""
    resources = {
        name: dataclasses.replace(one, fields=tuple(map(_bare, one.fields)))
        if any(map(_values, one.fields))
        else one
        for name, one in schema.resources.items()
    }  # fmt: skip
    bare = dataclasses.replace(schema, resources=resources)
    return dataclasses.replace(bare, version=version_of(bare))


def _values(field: Field) -> tuple[str, ...]:
    choices = field.choices or () if field.open_choices else ()
    return (*choices, field.unit) if field.unit and _unit_seen(field) else choices


def _unit_seen(field: Field) -> bool:
    """Whether the unit of an amount was read from the column beside it."""
    return field.kind == "money" and bool(field.options.get("currency_field"))


def _bare(field: Field) -> Field:
    if not _values(field):
        return field
    if _unit_seen(field):
        field = dataclasses.replace(field, unit=None)
    if not field.open_choices:
        return field
    options = {key: value for key, value in field.options.items() if key != "because"}
    kind = "text" if field.kind == "enum" else field.kind
    return dataclasses.replace(field, kind=kind, choices=None, open_choices=False, options=options)
