"""Cursors: where a list goes on, as one opaque text that belongs to its sort and filter."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import uuid
from decimal import Decimal
from typing import Any

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import BadRequest


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place between two rows.

    Args:
        values: Raw values of the sort's columns in the row beside it.
        backwards: Whether the page lies before it.
    """

    values: tuple[Any, ...]
    backwards: bool = False


def bound_to(*parts: Any) -> str:
    """Return what ties a cursor to the question that it belongs to."""
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def write_cursor(cursor: Cursor, bound: str) -> str:
    """Return *cursor* as text."""
    data = [bound, int(cursor.backwards), [_coded(value) for value in cursor.values]]
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=True)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(text: str, bound: str, width: int) -> Cursor:
    """Return the cursor in *text*.

    Raises:
        BadRequest: it is not ours, or belongs to another sort or filter.
    """
    try:
        found, backwards, values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        decoded = tuple(_value(value) for value in values)
    except (ValueError, binascii.Error, TypeError, KeyError, ArithmeticError, AttributeError, RecursionError):
        raise BadRequest("The cursor cannot be read. Begin with the first page.") from None
    if found != bound or len(decoded) != width or backwards not in (0, 1):
        raise BadRequest("The cursor belongs to another sort or filter. Begin with the first page.")
    return Cursor(decoded, bool(backwards))


def _coded(value: Any) -> Any:
    match value:
        case None | bool() | int() | str():
            return value if not isinstance(value, str) else str(value)
        case float():
            return {"f": repr(value)}
        case Decimal():
            return {"d": str(value)}
        case bytes() | bytearray() | memoryview():
            return {"b": bytes(value).hex()}
        case uuid.UUID():
            return {"u": str(value)}
    return str(value)


def _value(coded: Any) -> Any:
    if not isinstance(coded, dict):
        if coded is not None and not isinstance(coded, str | int | bool):
            raise ValueError
        return coded
    ((tag, text),) = coded.items()
    readers: dict[str, Any] = {"f": float, "d": Decimal, "b": bytes.fromhex, "u": uuid.UUID}
    return readers[tag](text)
