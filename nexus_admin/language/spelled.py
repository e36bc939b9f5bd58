"""Dates and moments in SQLite are texts in whatever spelling: compared by what they mean, found by an index.

A moment is compared twice. Its text is compared with the days around the bound: an index serves that, and it
settles all rows but those of a few days. For these it is read, by `nx_moment` where it is not written in one of the
usual ways. What nobody can read is compared as text where it begins with a digit, and is like nothing else.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any, Final

import sqlalchemy as sa

from nexus_admin.domain.kinds import family
from nexus_admin.domain.resource import Field
from nexus_admin.language.dialects import Column, Condition
from nexus_admin.language.operators import COMPARE

MIXED: Final = "mixed"
"""The option `spelling` of a field whose texts do not come in the order of time."""

_SECONDS: Final = "[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9] [0-2][0-9]:[0-5][0-9]:[0-5][0-9]"
_DIGIT: Final = "[0-9]"
_TO: Final = {"ge": "hi", "gt": "hi", "le": "lo", "lt": "lo"}


class Moment(sa.types.TypeDecorator[str]):
    """A moment that is bound as `2026-03-01 10:00:00.000000` in UTC."""

    impl = sa.String
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> Any:  # noqa: ARG002  (as SQLAlchemy calls it)
        """Return the text."""
        if not isinstance(value, datetime):
            return value
        plain = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
        return plain.isoformat(sep=" ", timespec="microseconds")


class Clock(sa.types.TypeDecorator[str]):
    """A time of day that is bound as `10:00:00.000000`."""

    impl = sa.String
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> Any:  # noqa: ARG002  (as SQLAlchemy calls it)
        """Return the text."""
        return value.isoformat(timespec="microseconds") if isinstance(value, time) else value


class Day(sa.types.TypeDecorator[str]):
    """A date that is bound as `2026-03-01`."""

    impl = sa.String
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> Any:  # noqa: ARG002  (as SQLAlchemy calls it)
        """Return the text."""
        return value if value is None or isinstance(value, str) else value.isoformat()[:10]


_TYPES: Final = {"datetime": Moment, "date": Day, "time": Clock}


def is_spelled(field: Field, dialect: str) -> bool:
    """Whether values of *field* are texts whose spelling must be looked through."""
    return dialect == "sqlite" and family(field.kind) in _TYPES


def spelled_type(field: Field) -> sa.types.TypeDecorator[str]:
    """Return the type to bind a value as that *field* is compared with."""
    return _TYPES[family(field.kind)]()


def spelled_test(op: str, field: Field, column: Column, value: Column) -> Condition:
    """Return that *column* compares with *value* as *op* says, whatever its texts look like.

    Args:
        op: `eq`, `lt`, `le`, `gt`, `ge`, or `in`, for which *value* expands.
        field: Whose column it is.
        column: As it is stored.
        value: Bound as `spelled_type`.
    """
    plain: Column = sa.type_coerce(column, sa.String)
    if family(field.kind) != "date":
        return (_moments if family(field.kind) == "datetime" else _times)(op, plain, value)
    if op == "in":
        return plain.in_(value) if "spelling" not in field.options else sa.func.substr(plain, 1, 10).in_(value)
    return _days(op, plain, value)


def in_time_order(field: Field, column: Column) -> Column:
    """Return *column* so that it comes in the order of time; unless its spelling is mixed, it does by itself."""
    if field.options.get("spelling") != MIXED or family(field.kind) != "datetime":
        return column
    return sa.type_coerce(sortable(sa.type_coerce(column, sa.String)), column.type)


def sortable(column: Column) -> Column:
    """Return the text of *column* as `2026-03-01 10:00:00.000000` in UTC; what cannot be read, as it is."""
    return sa.case(
        (_like(column, _SECONDS), column.concat(_text(".000000"))),
        (_like(column, f"{_SECONDS}.{_DIGIT * 3}"), column.concat(_text("000"))),
        (_like(column, f"{_SECONDS}.{_DIGIT * 6}"), column),
        else_=sa.func.nx_moment(column, type_=sa.String),
    )


def _moments(op: str, column: Column, value: Column) -> Condition:
    if op == "in":
        return sortable(column).in_(value)
    exact: Condition = COMPARE[op](sortable(column), value)
    lo, hi = _shifted(value, "-1 days", "/"), _shifted(value, "+2 days", ":")
    if op == "eq":
        return sa.and_(column >= lo, column <= hi, exact)
    if _TO[op] == "hi":
        return sa.and_(column >= lo, column < _text(":"), sa.or_(column >= hi, exact))
    return sa.and_(column > _text("/"), column <= hi, sa.or_(column < lo, exact))


def _times(op: str, column: Column, value: Column) -> Condition:
    """Compare times of day, with or without seconds: all of one minute begin alike, so an index finds them."""
    rest = sa.func.substr(_text(":00.000000"), sa.func.length(column) - sa.literal_column("4"))
    whole = sa.func.substr(column.concat(rest), 1, 15)
    if op == "in":
        return whole.in_(value)
    exact: Condition = COMPARE[op](whole, value)
    minute: Column = sa.func.substr(value, 1, 5)
    since, until = [column >= minute, column < _text(":")], [column > _text("/"), column < minute.concat(_text(";"))]
    return sa.and_(exact, *({"eq": since[:1] + until[1:]}.get(op) or (since if op in ("ge", "gt") else until)))


def _days(op: str, column: Column, value: Column) -> Condition:
    """Compare dates, which may have a midnight behind them: a day is all that begins with it."""
    following = _shifted(value, "+1 days", ":")
    match op:
        case "eq":
            return sa.and_(column >= value, column < following)
        case "lt":
            return sa.and_(column > _text("/"), column < value)
        case "le":
            return sa.and_(column > _text("/"), column < following)
        case "gt":
            return sa.and_(column >= following, column < _text(":"))
    return sa.and_(column >= value, column < _text(":"))


def _shifted(value: Column, by: str, beyond: str) -> Column:
    """Return the date *by* days away; *beyond* stands for what lies outside the years that SQLite counts."""
    return sa.func.coalesce(sa.func.date(value, _text(by)), _text(beyond))


def _like(column: Column, pattern: str) -> Condition:
    return column.op("GLOB", is_comparison=True)(_text(pattern))


def _text(text: str) -> Column:
    return sa.literal_column(f"'{text}'", sa.String)
