"""Values as text for an input and as JSON for programs; reading them back gives the same value."""

from __future__ import annotations

import base64
import uuid
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from nexus_admin.data.values.json_values import canonical, dumped, json_text
from nexus_admin.domain.resource import Field
from nexus_admin.domain.row import Masked, Unreadable


def to_text(field: Field, value: Any) -> str:
    """Return *value* as the text of an input; `parse_input` reads it back to an equal value. None is empty."""
    if value is None:
        return ""
    if field.kind == "json" and not isinstance(value, Unreadable | Masked):
        return json_text(value)
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return f"{value:f}"
        case float():
            return repr(value)
        case datetime():
            return value.isoformat()
        case bytes():
            return base64.b64encode(value).decode("ascii")
        case list() | tuple() | dict():
            return dumped(to_json(value))
    return value.isoformat() if isinstance(value, date | time) else str(value)


_AS_IT_IS = frozenset({str, int, bool, type(None)})
"""Most values of most rows: JSON has them."""


def to_json(value: Any) -> Any:
    """Return *value* as JSON has it: decimals and moments as text, bytes as base64, JSON's null as null."""
    return value if value.__class__ in _AS_IT_IS else _json_of(value)


def _json_of(value: Any) -> Any:
    match value:
        case None | bool() | int() | str():
            return value
        case Decimal():
            return f"{value:f}"
        case float():
            return value if value - value == 0 else str(value)
        case date() | time():
            return value.isoformat()
        case bytes():
            return base64.b64encode(value).decode("ascii")
        case dict():
            return {str(name): to_json(one) for name, one in value.items()}
        case list() | tuple():
            return [to_json(one) for one in value]
        case Unreadable():
            return None if value.text == "null" else value.text
        case uuid.UUID() | timedelta() | Masked():
            return str(value)
    return str(value)


def lines(text: str) -> str:
    """Return *text* with plain line ends; browsers send their own."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def same(field: Field, one: Any, other: Any) -> bool:
    """Whether two values of *field* mean the same: JSON by content, text whatever its line ends."""
    if one is None or other is None:
        return one is other
    if isinstance(one, Unreadable) or isinstance(other, Unreadable):
        return str(one) == str(other) and type(one) is type(other)
    if field.kind == "json":
        return canonical(one) == canonical(other)
    if isinstance(one, str) and isinstance(other, str):
        return one == other or lines(one) == lines(other)
    if isinstance(one, datetime) and isinstance(other, datetime) and (one.tzinfo is None) != (other.tzinfo is None):
        return False
    return bool(one == other)
