"""From a result to bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nexus_admin.sdk import Drawing, Others, Result, ResultColumn, bucket, compact, figure, number

from .options import BarOptions

SHORTEN = 10_000

AROUND = 431.66
"""The way around a ring with the radius 68.7, which the template draws."""

GAP = 2.0
REST = 8
"""The colour of all that is left."""


def draw(options: BarOptions, results: Sequence[Result]) -> Drawing:
    """Return `bars` (name, text, full, percent, link), the bar of the `others`, the `ring`, and the columns' heads.

    Where what was cut off has no number of its own, `cut` is true and `others` is None.
    """
    result = results[0]
    by, value = result.columns
    most = max((abs(number(row[1]) or 0) for row in result.rows), default=0)
    bars = [_bar(row, by, value, most, link) for row, link in zip(result.rows, _links(result), strict=True)]
    others = _others(result.others, value, most) if result.others else None
    context = {
        "bars": bars,
        "others": others,
        "cut": result.truncated and others is None,
        "by": by.title or options.by,
        "number": value.title or value.name,
        "limit": options.limit,
        "ring": _ring(bars, others, value) if options.shape == "donut" else None,
    }
    return Drawing(context, _sentence(bars, result.truncated, others), result)


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


def _others(left: Others, value: ResultColumn, most: float) -> dict[str, Any]:
    """Return one bar for all that is left; `beyond` where it is longer than the scale of those that are compared."""
    size = number(left.values[0])
    return {
        "groups": f"{left.groups:,}",
        "text": compact(left.values[0], value.kind, value.unit, SHORTEN),
        "full": figure(left.values[0], value.kind, value.unit),
        "raw": size,
        "negative": (size or 0) < 0,
        "beyond": abs(size or 0) > most,
        "percent": f"{min(100 * abs(size or 0) / most, 100):.2f}" if most else "0",
        "link": left.link,
    }


def _ring(bars: list[dict[str, Any]], others: dict[str, Any] | None, value: ResultColumn) -> dict[str, Any] | None:
    """Return the arcs of a donut and the whole; None where the values are no parts of one, so that bars are drawn."""
    parts = [*bars, *([{**others, "name": None}] if others else [])]
    whole = sum(one["raw"] or 0 for one in parts)
    if whole <= 0 or any(one["negative"] for one in parts):
        return None
    arcs, start = [], 0.0
    for hue, one in enumerate(parts, start=1):
        share = (one["raw"] or 0) / whole
        length = share * AROUND
        drawn = length if len(parts) == 1 else max(length - GAP, min(length, 0.5))
        arcs.append(
            {
                **one,
                "hue": REST if one["name"] is None else hue,
                "length": f"{drawn:.2f}",
                "rest": f"{AROUND - drawn:.2f}",
                "start": f"{-start:.2f}",
                "share": "< 1%" if 0 < share < 0.01 else f"{100 * share:.0f}%",
            }
        )
        start += length
    return {"arcs": arcs, "text": compact(whole, value.kind, value.unit, SHORTEN)}


def _sentence(bars: list[dict[str, Any]], cut: bool, others: dict[str, Any] | None) -> str:
    if not bars:
        return "There is nothing to show."
    first = f"{bars[0]['name']} has {bars[0]['full']}"
    if others:
        return f"{first}; {len(bars)} shown, {others['groups']} others have {others['full']}."
    if len(bars) == 1:
        return f"{first}."
    last = f"{bars[-1]['name']} has {bars[-1]['full']}"
    return f"{first}, {last}; {len(bars)} {'of more' if cut else 'in all'}."
