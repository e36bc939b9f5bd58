"""Pictures: a chart as SVG, drawn by the server, so that it is seen at once and without scripts.

The page's chart component puts the chart library's drawing into its place when somebody comes near; both stand on
the same axes, so nothing moves. Lengths are shares of the picture (attributes of SVG hold per cents), so it fits every
width; colours are the tokens of the theme, so it follows that too. Each mark is a link to the rows behind it. These
links are for pointers and screen readers: with Tab one goes through the table view, which has the same ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any

from markupsafe import Markup, escape

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.sdk.figures import bucket, figure
from nexus_admin.sdk.plots import GAP, Plot, Series, Spot, plotted

LINKED = 400
"""Marks that get a link each; a picture of more has none, the table view has them."""

WIDE, HIGH = 2000, 1000
"""The size of the plane on which lines are drawn before they are stretched to the picture."""

_MARGIN, _LETTER = 44, 6.5
"""Left of the plane, and for each letter there, in pixels."""

_LONGEST = 14
_AXIS, _ODD = Markup(' class="is-axis"'), Markup(' class="is-odd"')


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart as it stands on the page before anybody comes near.

    Args:
        svg: For the template, inside of the element with `data-chart`; empty where the chart cannot be drawn here.
        chart: The description for the chart component, with the picture's axes in it.
    """

    svg: Markup
    chart: Mapping[str, Any]


def picture(
    chart: Mapping[str, Any],
    *,
    title: str,
    sentence: str,
    kind: str = "decimal",
    unit: str | None = None,
    grain: str | None = None,
) -> Picture:
    """Draw the chart of a widget.

    Args:
        chart: As the page's chart component takes it: `data` (traces of type `line`, `area` or `bar` over times or
            names; others leave the picture empty) and `layout`.
        title: What is counted, by what: the picture's name.
        sentence: What it shows, for people who do not see it.
        kind: Of its numbers, e.g. `money`.
        unit: Of its numbers, e.g. `EUR`.
        grain: What a step of time is.
    """
    plot = plotted(chart, kind, unit, grain)
    if plot is None:
        return Picture(Markup(), chart)
    margin = round(max(_MARGIN, 14 + _LETTER * max(len(one.text) for one in plot.numbers)))
    marks = _Marks(plot, kind, unit, grain)
    svg = Markup(
        '<div class="nx-still" data-picture>'
        '<svg class="nx-chart nx-still__y" width="{}" aria-hidden="true">{}</svg>'
        '<svg class="nx-chart" role="group"><title>{}</title><desc>{}</desc><g aria-hidden="true">{}</g>{}</svg></div>'
    ).format(
        margin,
        _numbers(plot),
        title,
        sentence,
        _ground(plot) + _names(plot) + _plane(plot),
        marks.bars() + marks.bands(),
    )
    return Picture(svg, {**chart, "axes": {**plot.axes, "margin": {"l": margin}}})


def _numbers(plot: Plot) -> Markup:
    """What stands left of the plane."""
    text = Markup('<text x="100%" y="{}">{}</text>')
    return _joined(text.format(_share(plot.height(one.at)), one.text) for one in plot.numbers)


def _ground(plot: Plot) -> Markup:
    """A line at each named number; that of 0 and the lowest are an axis."""
    line = Markup('<line x2="100%" y1="{0}" y2="{0}"{1}/>')
    low = plot.numbers[0].at
    return _joined(
        line.format(_share(plot.height(one.at)), _AXIS if one.at in (0, low) else "") for one in plot.numbers
    )


def _names(plot: Plot) -> Markup:
    """What stands below the plane; every second name goes where it is narrow."""
    text = Markup('<text x="{}" y="100%"{}>{}</text>')
    return _joined(
        text.format(_share(place), _ODD if at % 2 else "", name[:_LONGEST])
        for at, (name, place) in enumerate(plot.names)
    )


def _plane(plot: Plot) -> Markup:
    """Lines and areas."""
    paths = [path for one in plot.series if one.kind != "bar" for path in _paths(plot, one)]
    if not paths:
        return Markup()
    head = f'<svg width="100%" height="100%" viewBox="0 0 {WIDE} {HIGH}" preserveAspectRatio="none">'
    return Markup(head) + _joined(paths) + Markup("</svg>")


