"""Values typed by their field: JSON in, the Python value that the column takes out, or a sentence that says why not."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal
from functools import cache
from typing import Any, Final, NoReturn
from uuid import UUID

from nexus_admin.domain.errors import BadExpression
from nexus_admin.domain.kinds import Family, family
from nexus_admin.domain.nearest import did_you_mean
from nexus_admin.domain.resource import Field
from nexus_admin.language.own_types import ENDLESS, EXAMPLES, PARTS, far_date, long_time, own_text

MAX_LENGTH: Final = 10_000
"""Characters of one text in an expression."""

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DATETIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?", re.ASCII)
_TIME = re.compile(r"\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?", re.ASCII)
_AWARE = re.compile(r"with time zone|timestamptz|datetimeoffset|timestamp_tz|with local time zone", re.IGNORECASE)
_MAX_EXPONENT = 300
_MAX_INTEGER = 2**63

EXPECTED: Final[dict[Family, str]] = {
    "text": "a text",
    "number": "a number",
    "date": "a date like 2026-03-01",
    "datetime": "a date or a time like 2026-03-01T10:30",
    "time": "a time like 10:30",
    "boolean": "true or false",
    "choice": "a text",
    "json": "a text",
    "array": "a text",
    "typed": "a value of its type",
    "shown": "a text",
    "bytes": "bytes in base64",
    "opaque": "nothing to be compared with it",
}


@cache
def is_aware(native: str) -> bool:
    """Whether a column of the type *native* keeps the time zone; a naive one is taken as UTC."""
    return _AWARE.search(native) is not None


def element(field: Field) -> Field:
    """Return the field that one element of the array *field* would be."""
    return Field(field.name, field.title, "text" if field.as_text else field.unit or "text")


def compared_as(field: Field, op: str) -> Field:
    """Return the field that what *field* is compared with by *op* is a value of."""
    kind = family(field.kind)
    if kind == "array":
        return element(field)
    if kind == "typed" and op in PARTS:
        return Field(field.name, field.title, "text")
    return field


def refusal(field: Field, value: Any, expected: str | None = None) -> BadExpression:
    """Return the error that *field* expects something else than *value*."""
    shown = str(value)[:60] if isinstance(value, (int, float, Decimal, date, time)) else repr(value)[:60]
    return BadExpression(f"{field.name} expects {expected or EXPECTED[family(field.kind)]}, not {shown}.")


def _refused(field: Field, value: Any) -> NoReturn:
    raise refusal(field, value)


def typed_value(field: Field, value: Any, zone: tzinfo = UTC) -> Any:
    """Return *value* as the column of *field* takes it.

    Args:
        field: For an array, pass `element(field)`.
        value: A JSON scalar or a Python value of a row; never None.
        zone: What a time without an offset is meant in.

    Returns:
        text, enum: str · integer, year: int · other numbers: Decimal · date · time · boolean · UUID · bytes ·
        datetime: aware in UTC where the column keeps the zone, else naive and meant in UTC.

    Raises:
        BadExpression: names the field, what it expects, and what it was given.
    """
    kind = family(field.kind)
    if kind == "datetime":
        return _datetime(field, value, zone)
    if kind == "date" and isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(zone).date()
    return _READERS[kind](field, value)


def plain_value(field: Field, value: Any) -> Any:
    """Return the JSON scalar that stands for *value* in the normal form: equal values become the same scalar.

    Raises:
        BadExpression: as `typed_value`.
    """
    typed = typed_value(field, value)
    kind = family(field.kind)
    if kind == "number":
        return plain_number(Decimal(typed)) if Decimal(typed).is_finite() else str(typed)
    if kind == "boolean":
        return typed
    if isinstance(typed, UUID):
        return str(typed)
    if isinstance(typed, str):
        return typed
    if isinstance(typed, bytes):
        return base64.b64encode(typed).decode()
    return value if isinstance(value, str) else typed.isoformat()


def plain_number(number: Decimal) -> int | float | str:
    """Return *number* as an int if it is whole, else a float if that is exact, else as text."""
    if number == number.to_integral_value():
        return int(number)
    near = float(number)
    if Decimal(repr(near)) == number:
        return near
    sign, digits, exponent = number.as_tuple()
    zeros = len(digits) - len("".join(map(str, digits)).rstrip("0"))
    assert isinstance(exponent, int)
    return str(Decimal((sign, digits[: len(digits) - zeros], exponent + zeros)))


def decimal_of(value: Any) -> Decimal | None:
    """Return *value* as a finite Decimal of sane size, or None where it is not one."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        if len(value) > 400 or not _NUMBER.fullmatch(value):
            return None
        number = Decimal(value)
    elif isinstance(value, float):
        number = Decimal(repr(value))
    elif isinstance(value, (int, Decimal)):
        if isinstance(value, int) and value.bit_length() > 1000:
            return None
        number = Decimal(value)
    else:
        return None
    return number if number.is_finite() and abs(number.adjusted()) <= _MAX_EXPONENT else None


