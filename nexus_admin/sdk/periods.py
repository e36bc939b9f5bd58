"""Periods as people choose them for charts and shared filters, turned into expressions.

A period is text in one of three forms: `30 days` (the last 30), a name of `kinds.PERIODS`
(`this_month`), or two days with `..` between them, both included (`2026-01-01..2026-03-31`);
one of the two may be left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from nexus_admin.domain.errors import BadExpression
from nexus_admin.domain.expression import And, Comparison, Expression, Variable
from nexus_admin.domain.kinds import PERIODS, UNITS, family
from nexus_admin.domain.nearest import did_you_mean

_LAST = re.compile(r"^(\d{1,4})\s*([a-z]+?)s?$")
_DAYS = {"minutes": 1 / 1440, "hours": 1 / 24, "days": 1.0, "weeks": 7.0, "months": 30.0, "years": 365.0}
_MONTHS_OF = {"months": 1, "quarters": 3, "years": 12}
_OF_NAMES = {"day": 1.0, "week": 7.0, "month": 31.0, "quarter": 92.0, "year": 366.0}
_BEFORE = {"today": "yesterday", "tomorrow": "today"} | {
    f"{one}_{unit}": f"{other}_{unit}"
    for one, other in (("this", "last"), ("next", "this"))
    for unit in ("week", "month", "quarter", "year")
}
TITLES = {
    "7 days": "Last 7 days", "30 days": "Last 30 days", "90 days": "Last 90 days", "12 months": "Last 12 months",
    "today": "Today", "this_week": "This week", "this_month": "This month", "last_month": "Last month",
    "this_quarter": "This quarter", "this_year": "This year", "last_year": "Last year",
}  # fmt: skip
"""The periods that a menu offers, with what people read."""


def check_period(text: str) -> str:
    """Return *text* when it is a period.

    Raises:
        BadExpression: it is none; says what a period looks like.
    """
    _parts(text)
    return text


def within(path: Iterable[str], kind: str, period: str) -> Expression:
    """Return what holds for rows whose field at *path*, of a date or datetime *kind*, lies in *period*."""
    path = tuple(path)
    form, value = _parts(period)
    if form == "last":
        return Comparison(path, "in_last", value)
    if form == "name":
        return Comparison(path, "in_period", value)
    first, last = value
    return _between(path, kind, first, last)


def before(path: Iterable[str], kind: str, period: str) -> Expression | None:
    """Return what holds in the period of the same length just before *period*; None where that cannot be said."""
    path = tuple(path)
    form, value = _parts(period)
    if form == "last":
        amount, unit = value.split()
        now = "now" if unit in ("minutes", "hours") else "today"  # days count whole: the last one is today
        start = Comparison(path, "gt", Variable(now, f"-{2 * int(amount)} {unit}"))
        return And((start, Comparison(path, "le", Variable(now, f"-{amount} {unit}"))))
    if form == "name":
        return Comparison(path, "in_period", _BEFORE[value]) if value in _BEFORE else None
    first, last = value
    if first is None or last is None:
        return None
    length = last - first + timedelta(days=1)
    return _between(path, kind, first - length, last - length)


def moved_on(start: date, period: str, grain: str) -> date | None:
    """Return the step of *grain* in *period* that stands for the one at *start* in the period before it.

    None where there is none: a 31st in a month of 30 days.
    """
    form, value = _parts(period)
    months, days = 0, 0.0
    if form == "last":
        amount, unit = value.split()
        months = int(amount) * _MONTHS_OF.get(unit, 0)
        days = 0 if months else int(amount) * _DAYS[unit]
    elif form == "name":
        unit = f"{value.rpartition('_')[2]}s"
        months = _MONTHS_OF.get(unit, 0)
        days = 0 if months else 7 if unit == "weeks" else 1
    elif value[0] and value[1]:
        days = (value[1] - value[0]).days + 1
    try:
        whole = start.month - 1 + months
        there = start.replace(year=start.year + whole // 12, month=whole % 12 + 1) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None
    if grain == "week":
        return there + timedelta(days=3) - timedelta(days=(there + timedelta(days=3)).weekday())
    return (there + timedelta(days=15)).replace(day=1) if grain == "month" and there.day != 1 else there


def before_title(period: str) -> str:
    """Return what `before` spans, to be read after a figure: `the 30 days before`, `last month`."""
    form, value = _parts(period)
    if form == "last":
        return f"the {value} before"
    if form == "name":
        return _BEFORE.get(value, "").replace("_", " ")
    return "the period before"


def period_title(period: str) -> str:
    """Return what people read: `Last 30 days`, `This month`, `1 Jan 2026 to 31 Mar 2026`."""
    form, value = _parts(period)
    if form == "last":
        return f"Last {value}"
    if form == "name":
        return str(value).replace("_", " ").capitalize()
    first, last = (f"{day.day} {day:%b} {day.year}" if day else "" for day in value)
    return f"{first} to {last}" if first and last else f"From {first}" if first else f"Until {last}"


def grain_for(period: str | None) -> str:
    """Return the grain that cuts *period* into some dozens of steps; `month` for all time."""
    if period is None:
        return "month"
    form, value = _parts(period)
    if form == "last":
        amount, unit = value.split()
        days = int(amount) * _DAYS[unit]
    elif form == "name":
        days = _OF_NAMES.get(value.rpartition("_")[2], 1.0)
    else:
        first, last = value
        days = float((last - first).days + 1) if first and last else 1000.0
    for most, grain in ((2.5, "hour"), (100, "day"), (400, "week"), (3660, "month")):
        if days <= most:
            return grain
    return "year"


def _parts(text: str) -> tuple[str, Any]:
    text = text.strip()
    if text in PERIODS:
        return "name", text
    if ".." in text:
        first, _, last = text.partition("..")
        days = (_day(first, text), _day(last, text))
        if days == (None, None):
            raise BadExpression(f"The period {text!r} has neither a first nor a last day.")
        return "range", days
    match = _LAST.match(text)
    unit = f"{match[2]}s" if match else ""
    if match and unit in UNITS and int(match[1]) > 0:
        return "last", f"{int(match[1])} {unit}"
    hint = did_you_mean(text, PERIODS, "A period is '30 days', 'this_month' or '2026-01-01..2026-03-31'.")
    raise BadExpression(f"{text[:60]!r} is not a period.{hint}")


def _day(text: str, whole: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise BadExpression(
            f"{text.strip()[:40]!r} in the period {whole[:60]!r} is not a day like 2026-01-31."
        ) from None


def _between(path: tuple[str, ...], kind: str, first: date | None, last: date | None) -> Expression:
    parts: list[Expression] = []
    dated = family(kind) == "date"
    if first is not None:
        parts.append(Comparison(path, "ge", first.isoformat() if dated else _midnight(first)))
    if last is not None:
        end = last + timedelta(days=1)
        parts.append(Comparison(path, "lt", end.isoformat() if dated else _midnight(end)))
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _midnight(day: date) -> str:
    return datetime(day.year, day.month, day.day).isoformat()