def _paths(plot: Plot, series: Series) -> list[Markup]:
    """The line of *series*, and the area between it and what it stands on."""
    ink = f"var(--nx-chart-{series.color})"
    lines, found = [], []
    for run in _runs(series):
        edge = "L".join(_point(plot, one.x, one.top) for one in run)
        lines.append(f"M{edge}" if len(run) > 1 else f"M{edge}h0")
        if series.kind == "area":
            back = "L".join(_point(plot, one.x, one.base) for one in reversed(run))
            found.append(Markup(f'<path d="M{edge}L{back}Z" fill="{ink}" fill-opacity=".14"/>'))
    dash = ' stroke-dasharray="4"' if series.dashed else ""
    return [*found, Markup(f'<path d="{"".join(lines)}" fill="none" stroke="{ink}"{dash}/>')]


def _runs(series: Series) -> list[list[Spot]]:
    """Spots without a hole between them."""
    found: list[list[Spot]] = [[]]
    for one in series.spots:
        if one.value is not None:
            found[-1].append(one)
        elif found[-1]:
            found.append([])
    return [one for one in found if one]


def _point(plot: Plot, x: Any, value: float) -> str:
    return f"{plot.places[x][1] * WIDE:.0f} {plot.height(value) * HIGH:.0f}"


@dataclass(frozen=True, slots=True)
class _Marks:
    """What can be pointed at: bars, and the surroundings of a line's spots."""

    plot: Plot
    kind: str
    unit: str | None
    grain: str | None

    def bars(self) -> Markup:
        """Each series of bars in its colour, beside the others or on top of them."""
        standing = [one for one in self.plot.series if one.kind == "bar"]
        beside = [one for one in standing if not one.group]
        width = self.plot.step * (1 - GAP)
        found = []
        for one in standing:
            each = width / (len(beside) if one in beside else 1)
            left = each * beside.index(one) if one in beside else 0.0
            rects = [
                self._linked(
                    one, spot, self._rect(spot, self.plot.places[spot.x][1] - width / 2 + left, each, bool(one.group))
                )
                for spot in one.spots
                if spot.value
            ]
            found.append(Markup('<g fill="var(--nx-chart-{})">{}</g>').format(one.color, _joined(rects)))
        return _joined(found)

    def _rect(self, spot: Spot, left: float, width: float, stacked: bool) -> Markup:
        top, bottom = sorted((self.plot.height(spot.base), self.plot.height(spot.top)))
        return _box(left, width, top, bottom, "" if stacked else ' rx="2"')

    def bands(self) -> Markup:
        """Around each spot of a line what is nearest to it: the whole height where there is one line only."""
        lines = [one for one in self.plot.series if one.kind != "bar" and self.plot.marks <= LINKED]
        stacks: dict[Any, list[tuple[Series, Spot]]] = {}
        for one in lines:
            for spot in one.spots:
                if spot.value is not None:
                    stacks.setdefault(spot.x, []).append((one, spot))
        found = [band for x, there in stacks.items() for band in self._column(x, there)]
        return Markup('<g class="nx-still__bands">{}</g>').format(_joined(found)) if found else Markup()

    def _column(self, x: Any, there: list[tuple[Series, Spot]]) -> list[Markup]:
        left, _, right = self.plot.places[x]
        there = sorted(there, key=lambda one: -one[1].top)
        below = [self.plot.height((_foot(one) + after[1].top) / 2) for one, after in pairwise(there)]
        edges = [0.0, *below, 1.0]
        return [
            self._linked(one, spot, _box(left, right - left, edges[at], edges[at + 1]))
            for at, (one, spot) in enumerate(there)
            if spot.link
        ]

    def _linked(self, series: Series, spot: Spot, mark: Markup) -> Markup:
        if not spot.link or self.plot.marks > LINKED:
            return mark
        named = f"{series.name}, " if len(self.plot.series) > 1 else ""
        when = bucket(spot.x, self.grain) if isinstance(spot.x, datetime) else spot.x
        text = f"{named}{when}: {figure(spot.value, self.kind, self.unit)}"
        return Markup(f'<a href="{escape(spot.link)}" tabindex="-1"><title>{escape(text)}</title>{mark}</a>')


def _foot(one: tuple[Series, Spot]) -> float:
    """Where the mark of a line ends below: what it stands on, where lines are stacked."""
    series, spot = one
    return spot.base if series.group else spot.top


def _box(left: float, width: float, top: float, bottom: float, more: str = "") -> Markup:
    places = f'x="{_share(left)}" y="{_share(top)}" width="{_share(width)}" height="{_share(bottom - top)}"'
    return Markup(f"<rect {places}{more}/>")


def _share(part: float) -> str:
    """*part* of 1 in per cent, as attributes hold it."""
    return f"{100 * part:.2f}".rstrip("0").rstrip(".") + "%"


def _joined(parts: Iterable[Markup]) -> Markup:
    return Markup().join(parts)
