"""What an extension's action needs to know, as inputs: made from its input model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nexus_admin.domain.action import Action
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.sdk.status import humanised

_TYPES = {"integer": "number", "number": "number"}
_FORMATS = {"date": "date", "date-time": "datetime-local", "email": "email", "uri": "url", "time": "time"}


@dataclass(frozen=True, slots=True)
class Asked:
    """One value that an action asks for.

    Args:
        name: Its name in the model.
        title: What people read.
        type: Of the HTML input; `checkbox`, `select` or `textarea` for those.
        value: What stands in it.
        hint: The model's description.
        required: Whether it must be given.
        step, low, high, longest: Limits, or "".
        options: Of a choice.
        error: What is wrong with it.
    """

    name: str
    title: str
    type: str
    value: str
    hint: str = ""
    required: bool = False
    step: str = ""
    low: str = ""
    high: str = ""
    longest: str = ""
    options: tuple[str, ...] = ()
    error: str = ""


def action_form(action: Action, texts: Mapping[str, str], errors: Mapping[str, str]) -> list[Asked]:
    """Return the inputs of *action*, in the order of its model."""
    schema = action.input.model_json_schema()
    required = schema.get("required", [])
    definitions = schema.get("$defs", {})
    return [
        _asked(name, _resolved(part, definitions), name in required, texts, errors)
        for name, part in schema.get("properties", {}).items()
    ]


def action_values(action: Action, texts: Mapping[str, str]) -> dict[str, Any]:
    """Return what a form sent as the action's input; what was left empty keeps the model's default."""
    required = action.input.model_json_schema().get("required", [])
    return {name: text for name, text in texts.items() if text != "" or name in required}


def _resolved(part: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """Return a property without references, and without the null of an optional one."""
    found = dict(part)
    for one in part.get("anyOf", ()):
        if one.get("type") != "null":
            found = {**one, **found}
    if reference := found.get("$ref"):
        found = {**definitions.get(reference.rsplit("/", 1)[-1], {}), **found}
    return found


def _asked(
    name: str, part: Mapping[str, Any], required: bool, texts: Mapping[str, str], errors: Mapping[str, str]
) -> Asked:
    default = part.get("default")
    usual = "" if default is None else str(default).lower() if isinstance(default, bool) else str(default)
    longest = part.get("maxLength")
    kind = _FORMATS.get(str(part.get("format")), _TYPES.get(str(part.get("type")), "text"))
    if part.get("enum"):
        kind = "select"
    elif part.get("type") == "boolean":
        kind = "checkbox"
    elif kind == "text" and longest is None and part.get("type") == "string":
        kind = "textarea"
    step = ("1" if part.get("type") == "integer" else "any") if kind == "number" else ""
    return Asked(
        name, humanised(str(part.get("title") or name)), kind, texts.get(name, usual), str(part.get("description", "")),
        required, step, _limit(part, "minimum", "exclusiveMinimum"), _limit(part, "maximum", "exclusiveMaximum"),
        "" if longest is None else str(longest), tuple(map(str, part.get("enum", ()))), errors.get(name, ""),
    )  # fmt: skip


def _limit(part: Mapping[str, Any], *names: str) -> str:
    return next((str(part[name]) for name in names if part.get(name) is not None), "")
