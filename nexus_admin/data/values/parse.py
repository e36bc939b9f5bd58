"""What people and programs send turned into values, or into a sentence that says what is wrong with it."""

from __future__ import annotations

import base64
import binascii
import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from nexus_admin.data.values.encode import keeps_digits
from nexus_admin.data.values.json_values import JSON_NULL, JsonString, dumped, parsed_json
from nexus_admin.data.values.natives import is_float, is_zoned, whole_range
from nexus_admin.domain.errors import Invalid
from nexus_admin.domain.kinds import FAMILIES, family
from nexus_admin.domain.nearest import did_you_mean
from nexus_admin.domain.resource import Field
from nexus_admin.domain.row import Unreadable

NEEDED = "Needs a value."
_FREE = ("opaque", "bytes", "typed", "shown")
_TRUE = frozenset({"true", "1", "on", "yes", "t", "y"})
_FALSE = frozenset({"false", "0", "off", "no", "f", "n"})
_WHOLE = re.compile(r"[+-]?[0-9]{1,40}")
_NUMBER = re.compile(r"[+-]?([0-9]{1,400}(\.[0-9]{0,400})?|\.[0-9]{1,400})([eE][+-]?[0-9]{1,3})?")


class Wrong(ValueError):
    """The sentence about one value."""


def parse_input(field: Field, given: Any, dialect: str = "") -> Any:
    """Turn what a form or a program sent into a value of *field*.

    Args:
        field: Whose value it is.
        given: The text of an input, a JSON value, or a value already.
        dialect: The database's, where its limits matter.

    Returns:
        None for an empty text where the field takes NULL, else a value as `Row` has them.

    Raises:
        Invalid: the sentence says what is wrong; its key is the field's name.
    """
    try:
        value = _parsed(field, given, dialect)
        if value is None and not field.nullable:
            raise Wrong(NEEDED)
        if value is not None:
            _check(field, value, dialect)
        return value
    except Wrong as wrong:
        raise Invalid({field.name: str(wrong)}) from None


def _parsed(field: Field, given: Any, dialect: str) -> Any:
    if given is None or isinstance(given, Unreadable):
        return given
    if isinstance(given, str) and not isinstance(given, JsonString):
        textual = family(field.kind) == "text" or field.kind == "secret"
        if given.strip() == "" and (not textual or given == ""):
            return "" if textual and not field.nullable and not field.required else None
    if field.as_text:
        return _text(field, given, dialect)
    return _PARSERS.get(field.kind, _text)(field, given, dialect)


def _text(_field: Field, given: Any, dialect: str) -> Any:
    if isinstance(given, bytes | list | dict | bool) and family(_field.kind) in _FREE:
        return given
    if not isinstance(given, str):
        raise Wrong("Must be text.")
    if "\0" in given and dialect == "postgresql":
        raise Wrong("May not contain the character NUL.")
    try:
        given.encode()
    except UnicodeEncodeError:
        raise Wrong("Holds half a character. Type it again.") from None
    return given


def _whole(_field: Field, given: Any, _dialect: str) -> int:
    if isinstance(given, str) and _WHOLE.fullmatch(given.strip()):
        return int(given)
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    whole = int(given) if isinstance(given, float | Decimal) and -(2**63) < given < 2**63 else None
    if whole is not None and given == whole:
        return whole
    raise Wrong("Must be a whole number.")


def _number(field: Field, given: Any, _dialect: str) -> Any:
    if isinstance(given, str) and _NUMBER.fullmatch(given.strip()):
        value = Decimal(given.strip())
    elif isinstance(given, int | float | Decimal) and not isinstance(given, bool):
        value = Decimal(repr(given)) if isinstance(given, float) else Decimal(given)
    else:
        raise Wrong("Must be a number, e.g. 12.50.")
    if not value.is_finite():
        raise Wrong("Must be a number, e.g. 12.50.")
    if is_float(field.native) and field.kind != "money":
        result = float(value)
        if result - result != 0:
            raise Wrong("Is too large.")
        return result
    return value


def _boolean(_field: Field, given: Any, _dialect: str) -> bool:
    word = str(given).strip().lower() if isinstance(given, str | bool | int) else ""
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise Wrong("Must be yes or no.")


def _choice(field: Field, given: Any, dialect: str) -> Any:
    text = _text(field, given, dialect)
    if field.choices is not None and not field.open_choices and text not in field.choices:
        shown = ", ".join(field.choices[:12])
        raise Wrong(
            f"{str(text)[:60]!r} is not one of the choices.{did_you_mean(text, field.choices, f'There are: {shown}.')}"
        )
    return text


def _date(_field: Field, given: Any, _dialect: str) -> date:
    if isinstance(given, datetime):
        return given.date()
    if isinstance(given, date):
        return given
    try:
        return date.fromisoformat(given.strip())
    except (ValueError, AttributeError):
        raise Wrong("Must be a date such as 2025-12-31.") from None


def _moment(field: Field, given: Any, dialect: str) -> datetime:
    value = given
    if isinstance(given, date) and not isinstance(given, datetime):
        value = datetime.combine(given, time.min)
    if isinstance(value, str):
        text = value.strip()
        try:
            value = datetime.fromisoformat(text)
        except ValueError:
            value = None
        if re.search(r"[.,][0-9]{7,}", text):
            raise Wrong("At most six digits after the second.")
    if not isinstance(value, datetime):
        raise Wrong("Must be a date and time such as 2025-12-31 18:30.")
    return _placed(field, value, dialect)


