"""Relative dates as bounds: `last 30 days`, `this quarter`, `now - 7 days`, counted in Python in one zone.

A day counts whole: the last 7 days are today and the 6 days before it, the next 7 are today and the 6 after it.
Hours and minutes run from now. Weeks begin on Monday.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, Final

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import BadExpression
from nexus_admin.domain.kinds import PERIODS, UNITS
from nexus_admin.domain.nearest import did_you_mean

_SPAN = re.compile(r"(\d{1,6}) ([a-z]+)", re.ASCII)
_OFFSET = re.compile(r"([+-])(\d{1,6}) ([a-z]+)", re.ASCII)
_MONTHS: Final = {"months": 1, "years": 12}
_FINE: Final = ("minutes", "hours")


@dataclass(frozen=True, slots=True)
class Span:
    """A number of units, e.g. 30 days."""

    number: int
    unit: str

    def __str__(self) -> str:
        return f"{self.number} {self.unit}"

    @property
    def fine(self) -> bool:
        """Whether it is counted in parts of a day."""
        return self.unit in _FINE


def unit_of(text: str) -> str:
    """Return the unit that *text* names, in the plural.

    Raises:
        BadExpression: there is none; names the nearest.
    """
    unit = text if text.endswith("s") else text + "s"
    if unit not in UNITS:
        raise BadExpression(f"There is no unit of time called {text!r}.{did_you_mean(text, UNITS)}")
    return unit


def read_span(value: Any) -> Span:
    """Read `"30 days"`.

    Raises:
        BadExpression: *value* is not a number of minutes, hours, days, weeks, months or years.
    """
    match = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise BadExpression(f"{str(value)[:40]!r} is not a span of time. Say it like '30 days'.")
    return Span(int(match[1]), unit_of(match[2]))


def read_offset(value: Any) -> Span:
    """Read `"-7 days"`; the number is negative for the past.

    Raises:
        BadExpression: *value* is not of that form.
    """
    match = _OFFSET.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise BadExpression(f"{str(value)[:40]!r} is not an offset. Say it like '-7 days'.")
    return Span(int(match[1] + match[2]), unit_of(match[3]))


def read_period(value: Any) -> str:
    """Return *value* if it is one of `kinds.PERIODS`.

    Raises:
        BadExpression: it is not; names the nearest.
    """
    if value not in PERIODS:
        raise BadExpression(f"There is no period called {str(value)[:40]!r}.{did_you_mean(str(value)[:40], PERIODS)}")
    return str(value)


def shifted(day: date, span: Span) -> date:
    """Return the date *span* after *day*; a month's end stays within its month. Works on datetimes alike.

    Raises:
        BadExpression: it falls outside the years 1 to 9999.
    """
    try:
        if span.unit not in _MONTHS:
            return day + timedelta(**{span.unit: span.number})
        months = day.year * 12 + day.month - 1 + span.number * _MONTHS[span.unit]
        year, month = divmod(months, 12)
        start = day.replace(year=year, month=month + 1, day=1)
        return start.replace(day=min(day.day, (_next_month(date(year, month + 1, 1)) - timedelta(1)).day))
    except (OverflowError, ValueError):
        raise BadExpression(f"{span} from {day:%Y-%m-%d} falls outside the years 1 to 9999.") from None


def _next_month(first: date) -> date:
    return (first + timedelta(31)).replace(day=1)


def last_days(today: date, span: Span) -> tuple[date, date]:
    """Return the first day of the last *span* and the day after its end, which is tomorrow."""
    return shifted(shifted(today, Span(-span.number, span.unit)), Span(1, "days")), shifted(today, Span(1, "days"))


def next_days(today: date, span: Span) -> tuple[date, date]:
    """Return today and the day after the end of the next *span*."""
    return today, shifted(today, span)


def period_days(name: str, today: date) -> tuple[date, date]:
    """Return the first day of the period called *name* and the day after its end."""
    which, _, unit = name.partition("_")
    if not unit:
        which, unit = {"today": "this", "yesterday": "last", "tomorrow": "next"}[which], "day"
    length = {"day": Span(1, "days"), "week": Span(1, "weeks"), "month": Span(1, "months"),
              "quarter": Span(3, "months"), "year": Span(1, "years")}[unit]  # fmt: skip
    start = grain_start(today, unit)
    if which != "this":
        start = shifted(start, length if which == "next" else Span(-length.number, length.unit))
    return start, shifted(start, length)


def grain_start(day: date, grain: str) -> date:
    """Return the first day of the year, quarter, month, week or day that *day* lies in."""
    if grain == "year":
        return day.replace(month=1, day=1)
    if grain == "quarter":
        return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    if grain == "month":
        return day.replace(day=1)
    if grain == "week":
        return day - timedelta(day.weekday())
    return day


def day_start(day: date, zone: tzinfo) -> datetime:
    """Return the moment at which *day* begins in *zone*."""
    return datetime.combine(day, time(), zone)


def days_of(op: str, value: Any, today: date) -> tuple[date, date]:
    """Return the first day and the day after the end of what `in_last`, `in_next` or `in_period` means.

    Raises:
        BadExpression: *value* is not of the operator's form, or counts in parts of a day.
    """
    if op == "in_period":
        return period_days(read_period(value), today)
    span = read_span(value)
    if span.fine:
        raise BadExpression(f"A date is not counted in {span.unit}. Say days, weeks, months or years.")
    return last_days(today, span) if op == "in_last" else next_days(today, span)


def moments_of(op: str, value: Any, now: datetime) -> tuple[datetime, datetime]:
    """Return the bounds of the same for a moment, both inclusive, where *value* counts in hours or minutes."""
    span = read_span(value)
    if op == "in_last":
        return _moment(now, Span(-span.number, span.unit)), now
    return now, _moment(now, span)


def _moment(now: datetime, span: Span) -> datetime:
    moment = shifted(now, span)
    assert isinstance(moment, datetime)
    return moment
