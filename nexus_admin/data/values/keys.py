"""Keys of rows: from the driver's raw values to texts in an address, and back to what the database compares with."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from nexus_admin.domain.address import key_parts, key_segment
from nexus_admin.domain.kinds import family
from nexus_admin.domain.resource import Field, Resource


def key_of(raws: Sequence[Any]) -> str:
    """Return the address segment of a row whose key columns have these raw values."""
    if len(raws) == 1 and type(raws[0]) is int:
        return str(raws[0])
    return key_segment(None if raw is None else key_text(raw) for raw in raws)


def key_text(raw: Any) -> str:
    """Return one key column's value as text."""
    match raw:
        case bool():
            return "true" if raw else "false"
        case float():
            return repr(raw)
        case bytes():
            return raw.hex()
    return str(raw)


def key_values(resource: Resource, segment: str, dialect: str) -> Mapping[str, Any] | None:
    """Return the key's values by column name, ready to be compared; None where no row can have such a key.

    Raises:
        BadRequest: it is not an address of ours.
    """
    texts = key_parts(segment, len(resource.key))
    values: dict[str, Any] = {}
    for name, text in zip(resource.key, texts, strict=True):
        if text is None:
            return None
        field = resource.by_name.get(name)
        try:
            values[name] = _whole(text, dialect) if field is None else key_value(field, text, dialect)
        except (ValueError, InvalidOperation):
            return None
    return values


def key_value(field: Field, text: str, dialect: str) -> Any:
    """Return what *text*, one part of a key, is in the database.

    Raises:
        ValueError: no value of *field* is written so.
    """
    if field.kind in ("integer", "year"):
        value = _whole(text, dialect)
        if key_text(value) != text:
            raise ValueError(text)
        return value
    if field.kind == "boolean":
        known = {"true": True, "false": False, "1": True, "0": False}
        if text not in known:
            raise ValueError(text)
        return known[text]
    if field.kind == "binary":
        return bytes.fromhex(text)
    if field.kind == "uuid" and dialect == "postgresql":
        return uuid.UUID(text)
    if family(field.kind) == "number":
        return Decimal(text) if dialect != "sqlite" else _sqlite_number(text)
    if "\0" in text and dialect == "postgresql":
        raise ValueError(text)
    if family(field.kind) in ("opaque", "shown") and dialect == "sqlite" and text.lstrip("-").isdecimal():
        return _whole(text, dialect) if str(int(text)) == text else text
    return text


def _whole(text: str, dialect: str) -> int:
    """Return a whole number that a column can hold: drivers fail on larger ones."""
    value = int(text)
    if not -(2**63) <= value < (2**64 if dialect == "mysql" else 2**63):
        raise ValueError(text)
    return value


def _sqlite_number(text: str) -> Any:
    try:
        return _whole(text, "sqlite")
    except ValueError:
        return float(text)
