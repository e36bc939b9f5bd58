"""Dates cut into steps: the first day of the year, quarter, month, week or day, or the hour, as ISO text.

Days and what is longer are those of the reader's zone; hours are cut in UTC.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa

from nexus_admin.domain.errors import BadRequest
from nexus_admin.domain.kinds import family
from nexus_admin.domain.resource import Field
from nexus_admin.language.dialects import Column
from nexus_admin.language.values import is_aware
from nexus_admin.language.zones import UTC_NAME, offset_minutes

_SQLITE: Final = {"year": "%Y-01-01", "month": "%Y-%m-01", "day": "%Y-%m-%d", "hour": "%Y-%m-%dT%H:00:00"}
_POSTGRES: Final = {"hour": 'YYYY-MM-DD"T"HH24:00:00'}


class Step(sa.types.TypeDecorator[str]):
    """The text of a step; a date that it is compared with is bound as such a text."""

    impl = sa.String
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> Any:  # noqa: ARG002  (as SQLAlchemy calls it)
        """Return the ISO text of a date or moment."""
        if isinstance(value, datetime):
            return value.replace(tzinfo=None, microsecond=0).isoformat()
        return value.isoformat() if isinstance(value, date) else value


def grain_start(field: Field, column: Column, grain: str, dialect: str, zone: str = UTC_NAME) -> Column:
    """Return the start of the step that *column* lies in, as `2026-03-01` or `2026-03-01T10:00:00`.

    Args:
        field: What is cut.
        column: Its column.
        grain: One of `kinds.GRAINS`.
        dialect: Of the database.
        zone: Name of the zone whose days are meant; a date without a time is the same day everywhere.

    Raises:
        BadRequest: nobody taught us how this database cuts dates.
    """
    made = _CUTS.get(dialect)
    if made is None:
        raise BadRequest(f"Dates of a {dialect} database cannot be cut by {grain} yet. Group by the field itself.")
    local = UTC_NAME if grain == "hour" or family(field.kind) == "date" else zone
    return sa.type_coerce(made(field, column, grain, local), Step())


def _text(text: str) -> Column:
    return sa.literal_column(f"'{text}'", sa.String)


def _sqlite(_: Field, column: Column, grain: str, zone: str) -> Column:
    # A whole number is what programs keep that count seconds since 1970.
    plain = sa.type_coerce(column, sa.String)
    kept: Column = sa.case(
        (sa.func.typeof(plain) == _text("integer"), sa.func.datetime(plain, _text("unixepoch"))), else_=plain
    )
    if zone != UTC_NAME:
        minutes = offset_minutes(zone, sa.func.datetime(kept), lambda moment: _text(f"{moment:%Y-%m-%d %H:%M:%S}"))
        kept = sa.func.datetime(kept, minutes.concat(_text(" minutes")))
    if grain == "week":
        return sa.func.date(kept, _text("weekday 0"), _text("-6 days"))
    if grain == "quarter":
        month = sa.cast(sa.func.strftime(_text("%m"), kept), sa.Integer)
        first = sa.case(*((month <= sa.literal_column(str(last)), _text(f"{last - 2:02}")) for last in (3, 6, 9, 12)))
        return sa.func.strftime(_text("%Y-"), kept).concat(first).concat(_text("-01"))
    return sa.func.strftime(_text(_SQLITE[grain]), kept)


def _postgresql(field: Field, column: Column, grain: str, zone: str) -> Column:
    moment = _local(field, column, zone)
    return sa.func.to_char(sa.func.date_trunc(_text(grain), moment), _text(_POSTGRES.get(grain, "YYYY-MM-DD")))


def _local(field: Field, column: Column, zone: str) -> Column:
    """Return *column* as a time without a zone, as clocks in *zone* show it."""
    if is_aware(field.native):
        return sa.func.timezone(_text(zone), column)
    return column if zone == UTC_NAME else sa.func.timezone(_text(zone), sa.func.timezone(_text(UTC_NAME), column))


def _mysql(_: Field, column: Column, grain: str, zone: str) -> Column:
    if zone != UTC_NAME:
        minutes = offset_minutes(zone, column, lambda moment: _text(f"{moment:%Y-%m-%d %H:%M:%S}"))
        column = sa.func.timestampadd(sa.literal_column("MINUTE"), minutes, column)
    if grain == "week":
        return sa.func.date_format(sa.func.subdate(column, sa.func.weekday(column)), _text("%Y-%m-%d"))
    if grain == "quarter":
        first = sa.func.quarter(column) * sa.literal_column("3") - sa.literal_column("2")
        padded = sa.func.lpad(first, sa.literal_column("2"), _text("0"))
        return sa.func.concat(sa.func.date_format(column, _text("%Y-")), padded, _text("-01"))
    return sa.func.date_format(column, _text(_SQLITE[grain]))


def _duckdb(field: Field, column: Column, grain: str, zone: str) -> Column:
    moment = _local(field, column, zone)
    day = _SQLITE["hour"] if grain == "hour" else _SQLITE["day"]
    return sa.func.strftime(sa.func.date_trunc(_text(grain), moment), _text(day))


_CUTS: Final[dict[str, Callable[[Field, Column, str, str], Column]]] = {
    "sqlite": _sqlite,
    "postgresql": _postgresql,
    "mysql": _mysql,
    "duckdb": _duckdb,
}
