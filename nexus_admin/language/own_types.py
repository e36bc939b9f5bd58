"""Values that Python has no type for: what is compared with them is checked here, and sent as text.

Lengths of time, addresses and bits are compared by the database itself. Beside them stand the values of ordinary types
that only databases know: `infinity`, not-a-number, midnight at a day's end, times beyond 24 hours.
"""

from __future__ import annotations

import calendar
import ipaddress
import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from nexus_admin.domain.errors import BadExpression
from nexus_admin.domain.kinds import family
from nexus_admin.domain.resource import Field

ENDLESS: Final = {"nan": "NaN", "inf": "Infinity", "infinity": "Infinity", "-inf": "-Infinity",
                  "-infinity": "-Infinity"}  # fmt: skip
"""How people write the numbers that are none; only fractions can be such."""

FOREVER: Final = ("infinity", "-infinity")
"""Before and after every date of PostgreSQL."""

PARTS: Final = ("contains", "not_contains", "starts_with", "ends_with")
"""Operators that look at the text of a value."""

_LONG_TIME = re.compile(r"(-?)(\d{2,3}):([0-5]\d)(?::([0-5]\d(?:\.\d{1,6})?))?", re.ASCII)
_FAR = re.compile(
    r"(?:\d{5,6}-(\d\d)-(\d\d)|\d{4,6}-(\d\d)-(\d\d)(?=.* BC$))"
    r"(?:[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?(?:Z|[+-](?:0\d|1[0-4])(?::[0-5]\d)?)?)?(?: BC)?",
    re.ASCII,
)
_ZERO = re.compile(r"\d{4}-(?:00-\d\d|\d\d-00)(?: 00:00:00(?:\.0{1,6})?)?", re.ASCII)
_HARDWARE = re.compile(r"[0-9a-f]{2}([:-]?)(?:[0-9a-f]{2}\1){4,6}[0-9a-f]{2}", re.IGNORECASE)
_BITS = re.compile(r"[01]{0,10000}")
_UNIT = "years?|mons?|months?|weeks?|days?|hours?|hrs?|minutes?|mins?|seconds?|secs?"
_SPAN = re.compile(
    rf"(?:[+-]?\d{{1,9}}(?:\.\d{{1,6}})? ?(?:{_UNIT})\s*)*(?:[+-]?\d{{1,9}}:[0-5]\d(?::[0-5]\d(?:\.\d{{1,6}})?)?)?",
    re.ASCII | re.IGNORECASE,
)

EXAMPLES: Final = {
    "ip": "an address like 10.0.0.1 or 10.0.0.0/8",
    "duration": "a length of time like 1 day 02:30:00",
    "bits": "bits like 1010",
}


def own_text(field: Field, value: Any) -> str | None:
    """Return *value* as the database reads it for the kind of *field*; None where it is no such value."""
    if isinstance(value, timedelta):
        value = f"{value.days} days {value.seconds + value.microseconds / 1e6:.6f} seconds"
    if not isinstance(value, str) or not value.isascii():
        return None
    text = value.strip()
    if field.kind == "ip":
        return text if _HARDWARE.fullmatch(text) or address(text) is not None else None
    if field.kind == "duration":
        return text if text and _SPAN.fullmatch(text) else None
    return text if _BITS.fullmatch(text) else None


def address(text: str) -> Any:
    """Return an address with its network; None where *text* is none."""
    try:
        return ipaddress.ip_interface(text)
    except ValueError:
        return None


def long_time(value: str) -> str | None:
    """Return a time of 24 hours and more, or below zero, with its seconds; None where *value* is none."""
    match = _LONG_TIME.fullmatch(value)
    if match is None or (not match[1] and int(match[2]) < 24):
        return None
    return f"{match[1]}{match[2]}:{match[3]}:{match[4] or '00'}"


def far_date(value: Any) -> str | None:
    """Return a date that Python has not: out of its years for PostgreSQL, with zeros for MySQL; None for no date."""
    if not isinstance(value, str):
        return None
    if value.casefold() in FOREVER or _ZERO.fullmatch(value):
        return value.casefold()
    match = _FAR.fullmatch(value)
    if match is None:
        return None
    month, day = int(match[1] or match[3]), int(match[2] or match[4])
    return value if 1 <= month <= 12 and 1 <= day <= calendar.monthrange(2000, month)[1] else None


def is_known(field: Field, typed: Any, dialect: str) -> bool:
    """Whether a database of *dialect* has such a value: most lack those that Python lacks."""
    if isinstance(typed, Decimal) and not typed.is_finite():
        return dialect == "postgresql" or (dialect == "sqlite" and not typed.is_nan())
    kind = family(field.kind)
    if isinstance(typed, str) and kind in ("date", "datetime"):
        return dialect == ("mysql" if _ZERO.fullmatch(typed) else "postgresql")
    if isinstance(typed, str) and kind == "time":
        return dialect == "mysql" or typed.startswith("24:00:00")
    return True


def in_order(value: Any) -> Any:
    """Return a date, moment or time so that Python orders it among those that it has no value for."""
    match value:
        case "infinity":
            return 1, 0
        case "-infinity":
            return -1, 0
        case str() if long_time(value) is None:
            raise BadExpression(f"{value} is only ordered by its database, so nothing can be decided here.")
        case str():
            hours, minutes, seconds = value.removeprefix("-").split(":")
            length = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
            return 0, -length if value.startswith("-") else length
        case datetime() | date():
            return 0, value
        case time():
            return 0, value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6
    return value
