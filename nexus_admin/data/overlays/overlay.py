"""What files (`resources/<source>/<resource>.toml`) and clicks lay over a table as introspection saw it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from nexus_admin.data.encrypted import sealed
from nexus_admin.data.overlays.computed import declared
from nexus_admin.domain.address import text_of
from nexus_admin.domain.errors import SettingError
from nexus_admin.domain.nearest import did_you_mean
from nexus_admin.domain.resource import Field, Relation, Resource, Schema
from nexus_admin.domain.toml_file import read_toml

_RESOURCE = {
    "title": "title", "singular": "singular", "icon": "icon", "group": "group", "hidden": "tucked", "sort": "sort",
    "list": "list_fields", "search": "search_fields", "names": "title_fields",
}  # fmt: skip
_FIELD = {
    "title": "title", "kind": "kind", "unit": "unit", "choices": "choices", "hidden": "tucked", "secret": "secret",
    "read_only": "writable", "minimum": "minimum", "maximum": "maximum", "help": "comment",
}  # fmt: skip
_FILE = {**_RESOURCE, "order": "order"}
_OPTIONS = {"group": "group", "visible_when": "visible_when"}
"""What is said of a field beyond its column: which heading of a form it stands under, and when it is shown at all."""
_FILE_FIELD = {**_FIELD, **_OPTIONS}
_ELSEWHERE = ("encrypted", "searchable", "computed")
"""What `encrypting.py` and `computing.py` read."""


def overlays(project: Path | None) -> Iterator[tuple[str, str, Path]]:
    """Yield (source, resource, file) of each overlay of the project; file names are spelled as in addresses."""
    root = project / "resources" if project else None
    for path in sorted(root.glob("*/*.toml")) if root else ():
        yield text_of(path.parent.name), text_of(path.stem), path


def apply(resource: Resource, path: Path) -> Resource:
    """Return *resource* as the file *path* wants it seen.

    Raises:
        SettingError: a key or a field is unknown; names the file and the nearest neighbour.
    """
    given = read_toml(path)
    fields = given.pop("fields", {})
    resource = declared(resource, fields, path.name)
    changes = _changes(given, _FILE, path)
    first = dict.fromkeys(changes.pop("order", ()))
    for names in (first, *(changes.get(key, ()) for key in ("list_fields", "search_fields", "title_fields"))):
        for name in names:
            _known(resource, name, path)
    for name in fields:
        _known(resource, name, path)
    ordered = (*(resource.field(name) for name in first), *(one for one in resource.fields if one.name not in first))
    changes["fields"] = tuple(_field(one, fields.get(one.name), path) for one in ordered)
    return sealed(dataclasses.replace(resource, **changes), fields, path.name)


def clicked(schema: Schema, overrides: Mapping[str, Any]) -> Schema:
    """Return *schema* as people who clicked want it seen; what was said about things that went is passed over.

    Args:
        schema: With the files laid over it.
        overrides: By resource: the keys of a file, `relations` as `{name: shown}`, and `closed` for a field's choices.
    """
    resources = dict(schema.resources)
    for name, given in overrides.items():
        if name in resources:
            resources[name] = _clicked(resources[name], given)
    for name, given in overrides.items():
        for relation, shown in given.get("relations", {}).items():
            if not shown and name in resources:
                _unrelate(resources, name, relation)
    return dataclasses.replace(schema, resources=resources)


def _clicked(resource: Resource, given: Mapping[str, Any]) -> Resource:
    fields = given.get("fields", {})
    resource = declared(resource, fields)
    known = resource.by_name
    plain = {key: value for key, value in given.items() if key in _RESOURCE}
    for key in ("list", "search", "names"):
        if key in plain:
            plain[key] = [name for name in plain[key] if name in known]
    changes: dict[str, Any] = {
        _RESOURCE[key]: tuple(value) if isinstance(value, list) else value for key, value in plain.items()
    }
    first = dict.fromkeys(name for name in given.get("order", ()) if name in known)
    ordered = (*(known[name] for name in first), *(one for one in resource.fields if one.name not in first))
    changes["fields"] = tuple(_clicked_field(one, fields.get(one.name, {})) for one in ordered)
    return sealed(dataclasses.replace(resource, **changes), fields)


def _clicked_field(field: Field, given: Mapping[str, Any]) -> Field:
    changes = {
        _FIELD[key]: value
        for key, value in given.items()
        if key in ("title", "kind", "unit", "hidden", "secret", "help")
    }
    if "closed" in given:
        changes["open_choices"] = not given["closed"]
    if given.get("read_only") and field.writable:
        changes |= {"writable": False, "why_read_only": "Read only, as somebody has set it for this table."}
    said = {key: given[key] for key in _OPTIONS if given.get(key)}
    if said:
        changes["options"] = {**field.options, **said}
    return dataclasses.replace(field, **changes) if changes else field


def _unrelate(resources: dict[str, Resource], name: str, relation: str) -> None:
    """Take away a relation that was only guessed, from both of its ends."""
    near = resources[name]
    one = near.relations_by_name.get(relation)
    if one is None or one.declared:
        return
    fields = tuple(
        dataclasses.replace(field, relation=None) if field.relation == relation else field for field in near.fields
    )
    resources[name] = dataclasses.replace(near, fields=fields, relations=_without(near, lambda it: it.name == relation))
    far = resources.get(one.to)
    if far is not None:
        back = _without(far, lambda it: it.name == one.inverse and it.to == name and not it.declared)
        resources[one.to] = dataclasses.replace(far, relations=back)


def _without(resource: Resource, gone: Callable[[Relation], bool]) -> tuple[Relation, ...]:
    return tuple(one for one in resource.relations if not gone(one))


def _field(field: Field, given: Mapping[str, Any] | None, path: Path) -> Field:
    if not given:
        return field
    changes = _changes({key: value for key, value in given.items() if key not in _ELSEWHERE}, _FILE_FIELD, path)
    said = {key: changes.pop(key) for key in _OPTIONS if key in changes}
    if said:
        changes["options"] = {**field.options, **said}
    if "writable" in changes:
        changes |= {"writable": not changes["writable"], "why_read_only": f"Read only by {path.name}."}
    return dataclasses.replace(field, **changes)


def _changes(given: Mapping[str, Any], names: Mapping[str, str], path: Path) -> dict[str, Any]:
    for key in given:
        if key not in names:
            raise SettingError(f"{path.name}: there is no key called {key!r}.{did_you_mean(key, names)}")
    return {names[key]: tuple(value) if isinstance(value, list) else value for key, value in given.items()}


def _known(resource: Resource, name: str, path: Path) -> None:
    if name not in resource.by_name:
        raise SettingError(
            f"{path.name}: {resource.name} has no field called {name!r}.{did_you_mean(name, resource.by_name)}"
        )
