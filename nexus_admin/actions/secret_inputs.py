"""Which fields of an action's input are secret by their types: what is written down of a call hides them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from pydantic import BaseModel


@lru_cache(maxsize=1024)
def secret_inputs(model: type[BaseModel]) -> frozenset[str]:
    """Return the names under which *model*, and the models in it, take a `SecretStr` or `SecretBytes`, or many."""
    try:
        schema = model.model_json_schema()
    except Exception:  # of a type that JSON has no words for; BaseModel itself; an extension's own that raises
        return frozenset(model.model_fields)
    return frozenset(name for shape in (schema, *schema.get("$defs", {}).values()) for name in _secret(shape, schema))


def _secret(shape: dict[str, Any], whole: dict[str, Any]) -> Iterator[str]:
    for name, one in shape.get("properties", {}).items():
        if _holds_secret(one, whole):
            yield name


def _holds_secret(one: Any, whole: dict[str, Any]) -> bool:
    """Whether a value may be a secret, or some of them; what stands in an object is called by its own name."""
    if isinstance(one, list):
        return any(_holds_secret(item, whole) for item in one)
    if not isinstance(one, dict):
        return False
    if one.get("format") == "password":
        return True
    if "$ref" in one:
        named = whole.get("$defs", {}).get(str(one["$ref"]).rpartition("/")[2], {})
        return bool(named.get("format") == "password")
    inner = ("anyOf", "oneOf", "allOf", "items", "prefixItems", "additionalProperties", "patternProperties")
    return any(
        _holds_secret(list(one[key].values()) if key == "patternProperties" else one[key], whole)
        for key in inner
        if key in one
    )
