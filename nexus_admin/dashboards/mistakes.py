"""What is wrong with a file or with options, as sentences that name the key and its nearest neighbour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from nexus_admin.domain.nearest import did_you_mean


def mistakes(error: ValidationError, model: type[BaseModel], under: str = "") -> list[str]:
    """Return one sentence for each mistake in *error*, with the key as people write it in a file.

    Args:
        error: What validating *model* raised.
        model: Tells which keys there are.
        under: What stands before every key, e.g. `widgets[2].options`.
    """
    return [_sentence(dict(one), model, under) for one in error.errors(include_url=False)]


def _sentence(one: Mapping[str, Any], model: type[BaseModel], under: str) -> str:
    at: tuple[Any, ...] = tuple(one["loc"])
    key = _key(under, at)
    if one["type"] == "extra_forbidden":
        known = _keys_at(model, at[:-1])
        hint = did_you_mean(str(at[-1]), known, f"It has: {', '.join(known)}." if known else "")
        return f"{key}: there is no such key.{hint}"
    if one["type"] == "missing":
        return f"{key}: this is needed and missing."
    if one["type"] == "literal_error":
        choices = _choices_at(model, at)
        hint = did_you_mean(str(one["input"]), choices, f"There are: {', '.join(choices)}.")
        return f"{key}: {str(one['input'])[:60]!r} is not one of its values.{hint}"
    said = str(one["msg"]).removeprefix("Value error, ")
    return f"{key or 'The whole'}: {said}{'' if said.endswith(('.', '?')) else '.'}"


def _key(under: str, at: Sequence[Any]) -> str:
    key = under
    for part in at:
        key = f"{key}[{part + 1}]" if isinstance(part, int) else f"{key}.{part}" if key else str(part)
    return key


def _keys_at(model: type[BaseModel], at: Sequence[Any]) -> list[str]:
    found: Any = model
    for part in at:
        found = _inside(found, part)
    return [name for one in _models(found) for name in one.model_fields]


def _choices_at(model: type[BaseModel], at: Sequence[Any]) -> list[str]:
    found: Any = model
    for part in at:
        found = _inside(found, part)
    return [str(one) for one in _literals(found)]


def _inside(annotation: Any, part: Any) -> Any:
    """The annotation one step further in: a field of a model, or the items of a list."""
    for model in _models(annotation):
        if part in model.model_fields:
            return model.model_fields[part].annotation
    return annotation


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in get_args(annotation) for model in _models(inner)]


def _literals(annotation: Any) -> list[Any]:
    if get_origin(annotation) in (Union, UnionType):
        return [value for inner in get_args(annotation) for value in _literals(inner)]
    return [value for value in get_args(annotation) if isinstance(value, str)]
