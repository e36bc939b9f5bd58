"""`GET /api/openapi.json`: the description of the API, made of its doors and of the tables that the asker may see."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

import nexus_admin
from nexus_admin.actions.rows.describing import described, visible
from nexus_admin.domain.address import segment
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.web.api.call import ApiCall, ApiDoor
from nexus_admin.web.api.schemas import SHAPES, of, row_shapes, thing
from nexus_admin.web.visit import PUBLIC

ABOUT = """Rows, questions and the audit of the connected data sources, under the rights of whoever asks.

Send `Authorization: Bearer` with an API token. Errors are `application/problem+json`."""
_NAMED = re.compile(r"\{(\w+)\}")


def description(
    doors: Iterable[ApiDoor],
    base: str = "",
    sources: Iterable[dict[str, Any]] = (),
    actions: Iterable[dict[str, Any]] = (),
) -> dict[str, Any]:
    """Return the description as OpenAPI 3.1.

    Args:
        doors: Every operation.
        base: Where we are mounted.
        sources: Those that the asker may see, as they are described.
        actions: Those of extensions that belong to no row and that the asker may do, as they are described.
    """
    doors = tuple(doors)
    paths: dict[str, dict[str, Any]] = {}
    for door in doors:
        paths.setdefault(door.path, {})[door.method.lower()] = _operation(door)
    schemas = dict(SHAPES)
    for told in sources:
        for resource in told["resources"]:
            _add_table(paths, schemas, doors, told["source"], resource)
    for one in actions:
        _add_action(paths, schemas, doors, "/api/v1/actions/{action}", one)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Nexus Admin", "version": nexus_admin.__version__, "description": ABOUT},
        "servers": [{"url": base or "/"}],
        "security": [{"token": []}, {"session": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "nx_session"},
            },
            "responses": {
                "Problem": _answer("What went wrong, and what to do.", ("application/problem+json",), "Problem")
            },
        },
    }


def _add_table(
    paths: dict[str, Any], schemas: dict[str, Any], doors: Iterable[ApiDoor], source: str, resource: dict[str, Any]
) -> None:
    """Add the operations of one table that the asker may use, each with the table's own shapes."""
    name = f"{segment(source)}.{segment(resource['name'])}".replace("~", "_")
    read, write = row_shapes(resource)
    schemas[name], schemas[f"{name}.write"] = read, write
    page = SHAPES["RowPage"]
    schemas[f"{name}.page"] = {
        **page,
        "properties": {**page["properties"], "rows": {"type": "array", "items": of(name)}},
    }
    shapes = {"Row": name, "RowPage": f"{name}.page"}
    for door in doors:
        if "{resource}" not in door.path or door.needs not in resource["may"]:
            continue
        where = door.path.replace("{source}", segment(source)).replace("{resource}", segment(resource["name"]))
        takes = f"{name}.write" if door.takes == "Row" else door.takes
        operation = _operation(door, where, f"{door.name}.{name}", shapes.get(door.gives, door.gives), takes)
        operation["tags"] = [f"{source}: {resource['label']}"]
        paths.setdefault(where, {})[door.method.lower()] = operation
    for one in resource["actions"]:
        place = f"/api/v1/{segment(source)}/{segment(resource['name'])}/{{key}}/actions/{{action}}"
        _add_action(paths, schemas, doors, place, one, f".{name}")


def _add_action(
    paths: dict[str, Any], schemas: dict[str, Any], doors: Iterable[ApiDoor], place: str, action: dict[str, Any],
    within: str = "",
) -> None:  # fmt: skip
    """Add the operation of one action of an extension, which takes what its own model says."""
    door = next(one for one in doors if one.path.endswith("/{key}/actions/{action}" if within else place))
    shape = _add_shape(schemas, f"{action['name']}.input", action["input"])
    where = place.replace("{action}", action["name"])
    operation = _operation(door, where, f"{door.name}.{action['name']}{within}", takes=shape)
    operation["summary"] = action["about"] or action["title"]
    if "output" in action:
        gives = thing("result", result=of(_add_shape(schemas, f"{action['name']}.output", action["output"])))
        operation["responses"][str(door.status)]["content"] = {"application/json": {"schema": gives}}
    paths.setdefault(where, {})["post"] = operation


def _add_shape(schemas: dict[str, Any], name: str, schema: dict[str, Any]) -> str:
    """Add the JSON Schema of a model, and of the models in it, under names of their own; return its name."""
    own = of(f"{name}.").popitem()[1]
    given = json.loads(json.dumps(schema).replace('"#/$defs/', f'"{own}'))
    schemas.update({f"{name}.{one}": shape for one, shape in given.pop("$defs", {}).items()})
    schemas[name] = given
    return name


def _operation(door: ApiDoor, where: str = "", name: str = "", gives: str = "", takes: Any = None) -> dict[str, Any]:
    where, gives, takes = where or door.path, gives or door.gives, takes or door.takes
    parameters = [
        {"name": one, "in": "path", "required": True, "schema": {"type": "string"}} for one in _NAMED.findall(where)
    ]
    parameters += [
        {"name": one.name, "in": one.place, "required": False, "description": one.about, "schema": dict(one.schema)}
        for one in door.parameters
    ]
    answers = {str(door.status): _answer("Done.", door.types if door.status != 204 else (), gives)}
    if any(one.name == "If-None-Match" for one in door.parameters):
        answers["304"] = {"description": "The row is as you know it."}
    operation: dict[str, Any] = {
        "operationId": name or door.name,
        "summary": door.summary,
        "tags": [door.group],
        "parameters": parameters,
        "responses": {**answers, "default": {"$ref": "#/components/responses/Problem"}},
        "x-permission": door.needs,
    }
    if door.needs == PUBLIC:
        operation["security"] = [{}]
    if takes is not None:
        shape = of(takes) if isinstance(takes, str) else takes.model_json_schema()
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": shape}}}
    return operation


def _answer(about: str, types: Iterable[str], shape: str) -> dict[str, Any]:
    content = {kind: {"schema": of(shape)} if shape else {} for kind in types}
    return {"description": about, **({"content": content} if content else {})}


def told_sources(kernel: Kernel, call: ApiCall) -> list[dict[str, Any]]:
    """Return the sources in which the asker may see anything, as they are described."""
    if not call.actor.signed_in:
        return []
    known = (*kernel.sources, *kernel.sources.lent)
    shown = [one for one in known if visible(one, kernel.access, call.actor)]
    return [described(one, kernel.access, kernel.actions, call.actor) for one in shown]
