"""From results to a chart description, a table and a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from nexus_admin.sdk import (
    Drawing,
    Result,
    ResultColumn,
    bucket,
    compact,
    figure,
    filled,
    moved_on,
    number,
    picture,
    signs,
)

from .options import TimeSeriesOptions

SERIES = 7
REST = "Other"
ADDS_UP = ("count", "sum")
HOVER = {"hour": "%-d %b %Y, %H:%M", "month": "%b %Y", "quarter": "%b %Y", "year": "%Y"}


def draw(options: TimeSeriesOptions, results: Sequence[Result]) -> Drawing:
    """Return the `chart` as the page's chart component takes it, its `legend`, and the table behind it."""
    result = _in_order(results[0])
    grain = result.columns[0].grain or "day"
    series = _split(options, result, grain) if options.by else _plain(options, result, grain)
    if len(results) > 1:
        series += _earlier(options, _in_order(results[1]), grain)
    measure = _measure(options, result)
    sentence = _sentence(result, series, measure, grain)
    chart = {"data": [_trace(options, one) for one in series], "layout": _layout(options, measure, grain)}
    title = f"{', '.join(one.title or one.name for one in _numbers(options, result))} by {grain}"
    drawn = picture(chart, title=title, sentence=sentence, kind=measure.kind, unit=measure.unit, grain=grain)
    context = {
        "chart": drawn.chart,
        "picture": drawn.svg,
        "empty": not result.rows,
        "legend": [{"name": one["name"], "color": _color(at, one)} for at, one in enumerate(series, start=1)],
        "cut": results[0].truncated,
    }
    return Drawing(context, sentence, _named(result))


def _numbers(options: TimeSeriesOptions, result: Result) -> Sequence[ResultColumn]:
    return result.columns[2 if options.by else 1 :]


def _measure(options: TimeSeriesOptions, result: Result) -> ResultColumn:
    """What the numbers are: those of several kinds or units are plain numbers."""
    numbers = _numbers(options, result)
    alike = len({(one.kind, one.unit) for one in numbers}) == 1
    return numbers[-1] if alike else replace(numbers[-1], kind="decimal", unit=None)


def _color(at: int, one: dict[str, Any]) -> int:
    return 8 if one.get("tone") else min(at, SERIES)


def _trace(options: TimeSeriesOptions, one: dict[str, Any]) -> dict[str, Any]:
    """One series as the chart component of the house takes it: a trace, with an address for every mark."""
    before = one.get("tone") == "before"
    look = {"compare": True} if before else {"color": 8} if one.get("tone") else {}
    stacked = {"stackgroup": "all"} if options.by and options.kind == "area" else {}
    kind = "line" if before else options.kind
    return {
        "type": kind,
        "name": one["name"],
        "x": one["x"],
        "y": one["y"],
        "customdata": one["links"],
        "nx": look,
    } | stacked


def _layout(options: TimeSeriesOptions, measure: ResultColumn, grain: str) -> dict[str, Any]:
    before, after = signs(measure.kind, measure.unit)
    y = {"tickprefix": before, "ticksuffix": after, "tickformat": "~s", "rangemode": "tozero"}
    y["hoverformat"] = ",.2f" if measure.kind == "money" else ",.6~g" if measure.kind != "integer" else ","
    return {
        "xaxis": {"type": "date", "hoverformat": HOVER.get(grain, "%-d %b %Y")},
        "yaxis": y,
        "barmode": "stack" if options.by else "group",
    }


def _in_order(result: Result) -> Result:
    """The query asks for the newest first, so that a cut loses the oldest; people read the other way round."""
    order = [at for at, row in enumerate(result.rows) if isinstance(row[0], date)][::-1]
    links = tuple(result.links[at] for at in order) if result.links else ()
    return replace(result, rows=tuple(result.rows[at] for at in order), links=links)


def _plain(options: TimeSeriesOptions, result: Result, grain: str) -> list[dict[str, Any]]:
    links = dict(zip((row[0] for row in result.rows), result.links, strict=False))
    return [
        _series(column.title or column.name, {row[0]: row[at] for row in result.rows}, links, grain, one.fn)
        for at, (column, one) in enumerate(zip(result.columns[1:], options.numbers, strict=True), start=1)
    ]


def _split(options: TimeSeriesOptions, result: Result, grain: str) -> list[dict[str, Any]]:
    fn, column = options.numbers[0].fn, result.columns[1]
    points: dict[str, dict[Any, Any]] = {}
    links: dict[str, dict[Any, str | None]] = {}
    for at, (step, group, value) in enumerate(result.rows):
        name = figure(group, column.kind, column.unit)
        points.setdefault(name, {})[step] = value
        links.setdefault(name, {})[step] = result.links[at] if result.links else None
    largest = sorted(points, key=lambda name: -sum(abs(number(value) or 0) for value in points[name].values()))
    everywhere = {row[0]: None for row in result.rows}
    shown = [_series(name, everywhere | points[name], links[name], grain, fn) for name in largest[:SERIES]]
    rest: dict[Any, float] = {}
    for name in largest[SERIES:] if fn in ADDS_UP else ():
        for step, value in points[name].items():
            rest[step] = rest.get(step, 0) + (number(value) or 0)
    if rest:
        shown.append(_series(REST, everywhere | rest, {}, grain, fn) | {"tone": "rest"})
    return shown


def _earlier(options: TimeSeriesOptions, earlier: Result, grain: str) -> list[dict[str, Any]]:
    """The period before, moved along the axis so that each step stands on its like."""
    places = [moved_on(row[0], options.period or "", grain) for row in earlier.rows]
    kept = [at for at, place in enumerate(places) if place is not None]
    moved = replace(
        earlier,
        rows=tuple((places[at], *earlier.rows[at][1:]) for at in kept),
        links=tuple(earlier.links[at] for at in kept) if earlier.links else (),
    )
    return [one | {"name": f"{one['name']}, before", "tone": "before"} for one in _plain(options, moved, grain)]


def _series(name: str, points: dict[Any, Any], links: dict[Any, Any], grain: str, fn: str) -> dict[str, Any]:
    whole = filled(points, grain)
    empty = 0 if fn in (*ADDS_UP, "count_distinct") else None
    values = [number(value) if value is not None else empty for value in whole.values()]
    return {
        "name": name,
        "x": [step.isoformat() for step in whole],
        "y": values,
        "links": [links.get(step) for step in whole],
    }


def _named(result: Result) -> Result:
    titles = {"step": "When", "group": "Group"}
    columns = tuple(replace(one, title=titles.get(one.name, one.title or one.name)) for one in result.columns)
    return replace(result, columns=columns)


def _sentence(result: Result, series: list[dict[str, Any]], measure: ResultColumn, grain: str) -> str:
    if not result.rows:
        return "There is nothing in this period."
    first, last = bucket(result.rows[0][0], grain), bucket(result.rows[-1][0], grain)
    span = f"from {first} to {last}" if first != last else f"for {first}"
    main = series[0]
    known = [(value, x) for value, x in zip(main["y"], main["x"], strict=True) if value is not None]
    if not known:
        return f"{main['name']} by {grain} {span}."
    high, low = max(known), min(known)
    top = f"most {compact(high[0], measure.kind, measure.unit)} ({bucket(_date(high[1]), grain)})"
    least = f"least {compact(low[0], measure.kind, measure.unit)} ({bucket(_date(low[1]), grain)})"
    others = f" The other series are {', '.join(one['name'] for one in series[1:])}." if len(series) > 1 else ""
    return f"{main['name']} by {grain} {span}: {top}, {least}.{others}"


def _date(text: str) -> date:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
