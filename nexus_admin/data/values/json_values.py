"""JSON values that remember the text they came from, so that a column nobody touched is shown as it is stored."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import Any, NoReturn, SupportsIndex

from nexus_admin.domain.row import Unreadable

JSON_NULL = Unreadable("null")
"""JSON's own null in a JSON column; the database's NULL is None."""


class JsonObject(dict[str, Any]):
    """A JSON object; `text` is what the database holds."""

    __slots__ = ("text",)
    text: str

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        return parsed_json, (self.text,)


class JsonArray(list[Any]):
    """A JSON array; `text` is what the database holds."""

    __slots__ = ("text",)
    text: str

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        return parsed_json, (self.text,)


class JsonString(str):
    """A JSON column that holds one string: this is the string, without its quotes."""

    __slots__ = ()


def _number(text: str) -> float | Decimal:
    value = float(text)
    return value if math.isfinite(value) else Decimal(text)


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON.")


_decode = json.JSONDecoder(parse_float=_number, parse_constant=_refuse).decode


def parsed_json(text: str) -> Any:
    """Return the value of a JSON text.

    Raises:
        ValueError: it is not JSON, or holds NaN or Infinity.
        RecursionError: it is nested too deep.
    """
    value = _decode(text)
    kind = type(value)
    if kind is dict:
        made = JsonObject(value)
        made.text = text
        return made
    if kind is list:
        listed = JsonArray(value)
        listed.text = text
        return listed
    if kind is str:
        return JsonString(value)
    return JSON_NULL if value is None else value


def json_text(value: Any) -> str:
    """Return *value* as JSON text: the very text that it came from, where that is known."""
    known = getattr(value, "text", None)
    return known if isinstance(known, str) else dumped(value)


def dumped(value: Any) -> str:
    """Return *value* as compact JSON text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain, allow_nan=False)


def canonical(value: Any) -> str:
    """Return the same text for two values that mean the same: spaces and the order of keys do not matter."""
    return json.dumps(value, sort_keys=True, default=_plain, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return str(value)