def _placed(field: Field, value: datetime, dialect: str) -> datetime:
    """Give the moment a zone where the column has one, and take it where it has none; both mean UTC."""
    if dialect in ("", "sqlite"):
        return value
    try:
        if is_zoned(field.native):
            return value.replace(tzinfo=UTC) if value.tzinfo is None else value
        return value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        raise Wrong("Must be a date and time such as 2025-12-31 18:30.") from None


def _time(_field: Field, given: Any, _dialect: str) -> time:
    if isinstance(given, time):
        return given
    try:
        return time.fromisoformat(given.strip())
    except (ValueError, AttributeError):
        raise Wrong("Must be a time such as 18:30.") from None


def _json(_field: Field, given: Any, _dialect: str) -> Any:
    try:
        if isinstance(given, JsonString):
            return given
        if isinstance(given, str):
            return parsed_json(given.strip())
        if isinstance(given, dict | list) and not hasattr(given, "text"):
            return parsed_json(dumped(given))
    except (ValueError, RecursionError, TypeError) as error:
        reason = str(error).rstrip(".") if isinstance(error, ValueError) else "it is nested too deep"
        raise Wrong(f"Is not JSON: {reason}.") from None
    return JSON_NULL if given is None else given


def _array(field: Field, given: Any, dialect: str) -> list[Any]:
    values = given
    if isinstance(given, str):
        try:
            values = parsed_json(given.strip())
        except (ValueError, RecursionError):
            values = None
    if not isinstance(values, list | tuple):
        raise Wrong('Must be a list such as ["a", "b"].')
    element = replace(field, kind=field.unit or "unknown", unit=None, native="", nullable=True, choices=None)
    return [_member(field, element, one, dialect) for one in values]


def _member(field: Field, element: Field, one: Any, dialect: str) -> Any:
    if one is None or isinstance(one, list | tuple):
        return None if one is None else [_member(field, element, inner, dialect) for inner in one]
    if one == "" and family(element.kind) in ("text", "choice", *_FREE):
        return one
    return _parsed(element, one, dialect)


def _uuid(_field: Field, given: Any, dialect: str) -> Any:
    try:
        value = given if isinstance(given, uuid.UUID) else uuid.UUID(given.strip())
    except (ValueError, AttributeError):
        raise Wrong("Must be a UUID such as 0193a1b2-0000-7000-8000-000000000000.") from None
    return value if dialect in ("", "postgresql") or not isinstance(given, str) else given.strip()


def _bytes(_field: Field, given: Any, _dialect: str) -> bytes:
    if isinstance(given, bytes):
        return given
    try:
        return base64.b64decode(given, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise Wrong("Must be base64.") from None


def _duration(field: Field, given: Any, dialect: str) -> Any:
    return str(given) if isinstance(given, timedelta) else _text(field, given, dialect)


_PARSERS: dict[str, Callable[[Field, Any, str], Any]] = {
    "integer": _whole, "year": _whole, "decimal": _number, "money": _number, "percent": _number,
    "boolean": _boolean, "enum": _choice, "uuid": _uuid, "date": _date, "datetime": _moment, "time": _time,
    "duration": _duration, "json": _json, "array": _array, "binary": _bytes,
}  # fmt: skip


# ── limits ───────────────────────────────────────────────────────────────────────────────────


def _check(field: Field, value: Any, dialect: str) -> None:
    if isinstance(value, str) and field.max_length is not None and family(field.kind) != "json":
        if len(value) > field.max_length and not isinstance(value, JsonString):
            raise Wrong(f"At most {field.max_length} characters; this has {len(value)}.")
    elif isinstance(value, int) and not isinstance(value, bool) and FAMILIES.get(field.kind) == "number":
        low, high = whole_range(field.native, dialect)
        if not low <= value <= high:
            raise Wrong(f"Must be between {low} and {high}.")
    elif isinstance(value, Decimal):
        _check_digits(field, value, dialect)
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        _check_range(field, value)


def _check_digits(field: Field, value: Decimal, dialect: str) -> None:
    exponent = value.normalize().as_tuple().exponent
    after = max(0, -exponent) if isinstance(exponent, int) else 0
    if field.scale is not None and after > max(field.scale, 0):
        raise Wrong(f"At most {field.scale} digits after the point." if field.scale > 0 else "Must be a whole number.")
    if field.precision is not None and abs(value) >= Decimal(10) ** (field.precision - (field.scale or 0)):
        raise Wrong(f"At most {field.precision - (field.scale or 0)} digits before the point.")
    if dialect == "sqlite" and not keeps_digits(value):
        raise Wrong("Has more digits than this database keeps (about 15).")


def _check_range(field: Field, value: float | Decimal) -> None:
    try:
        low = Decimal(field.minimum) if field.minimum else None
        high = Decimal(field.maximum) if field.maximum else None
    except InvalidOperation:
        return
    if low is not None and value < low:
        raise Wrong(f"Must be at least {field.minimum}.")
    if high is not None and value > high:
        raise Wrong(f"Must be at most {field.maximum}.")
