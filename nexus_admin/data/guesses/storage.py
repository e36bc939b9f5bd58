"""SQLite takes any value in any column: what a column really holds outweighs the type it was declared with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nexus_admin.data.catalog import FoundColumn
from nexus_admin.data.guesses.patterns import DATE, DATETIME, TIME, is_json, mostly
from nexus_admin.data.guesses.types import TYPES, UNKNOWN, Typed
from nexus_admin.domain.dataclass import dataclass

_TEXT = Typed("text")
_BY_TYPE = {bool: "integer", int: "integer", float: "decimal", str: "text", bytes: "binary"}


@dataclass(frozen=True, slots=True)
class Stored:
    """What a column holds; `because` says why where that is not what it was declared as."""

    typed: Typed
    because: str | None = None


def stored(column: FoundColumn, values: Sequence[Any]) -> Stored:
    """Return what a SQLite column holds, by its declared type and some of its values."""
    declared = TYPES.get(column.base, UNKNOWN)
    found = [value for value in values if value != ""]
    check = {
        "date": _date,
        "datetime": _date,
        "time": _time,
        "boolean": _boolean,
        "integer": _number,
        "decimal": _number,
        "uuid": _uuid,
        "json": _json,
        "text": _text,
    }.get(declared.kind)
    if check is not None:
        return check(declared, found)
    if declared.kind == "binary":
        return Stored(declared)
    return _undeclared(column, found)


def _undeclared(column: FoundColumn, values: Sequence[Any]) -> Stored:
    """Judge a column without a type, or with one that SQLite and we do not know, by what most values are."""
    kinds = {_BY_TYPE.get(type(value), "binary") for value in values}
    if kinds == {"integer", "decimal"}:
        kinds = {"decimal"}
    if len(kinds) == 1 and kinds != {"binary"}:
        (kind,) = kinds
        if kind == "text":
            return _text(_TEXT, values)
        return Stored(Typed(kind), f"Every value that was looked at is {'a number' if kind != 'text' else 'text'}.")
    if not column.base and not kinds:
        return Stored(_TEXT)
    return Stored(UNKNOWN, "Its values are of several types." if len(kinds) > 1 else None)


def _text(declared: Typed, values: Sequence[Any]) -> Stored:
    if len(values) >= 3 and mostly(values, DATE, 1.0):
        return Stored(Typed("date"), "Every value that was looked at is a date.")
    if len(values) >= 3 and mostly(values, DATETIME, 1.0) and len({_style(value) for value in values}) == 1:
        return Stored(Typed("datetime"), "Every value that was looked at is a date with a time.")
    return Stored(declared)


def _style(value: str) -> str:
    """Return how a date with a time is written, e.g. ` ` or `TZ`; texts of one style sort by time."""
    zone = "Z" if value.endswith("Z") else "+" if len(value) > 16 and value[-6:-5] in ("+", "-") else ""
    return value[10] + zone


def _date(declared: Typed, values: Sequence[Any]) -> Stored:
    if not values or mostly(values, DATETIME, 0.8):
        return Stored(declared if declared.kind == "datetime" or not values else Typed("datetime"))
    if mostly(values, DATE, 0.8):
        return Stored(Typed("date"), None if declared.kind == "date" else "Every value is a date without a time.")
    if mostly(values, lambda value: _is_date(value) or DATETIME.fullmatch(str(value)) is not None, 0.8):
        return Stored(Typed("datetime"))
    return _odd(values, "Many of its values are not dates as SQLite writes them.")


def _is_date(value: Any) -> bool:
    return DATE.fullmatch(str(value)) is not None


def _time(declared: Typed, values: Sequence[Any]) -> Stored:
    if not values or mostly(values, TIME, 0.8):
        return Stored(declared)
    return _odd(values, "Many of its values are not times as SQLite writes them.")


def _odd(values: Sequence[Any], because: str) -> Stored:
    if mostly(values, lambda value: isinstance(value, int), 1.0):
        return Stored(Typed("integer"), because)
    if mostly(values, lambda value: isinstance(value, int | float), 1.0):
        return Stored(Typed("decimal"), because)
    return Stored(Typed("text", as_text=True), because)


def _boolean(declared: Typed, values: Sequence[Any]) -> Stored:
    if mostly(values, lambda value: value in (0, 1) and not isinstance(value, str), 1.0) or not values:
        return Stored(declared)
    return _odd(values, "Some of its values are neither 0 nor 1.")


def _number(declared: Typed, values: Sequence[Any]) -> Stored:
    if not values or mostly(values, lambda value: isinstance(value, int | float), 0.5):
        fractions = declared.kind == "integer" and any(isinstance(value, float) for value in values)
        return Stored(Typed("decimal"), "Some of its values are fractions.") if fractions else Stored(declared)
    return _odd(values, "Most of its values are not numbers.")


def _uuid(declared: Typed, values: Sequence[Any]) -> Stored:
    if mostly(values, lambda value: isinstance(value, str) and len(value) in (32, 36), 0.9):
        return Stored(declared)
    return Stored(_TEXT) if not values or mostly(values, lambda value: isinstance(value, str)) else Stored(UNKNOWN)


def _json(declared: Typed, values: Sequence[Any]) -> Stored:
    readable = mostly(values, lambda value: not isinstance(value, bytes), 0.5) if values else True
    if readable or mostly(values, is_json, 0.5):
        return Stored(declared)
    return Stored(UNKNOWN)
