"""From results to a number, a change, a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nexus_admin.sdk import Drawing, Result, before_title, compact, figure, filled, line_paths, number

from .options import MetricOptions
from .query import parts

WIDTH, HEIGHT = 92, 40


def draw(options: MetricOptions, results: Sequence[Result]) -> Drawing:
    """Return the card's context: `value`, `full`, `link`, `change`, `course`, `target`."""
    found = dict(zip(parts(options), results, strict=True))
    now = found["now"]
    column = now.columns[0]
    value = _only(now)
    target = options.target
    change = _change(options, value, found["before"]) if "before" in found else None
    reached = None
    if target is not None and number(value) is not None:
        at, most = float(number(value) or 0), float(target)
        reached = {
            "value": min(max(at, 0.0), most) if most > 0 else 0.0,
            "most": most if most > 0 else 1.0,
            "text": compact(target, column.kind, column.unit),
            "met": at >= most,
        }
    context = {
        "value": compact(value, column.kind, column.unit),
        "full": figure(value, column.kind, column.unit),
        "raw": number(value),
        "link": now.links[0] if now.links else None,
        "change": change,
        "course": _course(options, found["course"]) if "course" in found else None,
        "target": reached,
    }
    said = f"It is {context['full']}." if value is not None else "There is no value."
    if value is not None and change is not None:
        said = f"It is {context['full']}, {change['said']}."
    if reached is not None:
        said += (
            f" The target of {figure(target, column.kind, column.unit)} is {'' if reached['met'] else 'not '}reached."
        )
    return Drawing(context, said)


def _course(options: MetricOptions, result: Result) -> dict[str, str] | None:
    empty = 0 if options.fn in ("count", "count_distinct", "sum") else None
    points = {row[0]: row[1] for row in reversed(result.rows) if row[0] is not None}
    steps = filled(points, result.columns[0].grain or "", empty)
    known = [found for value in steps.values() if (found := number(value)) is not None]
    return line_paths(known, WIDTH, HEIGHT)


def _only(result: Result) -> Any:
    return result.rows[0][0] if result.rows else None


def _change(options: MetricOptions, value: Any, earlier: Result) -> dict[str, Any] | None:
    column = earlier.columns[0]
    old, new = number(_only(earlier)), number(value)
    if old is None or new is None:
        return None
    was = compact(_only(earlier), column.kind, column.unit)
    against = f"{was} {before_title(options.period or '')}".strip()
    step = new - old
    direction = "up" if step > 0 else "down" if step < 0 else "same"
    tone = "" if options.good == "neither" or not step else "good" if direction == options.good else "bad"
    if column.kind == "percent":
        text = f"{abs(step):.1f} pts"
    elif old:
        share = abs(step / old) * 100
        text = f"{share:.1f}%" if share < 999.5 else f"× {new / old:,.0f}" if new / old > 0 else "> 999%"
    else:
        text = figure(abs(step), column.kind, column.unit) if step else "0%"
    said = f"{text} {direction} on {against}" if step else f"the same as {against}"
    return {"text": text, "direction": direction, "tone": tone, "was": was, "against": against, "said": said}
