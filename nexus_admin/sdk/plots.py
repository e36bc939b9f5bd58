"""What a chart's description comes to: its series as spots, each with its place between 0 and 1 on both axes.

A description is what the page's chart component takes: `data`, a list of traces, and `layout`. Here are the traces
that stand upright over times or names: `line`, `area` and `bar`, beside each other or stacked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.sdk.axes import Number, number_ticks, time_ticks
from nexus_admin.sdk.figures import HUGE, number
from nexus_admin.sdk.steps import step_after

COLORS = 8
GAP = 0.32
"""Between bars, as a share of a step."""

LAST = 0.955
"""A name beyond this share of the width would be cut."""

_LABELS = 8
"""Names along an axis of names, at most."""


@dataclass(frozen=True, slots=True)
class Spot:
    """One value of a series.

    Args:
        x: Its moment, or its name.
        value: As told; None is a hole.
        base: Where it begins: the series below it where they are stacked, else 0.
        link: The address of the rows behind it.
    """

    x: Any
    value: float | None
    base: float = 0.0
    link: str | None = None

    @property
    def top(self) -> float:
        """Where it ends."""
        return self.base + (self.value or 0)


@dataclass(frozen=True, slots=True)
class Series:
    """One trace: `kind` is line, area or bar, `color` the number of a token, `group` what it is stacked with."""

    name: str
    kind: str
    color: int
    spots: tuple[Spot, ...]
    dashed: bool = False
    group: str = ""


@dataclass(frozen=True, slots=True)
class Plot:
    """Series on two axes.

    Args:
        series: In order.
        numbers: Named values; the first and the last are the axis' ends.
        names: Named places of the other axis: (text, from 0 to 1).
        places: Of each x, in order: (left, middle, right), from 0 to 1.
        step: What one step, and so one mark, has of the width.
        axes: The same axes as the chart library takes them.
    """

    series: tuple[Series, ...]
    numbers: tuple[Number, ...]
    names: tuple[tuple[str, float], ...]
    places: Mapping[Any, tuple[float, float, float]]
    step: float
    axes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def marks(self) -> int:
        """How many values it shows."""
        return sum(len(one.spots) for one in self.series)

    def height(self, value: float) -> float:
        """Return where *value* is, 0 at the top and 1 at the bottom."""
        low, high = self.numbers[0].at, self.numbers[-1].at
        return (high - value) / (high - low)


def plotted(chart: Mapping[str, Any], kind: str, unit: str | None, grain: str | None) -> Plot | None:
    """Return *chart* on its axes; None where it has traces of other kinds, or nothing to show.

    Args:
        chart: The description.
        kind: Of its numbers.
        unit: Of its numbers.
        grain: Of its times.
    """
    told = [_series(trace, at) for at, trace in enumerate(chart["data"])]
    found = [one for one in told if one is not None]
    if len(found) < len(told) or not any(one.value is not None for each in found for one in each.spots):
        return None
    series = _stacked(found, (chart.get("layout") or {}).get("barmode") == "stack")
    ends = [
        0.0,
        *(end for each in series for one in each.spots if one.value is not None for end in (one.base, one.top)),
    ]
    numbers = number_ticks(min(ends), max(ends), kind, unit)
    across = list(dict.fromkeys(one.x for each in series for one in each.spots))
    upright = {
        "range": [numbers[0].at, numbers[-1].at],
        "tickvals": [one.at for one in numbers],
        "ticktext": [one.text for one in numbers],
    }
    padded = any(one.kind == "bar" for one in series)
    if all(isinstance(one, datetime) for one in across):
        return _over_time(series, numbers, sorted(across), grain, padded, upright)
    named = tuple(replace(each, spots=tuple(replace(one, x=str(one.x)) for one in each.spots)) for each in series)
    return _over_names(named, numbers, list(dict.fromkeys(map(str, across))), upright)


def _series(trace: Mapping[str, Any], at: int) -> Series | None:
    kind = trace.get("type", "line")
    if kind not in ("line", "area", "bar"):
        return None
    look = trace.get("nx") or {}
    links = trace.get("customdata") or [None] * len(trace["x"])
    spots = tuple(
        Spot(_moment(x), _small(value), 0.0, link if isinstance(link, str) else None)
        for x, value, link in zip(trace["x"], trace["y"], links, strict=True)
    )
    compared = bool(look.get("compare"))
    color = COLORS if compared else look.get("color") or at % COLORS + 1
    return Series(trace.get("name", ""), kind, color, spots, compared, str(trace.get("stackgroup") or ""))


def _small(value: Any) -> float | None:
    found = number(value)
    return float(found) if found is not None and -HUGE < found < HUGE else None


def _moment(text: Any) -> Any:
    """*text* as a time without offset, which is how the chart library reads it; what is none stays."""
    if not isinstance(text, str):
        return text
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return text


def _stacked(series: Sequence[Series], bars: bool) -> tuple[Series, ...]:
    """Each on top of those of its group before it; *bars*: all bars are one group."""
    heights: dict[tuple[str, Any], float] = {}
    found = []
    for one in series:
        group = "bars" if one.kind == "bar" and bars else one.group
        if group:
            spots = []
            for spot in one.spots:
                base = heights.get((group, spot.x), 0.0)
                spots.append(replace(spot, base=base, value=spot.value or 0.0))
                heights[group, spot.x] = spots[-1].top
            one = replace(one, spots=tuple(spots), group=group)
        found.append(one)
    return tuple(found)


def _over_time(
    series: tuple[Series, ...],
    numbers: list[Number],
    steps: list[datetime],
    grain: str | None,
    padded: bool,
    upright: Mapping[str, Any],
) -> Plot:
    least = min((after - one for one, after in pairwise(steps)), default=None)
    if least is None:
        least, padded = _length(steps[0], grain), True
    half = least / 2 if padded else timedelta()
    whole = steps[-1] - steps[0] + 2 * half
    middles = [(one - steps[0] + half) / whole for one in steps]
    named = [(one, (one.at - steps[0] + half) / whole) for one in time_ticks(steps, grain)]
    ticks = [one for one in named if one[1] < LAST] or named
    across = {
        "type": "date",
        "range": [_iso(steps[0], -half), _iso(steps[-1], half)],
        "tickvals": [one.at.isoformat() for one, _ in ticks],
        "ticktext": [one.text for one, _ in ticks],
    }
    names = tuple((one.text, place) for one, place in ticks)
    axes = {"xaxis": across, "yaxis": dict(upright)}
    return Plot(series, tuple(numbers), names, _places(steps, middles), least / whole, axes)


def _over_names(
    series: tuple[Series, ...], numbers: list[Number], names: list[str], upright: Mapping[str, Any]
) -> Plot:
    middles = [(at + 0.5) / len(names) for at in range(len(names))]
    every = -(-len(names) // _LABELS)
    shown = list(range(0, len(names), every))
    across = {
        "type": "category",
        "range": [-0.5, len(names) - 0.5],
        "tickvals": shown,
        "ticktext": [names[at] for at in shown],
    }
    axes = {"xaxis": across, "yaxis": dict(upright)}
    labels = tuple((names[at], middles[at]) for at in shown)
    return Plot(series, tuple(numbers), labels, _places(names, middles), 1 / len(names), axes)


def _length(start: datetime, grain: str | None) -> timedelta:
    try:
        return step_after(start, grain or "day") - start
    except (KeyError, OverflowError):
        return timedelta(days=1)


def _iso(at: datetime, by: timedelta) -> str:
    try:
        return (at + by).isoformat()
    except OverflowError:
        return at.isoformat()


def _places(steps: Sequence[Any], middles: Sequence[float]) -> dict[Any, tuple[float, float, float]]:
    """Each step reaches half way to its neighbours."""
    edges = [0.0, *((one + after) / 2 for one, after in pairwise(middles)), 1.0]
    return {step: (edges[at], middles[at], edges[at + 1]) for at, step in enumerate(steps)}
