"""The kinds of value that a field can hold, and which operators each family of kinds has.

How a kind is drawn and edited is a FieldKind (`field_kind.py`); here is only what
the expression language and the data room must agree on.
"""

from __future__ import annotations

from typing import Final, Literal

Family = Literal[
    "text",
    "number",
    "date",
    "datetime",
    "time",
    "boolean",
    "choice",
    "json",
    "array",
    "typed",
    "shown",
    "bytes",
    "opaque",
]

FAMILIES: Final[dict[str, Family]] = {
    "text": "text", "long_text": "text", "markdown": "text", "html": "text", "email": "text", "url": "text",
    "phone": "text", "image": "text", "file": "text", "color": "text", "country": "text", "slug": "text",
    "integer": "number", "decimal": "number", "money": "number", "percent": "number", "year": "number",
    "boolean": "boolean", "enum": "choice", "uuid": "choice",
    "date": "date", "datetime": "datetime", "time": "time", "duration": "typed",
    "json": "json", "array": "array",
    "ip": "typed", "bits": "typed", "range": "shown", "unknown": "shown",
    "binary": "bytes", "geometry": "opaque", "vector": "opaque", "secret": "opaque",
}  # fmt: skip

_ANY: Final = ("is_null", "not_null")
_SAME: Final = ("eq", "ne", "in", "not_in")
_ORDER: Final = ("lt", "le", "gt", "ge", "between")
_TEXT: Final = ("contains", "not_contains", "starts_with", "ends_with", "is_empty", "not_empty")
_PART: Final = ("contains", "not_contains", "starts_with", "ends_with")
_WHEN: Final = ("in_last", "in_next", "in_period")

OPERATORS: Final[dict[Family, tuple[str, ...]]] = {
    "text": (*_SAME, *_TEXT, *_ORDER, *_ANY),
    "number": (*_SAME, *_ORDER, *_ANY),
    "date": (*_SAME, *_ORDER, *_WHEN, *_ANY),
    "datetime": (*_SAME, *_ORDER, *_WHEN, *_ANY),
    "time": (*_SAME, *_ORDER, *_ANY),
    "boolean": ("eq", "ne", *_ANY),
    "choice": (*_SAME, *_ANY),
    "json": ("contains", *_ANY),
    "array": ("has", "has_any", "has_all", "is_empty", "not_empty", *_ANY),
    "typed": (*_SAME, *_ORDER, *_PART, *_ANY),
    "shown": (*_SAME, *_PART, *_ANY),
    "bytes": (*_SAME, *_ORDER, *_ANY),
    "opaque": _ANY,
}
"""Comparison operators by family. What is `typed` the database compares in its own way, given as text; what is only
`shown` is compared as the text that people read; `bytes` are written in base64. For a choice or text, `eq` compares
exactly; `contains` and its kin fold case."""

PERIODS: Final = (
    "today", "yesterday", "tomorrow",
    "this_week", "last_week", "next_week",
    "this_month", "last_month", "next_month",
    "this_quarter", "last_quarter", "next_quarter",
    "this_year", "last_year", "next_year",
)  # fmt: skip
"""What `in_period` takes. Weeks begin on Monday."""

UNITS: Final = ("minutes", "hours", "days", "weeks", "months", "years")
"""What `in_last`, `in_next` and offsets of `now` count in, e.g. `"30 days"`."""

GRAINS: Final = ("year", "quarter", "month", "week", "day", "hour")
"""What a dimension over a date may be cut into; weeks begin on Monday."""


def family(kind: str) -> Family:
    """Return the family of *kind*; a kind of an extension that we do not know is opaque."""
    return FAMILIES.get(kind, "opaque")


def operators(kind: str) -> tuple[str, ...]:
    """Return the operators that a field of *kind* has."""
    return OPERATORS[family(kind)]


def is_numeric(kind: str) -> bool:
    """Whether *kind* is right-aligned and can be summed."""
    return family(kind) == "number" and kind != "year"
