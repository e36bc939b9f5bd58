"""Axes: which values along a chart are named, and how they are written.

Numbers get about five round values, times the beginnings of days, weeks, months or years.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.sdk.figures import signs
from nexus_admin.sdk.steps import step_after

SPACES = 4
"""Between the named numbers, about."""

MOST = 7
"""Named times, at most."""

_ROUND = (1, 2, 2.5, 5, 10)
_LETTERS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
_SHORTENED, _BEYOND, _LEAST = 10_000, 1e15, 1e-12
_PACES = (
    *(("hour", n) for n in (1, 3, 6, 12)),
    *(("day", n) for n in (1, 2)),
    *(("week", n) for n in (1, 2)),
    *(("month", n) for n in (1, 2, 3, 6)),
    *(("year", n) for n in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)),
)
_LENGTHS = {"hour": 3600.0, "day": 86_400.0, "week": 604_800.0, "month": 2_629_746.0, "year": 31_556_952.0}
_ORDER = ("hour", "day", "week", "month", "quarter", "year")


@dataclass(frozen=True, slots=True)
class Number:
    """A named number of an axis, and what stands beside it."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A named moment of an axis, and what stands beside it."""

    at: datetime
    text: str


def number_ticks(low: float, high: float, kind: str = "decimal", unit: str | None = None) -> list[Number]:
    """Return two or more round numbers, evenly apart; the first is *low* or less, the last *high* or more."""
    raw = (high - low) / SPACES
    if not raw > _LEAST:
        return number_ticks(min(low, 0), max(low, 0) + 1, kind, unit)
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(one for one in (part * size for part in _ROUND) if one >= raw * 0.999)
    if kind == "integer":
        step = max(1.0, 5.0 if step == 2.5 else step)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    values = [at * step for at in range(first, max(last, first + 1) + 1)]
    top = max(abs(value) for value in values)
    return [Number(value, _written(value, step, top, kind, unit)) for value in values]


def _written(value: float, step: float, top: float, kind: str, unit: str | None) -> str:
    size, letter = next((one for one in _LETTERS if top >= max(one[0], _SHORTENED)), (1.0, ""))
    if top >= _BEYOND:
        text, letter = f"{abs(value):.3g}".replace("e+", "e"), ""
    else:
        digits = next((n for n in range(12) if math.isclose(round(step / size, n), step / size, rel_tol=1e-6)), 12)
        text = f"{abs(value) / size:,.{digits}f}"
        text = text.rstrip("0").rstrip(".") if digits else text
    before, after = signs(kind, unit)
    return f"{'−' if value < 0 else ''}{before}{text}{letter if value else ''}{after}"


def time_ticks(steps: Sequence[datetime], grain: str | None = None) -> list[Moment]:
    """Return the moments that an axis from the first to the last of *steps* names: each step where they are few.

    Args:
        steps: In order, without offset.
        grain: What a step is; nothing finer is named.
    """
    few = list(dict.fromkeys(steps))
    unit = grain if grain in _ORDER else "day"
    if len(few) > MOST:
        unit, every = _pace(few[0], few[-1], unit)
        few = _regular(few[0], few[-1], unit, every)
    pairs = zip([None, *few], few, strict=False)
    return [Moment(one, _named(one, before, unit)) for before, one in pairs]


def _pace(first: datetime, last: datetime, grain: str) -> tuple[str, int]:
    span = (last - first).total_seconds()
    finest = _ORDER.index("month" if grain == "quarter" else grain)
    fitting = (
        (unit, n)
        for unit, n in _PACES
        if _ORDER.index(unit) >= finest
        and (grain != "quarter" or unit == "year" or n % 3 == 0)
        and span <= MOST * _LENGTHS[unit] * n
    )
    return next(fitting, _PACES[-1])


def _regular(first: datetime, last: datetime, unit: str, every: int) -> list[datetime]:
    """The beginnings of every so many *unit*, from *first* to *last*."""
    found: list[datetime] = []
    try:
        at = _start(first, unit, every)
        while at <= last:
            if at >= first:
                found.append(at)
            for _ in range(every):
                at = step_after(at, unit)
    except OverflowError:
        pass
    return found


def _start(at: datetime, unit: str, every: int) -> datetime:
    """Where regular steps begin: the first Monday, or the beginning of a year, month or day that is no later."""
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    if unit == "hour":
        return day.replace(hour=at.hour - at.hour % every)
    if unit == "year":
        return day.replace(year=max(1, at.year - at.year % every), month=1, day=1)
    if unit == "month":
        return day.replace(month=at.month - (at.month - 1) % every, day=1)
    return day + timedelta(days=-at.weekday() % 7) if unit == "week" else day


def _named(at: datetime, before: datetime | None, unit: str) -> str:
    """*at* in few letters; a year where it is not that of the one *before*."""
    if unit == "year":
        return f"{at.year}"
    turned = before is None or before.year != at.year
    if unit in ("month", "quarter"):
        return f"{at:%b} {at.year}" if turned else f"{at:%b}"
    if unit == "hour" and (at.hour or at.minute):
        return f"{at:%H:%M}"
    return f"{at.day} {at:%b} {at.year}" if turned and before is not None else f"{at.day} {at:%b}"
