"""A table with columns that are encrypted at rest, as people see it: what those can no longer do is gone."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from nexus_admin.domain.encryption import index_of, place_of, room, unfit
from nexus_admin.domain.errors import SettingError
from nexus_admin.domain.resource import Field, Resource


def sealed(resource: Resource, given: Mapping[str, Mapping[str, Any]], file: str = "") -> Resource:
    """Return *resource* with those of its fields encrypted that *given* says, by field: `encrypted`, `searchable`.

    Args:
        resource: As it is seen otherwise.
        given: What a file or clicks lay over the fields.
        file: The name of the file, which is refused where a field cannot be encrypted. What was clicked was checked
            then: where the column was changed since, nothing is written in the clear, so it is read-only.

    Raises:
        SettingError: the *file* names a field that cannot be encrypted.
    """
    wanted = {name: one for name, one in given.items() if one.get("encrypted") and _open(resource, name)}
    if not wanted:
        return resource
    fields: dict[str, Field] = {}
    indexes = set()
    for name, one in wanted.items():
        field, index = resource.field(name), index_of(name, one.get("searchable"))
        problem = unfit(resource, field, index)
        if problem and file:
            raise SettingError(f"{file}: {field.name} cannot be encrypted. {problem}")
        if index and not problem:
            indexes.add(index)
        fields[name] = _sealed(resource, field, None if problem else index, problem)
    return _without(resource, fields, indexes)


def _open(resource: Resource, name: str) -> bool:
    """Whether *name* is a field that nothing encrypts yet: what a file encrypts, no click changes."""
    return name in resource.by_name and not resource.field(name).encrypted


def _sealed(resource: Resource, field: Field, index: str | None, problem: str) -> Field:
    width = field.max_length
    return dataclasses.replace(
        field,
        encrypted=place_of(resource, field),
        blind=index,
        kind="text" if field.kind == "enum" else field.kind,
        choices=None,
        open_choices=False,
        max_length=room(width),
        writable=field.writable and not problem,
        why_read_only=f"Its values are to be encrypted, and cannot be: {problem}" if problem else field.why_read_only,
        options={**field.options, "width": width},
    )


def _without(resource: Resource, fields: Mapping[str, Field], indexes: set[str]) -> Resource:
    """Return *resource* with *fields* in place, which name, sort and find nothing; columns of indexes are no fields."""
    gone = {*fields, *indexes}
    return dataclasses.replace(
        resource,
        fields=tuple(fields.get(one.name, one) for one in resource.fields if one.name not in indexes),
        title_fields=tuple(one for one in resource.title_fields if one not in gone),
        search_fields=tuple(one for one in resource.search_fields if one not in gone),
        list_fields=tuple(one for one in resource.list_fields if one not in indexes),
        sort=tuple(one for one in resource.sort if one.removeprefix("-") not in gone),
    )
