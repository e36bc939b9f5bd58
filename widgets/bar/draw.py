"""From a result to bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nexus_admin.sdk import Drawing, Result, ResultColumn, bucket, compact, figure, number

from .options import BarOptions

SHORTEN = 10_000


def draw(options: BarOptions, results: Sequence[Result]) -> Drawing:
    """Return `bars` (name, text, full, percent, link), whether some were `cut`, and the heads of both columns."""
    result = results[0]
    by, value = result.columns
    most = max((abs(number(row[1]) or 0) for row in result.rows), default=0)
    bars = [_bar(row, by, value, most, link) for row, link in zip(result.rows, _links(result), strict=True)]
    context = {
        "bars": bars,
        "cut": result.truncated,
        "by": by.title or options.by,
        "number": value.title or value.name,
        "limit": options.limit,
    }
    return Drawing(context, _sentence(bars, result.truncated), result)


def _links(result: Result) -> Sequence[str | None]:
    return result.links or (None,) * len(result.rows)


def _bar(row: tuple[Any, ...], by: ResultColumn, value: ResultColumn, most: float, link: str | None) -> dict[str, Any]:
    size = number(row[1])
    return {
        "name": bucket(row[0], by.grain) if by.grain else figure(row[0], by.kind, by.unit),
        "nothing": row[0] is None,
        "text": compact(row[1], value.kind, value.unit, SHORTEN),
        "full": figure(row[1], value.kind, value.unit),
        "raw": size,
        "negative": (size or 0) < 0,
        "percent": f"{100 * abs(size or 0) / most:.2f}" if most else "0",
        "link": link,
    }


def _sentence(bars: list[dict[str, Any]], cut: bool) -> str:
    if not bars:
        return "There is nothing to show."
    first = f"{bars[0]['name']} has {bars[0]['full']}"
    if len(bars) == 1:
        return f"{first}."
    last = f"{bars[-1]['name']} has {bars[-1]['full']}"
    return f"{first}, {last}; {len(bars)} {'of more' if cut else 'in all'}."