def _number(field: Field, value: Any) -> Any:
    endless = ENDLESS.get(str(value).casefold()) if isinstance(value, str | float | Decimal) else None
    if endless is not None and field.kind not in ("integer", "year"):
        return Decimal(endless)
    number = decimal_of(value)
    if number is None:
        raise refusal(field, value)
    if field.kind not in ("integer", "year"):
        return number
    if number != number.to_integral_value():
        raise refusal(field, value, "a whole number")
    most = _MAX_INTEGER * (2 if "unsigned" in field.native else 1)
    if not -_MAX_INTEGER <= number < most and not field.native.upper().startswith(("NUM", "DEC")):
        raise refusal(field, value, "a whole number of at most 64 bits")
    return int(number)


def _text(field: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise refusal(field, value)
    if len(value) > MAX_LENGTH:
        raise BadExpression(f"{field.name} is compared with a text of more than {MAX_LENGTH:,} characters.")
    if "\x00" in value:
        raise BadExpression(f"{field.name} is compared with a text that holds a NUL character.")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise BadExpression(f"{field.name} is compared with a text that is not valid Unicode.") from None
    return value


def _choice(field: Field, value: Any) -> Any:
    if field.kind == "uuid":
        if isinstance(value, UUID):
            return value
        try:
            return UUID(value)
        except (ValueError, TypeError, AttributeError):
            raise refusal(field, value, "a UUID") from None
    text = _text(field, value)
    if field.choices is not None and not field.open_choices and text not in field.choices:
        listed = ", ".join(field.choices[:12])
        hint = did_you_mean(text, field.choices, f"It has: {listed}.")
        raise BadExpression(f"{field.name} has no value {text[:60]!r}.{hint}")
    return text


def _boolean(field: Field, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.casefold() in ("true", "false"):
        return value.casefold() == "true"
    raise refusal(field, value)


def _date(field: Field, value: Any) -> Any:
    if isinstance(value, date):
        return value
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    return far_date(value) or _refused(field, value)


def _time(field: Field, value: Any) -> Any:
    if isinstance(value, time):
        return value
    if isinstance(value, str) and _TIME.fullmatch(value):
        try:
            return time.fromisoformat(value)
        except ValueError:
            pass
    return (long_time(value) if isinstance(value, str) else None) or _refused(field, value)


def whole_day(value: Any) -> date | None:
    """Return the date that *value* is where it has no time of day, else None."""
    if isinstance(value, date):
        return None if isinstance(value, datetime) else value
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    return None


def _datetime(field: Field, value: Any, zone: tzinfo) -> Any:
    moment: datetime | None = None
    day = whole_day(value)
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
    elif day is not None:
        moment = datetime(day.year, day.month, day.day, tzinfo=zone)
    elif isinstance(value, str) and _DATETIME.fullmatch(value):
        try:
            read = datetime.fromisoformat(value)
        except ValueError:
            return far_date(value) or _refused(field, value)
        moment = read if read.tzinfo else read.replace(tzinfo=zone)
    if moment is None:
        return far_date(value) or _refused(field, value)
    return stored_moment(field, moment)


def stored_moment(field: Field, moment: datetime) -> datetime:
    """Return the aware *moment* as the column of *field* keeps it: in UTC, aware or naive.

    Raises:
        BadExpression: it lies before the year 1 or after 9999.
    """
    try:
        moment = moment.astimezone(UTC)
    except (OverflowError, ValueError):
        raise BadExpression(f"{field.name} is compared with a time outside the years 1 to 9999.") from None
    return moment if is_aware(field.native) else moment.replace(tzinfo=None)


def _as_shown(field: Field, value: Any) -> str:
    plain = isinstance(value, (int, float, Decimal, UUID)) and not isinstance(value, bool)
    return _text(field, str(value) if plain else value)


def _own_type(field: Field, value: Any) -> str:
    text = own_text(field, value)
    if text is None:
        raise refusal(field, value, EXAMPLES[field.kind])
    return text


def _bytes(field: Field, value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    try:
        return base64.b64decode(value, validate=True)
    except (TypeError, ValueError):
        raise refusal(field, value) from None


def _nothing(field: Field, value: Any) -> Any:
    raise refusal(field, value)


_READERS: Final[dict[Family, Callable[[Field, Any], Any]]] = {
    "text": _text,
    "number": _number,
    "date": _date,
    "time": _time,
    "boolean": _boolean,
    "choice": _choice,
    "json": _text,
    "array": _text,
    "typed": _own_type,
    "shown": _as_shown,
    "bytes": _bytes,
    "opaque": _nothing,
}
