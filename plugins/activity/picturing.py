"""The counts as people look at them: a picture of the days, and the longest bars of tables and of people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from nexus_admin.sdk import Picture, Target, picture

from .counting import Counted

LONGEST = 12
"""So many bars are shown; the rest is little."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One line: its name, where it leads, how many rows, and its share of the longest in per cent."""

    name: str
    rows: int
    percent: float
    target: Target | None = None


def days(found: Iterable[Counted], period: int) -> Picture:
    """Return the days as columns, also those on which nothing was changed."""
    counts = Counter[str]()
    for one in found:
        counts[one.day.isoformat()] += one.rows
    today = datetime.now(UTC).date()
    names = [(today - timedelta(days=back)).isoformat() for back in reversed(range(period))]
    trace = {"type": "bar", "name": "Rows", "x": names, "y": [counts[name] for name in names]}
    chart: dict[str, Any] = {"data": [trace], "layout": {}}
    most = max(names, key=lambda name: counts[name])
    sentence = f"{sum(counts.values()):,} rows in {period} days, most of them on {most}: {counts[most]:,}."
    return picture(chart, title="Rows by day", sentence=sentence, kind="integer", grain="day")


def bars(
    found: Iterable[Counted],
    group: Callable[[Counted], Hashable],
    name: Callable[[Counted], str],
    target: Callable[[Counted], Target] | None = None,
) -> list[Bar]:
    """Return the groups of most rows, the longest first."""
    counts, first = Counter[Hashable](), dict[Hashable, Counted]()
    for one in found:
        counts[group(one)] += one.rows
        first[group(one)] = one  # the newest: people are called as they were last
    longest = counts.most_common(LONGEST)
    most = max((rows for _, rows in longest), default=0) or 1
    return [
        Bar(name(first[key]), rows, 100 * rows / most, target(first[key]) if target else None) for key, rows in longest
    ]
