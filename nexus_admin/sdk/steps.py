"""Steps of time: the stretch that a grain cuts, and series without holes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

_Date = TypeVar("_Date", bound=date)
_MONTHS = {"year": 12, "quarter": 3, "month": 1}
_SPANS = {"week": timedelta(days=7), "day": timedelta(days=1), "hour": timedelta(hours=1)}
MOST = 2000


def step_after(start: _Date, grain: str) -> _Date:
    """Return where the step of *grain* that begins at *start* ends and the next one begins.

    Raises:
        OverflowError: that is after the year 9999.
    """
    if grain not in _MONTHS:
        return start + _SPANS[grain]
    month = start.month - 1 + _MONTHS[grain]
    if start.year + month // 12 > 9999:
        raise OverflowError("The step ends after the year 9999.")
    return start.replace(year=start.year + month // 12, month=month % 12 + 1)


def filled(points: Mapping[Any, Any], grain: str, empty: Any = None) -> dict[Any, Any]:
    """Return *points* by their steps' beginnings, in order, with *empty* in every step that had none.

    What is no date (or a stretch of more than 2,000 steps) is left as it is.
    """
    starts = [start for start in points if isinstance(start, date)]
    if not starts or grain not in {**_MONTHS, **_SPANS} or len({isinstance(one, datetime) for one in starts}) > 1:
        return dict(points)
    whole: dict[Any, Any] = {}
    at, last = min(starts), max(starts)
    while at <= last and len(whole) <= MOST:
        whole[at] = points.get(at, empty)
        try:
            at = step_after(at, grain)
        except OverflowError:
            break
    fits = len(whole) <= MOST and set(starts) <= set(whole)
    return whole if fits else {start: points[start] for start in sorted(starts)}
