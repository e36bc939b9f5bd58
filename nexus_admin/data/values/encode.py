"""From Python values to what a driver takes; what came raw from the driver goes back as it is."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from nexus_admin.data.values.json_values import JsonString, dumped, json_text
from nexus_admin.data.values.natives import is_bytes, is_text, is_zoned
from nexus_admin.data.values.spelling import spell
from nexus_admin.domain.resource import Field
from nexus_admin.domain.row import Unreadable

RAW = frozenset({str, int, float, bytes, type(None)})
"""Types that every driver takes and gives: values of these go through untouched."""

_HEX = re.compile(r"X'([0-9a-f]*)'")


def encode(field: Field, value: Any, dialect: str) -> Any:
    """Return what the driver of *dialect* takes for a Python value of *field*.

    Unlike a bound comparison, a plain string in a JSON field is the JSON string here, and Unreadable is written
    back as the text that it was.
    """
    if isinstance(value, Unreadable):
        if dialect == "sqlite" and value.text in ("inf", "-inf"):
            return float(value.text)
        match = _HEX.fullmatch(value.text)
        return bytes.fromhex(match[1]) if match and field.kind != "json" else value.text
    if field.kind == "json" and value is not None:
        return json_text(value)
    return binder(field, dialect)(value)


def binder(field: Field, dialect: str) -> Callable[[Any], Any]:
    """Return what turns a value of *field* into one that the driver takes; raw values pass through."""
    zoned = is_zoned(field.native)
    as_text = is_text(field.native)
    as_bytes = is_bytes(field.native)
    is_json = field.kind == "json"
    spelling = field.options.get("spelling", "")

    def bind(value: Any) -> Any:
        kind = type(value)
        if kind in RAW:
            return value
        if kind is bool:
            return value if dialect == "postgresql" else int(value)
        if is_json:
            return json_text(value)
        if kind is Decimal:
            return _number(value, dialect, as_text)
        if isinstance(value, datetime):
            return spell(value, spelling) if dialect == "sqlite" else _moment(value, zoned)
        if isinstance(value, date | time):
            return value.isoformat()
        if kind is uuid.UUID:
            return _uuid(value, dialect, as_bytes)
        if isinstance(value, list | tuple):
            return array_literal(value) if dialect == "postgresql" else dumped(list(value))
        return _odd(value)

    return bind


def keeps_digits(value: Decimal) -> bool:
    """Whether SQLite, which has only floats, gives back every digit of *value*."""
    return (value == value.to_integral_value() and abs(value) < 2**63) or Decimal(repr(float(value))) == value


def _number(value: Decimal, dialect: str, as_text: bool) -> Any:
    if dialect != "sqlite":
        return value
    if as_text:
        return f"{value:f}"
    if value == value.to_integral_value() and abs(value) < 2**63:
        return int(value)
    return float(value)


def _moment(value: datetime, zoned: bool) -> str:
    """Write a moment as text. Where the column has no zone, the moment is meant in UTC."""
    if value.tzinfo is not None and not zoned:
        value = value.astimezone(UTC).replace(tzinfo=None)
    elif value.tzinfo is None and zoned:
        value = value.replace(tzinfo=UTC)
    return value.isoformat(sep=" ")


def _uuid(value: uuid.UUID, dialect: str, as_bytes: bool) -> Any:
    if dialect == "postgresql":
        return value
    return value.bytes if as_bytes else str(value)


def _odd(value: Any) -> Any:
    if isinstance(value, JsonString | str):
        return str(value)
    if isinstance(value, Unreadable):
        return value.text
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, bytearray | memoryview):
        return bytes(value)
    return value


def array_literal(values: list[Any] | tuple[Any, ...]) -> str:
    """Return a list as PostgreSQL writes arrays: `{1,NULL,"a b"}`; an int array takes it as well as a text one."""
    return "{" + ",".join(_element(one) for one in values) + "}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, list | tuple) and not hasattr(value, "text"):
        return array_literal(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return str(value)
    if isinstance(value, bytes):
        text = "\\x" + value.hex()
    elif isinstance(value, dict | list):
        text = json_text(value)
    else:
        text = value.isoformat() if isinstance(value, date | time) else str(value)
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
