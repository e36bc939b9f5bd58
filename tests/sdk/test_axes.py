"""Axes: round numbers and the beginnings of months, written shortly."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_admin.sdk.axes import MOST, number_ticks, time_ticks
from nexus_admin.sdk.steps import step_after


def texts(low: float, high: float, kind: str = "decimal", unit: str | None = None) -> list[str]:
    return [one.text for one in number_ticks(low, high, kind, unit)]


def steps(first: datetime, count: int, grain: str) -> list[datetime]:
    found = [first]
    while len(found) < count:
        found.append(step_after(found[-1], grain))
    return found


def names(first: datetime, count: int, grain: str) -> list[str]:
    return [one.text for one in time_ticks(steps(first, count, grain), grain)]


@pytest.mark.parametrize(
    ("low", "high", "kind", "unit", "told"),
    [
        (0, 789, "integer", None, ["0", "200", "400", "600", "800"]),
        (0, 3, "integer", None, ["0", "1", "2", "3"]),
        (0, 0, "integer", None, ["0", "1"]),
        (0, 3_170, "money", "EUR", ["€0", "€1,000", "€2,000", "€3,000", "€4,000"]),
        (0, 78_000, "money", "EUR", ["€0", "€20k", "€40k", "€60k", "€80k"]),
        (0, 9_500_000, "decimal", None, ["0", "2.5M", "5M", "7.5M", "10M"]),
        (0, 0.9, "percent", None, ["0%", "0.25%", "0.5%", "0.75%", "1%"]),
        (-30, 60, "decimal", None, ["−50", "−25", "0", "25", "50", "75"]),
        (0, 4e18, "decimal", None, ["0", "1e18", "2e18", "3e18", "4e18"]),
    ],
)
def test_numbers_are_round_and_short(low: float, high: float, kind: str, unit: str | None, told: list[str]) -> None:
    assert texts(low, high, kind, unit) == told


@given(st.floats(-1e299, 1e299), st.floats(-1e299, 1e299))
def test_the_named_numbers_hold_all_of_the_values(one: float, other: float) -> None:
    low, high = sorted((one, other))
    ticks = number_ticks(low, high)
    slack = (ticks[-1].at - ticks[0].at) * 1e-6
    assert 2 <= len(ticks) <= 8
    assert ticks[0].at - slack <= low
    assert ticks[-1].at + slack >= high
    assert all(before.at < after.at for before, after in pairwise(ticks))


def test_a_few_steps_are_all_named() -> None:
    assert names(datetime(2026, 8, 1), 3, "month") == ["Aug 2026", "Sep", "Oct"]
    assert names(datetime(2026, 11, 14), 2, "day") == ["14 Nov", "15 Nov"]


@pytest.mark.parametrize(
    ("first", "count", "grain", "told"),
    [
        (datetime(2026, 8, 24), 90, "day", ["24 Aug", "7 Sep", "21 Sep", "5 Oct", "19 Oct", "2 Nov", "16 Nov"]),
        (datetime(2025, 11, 1), 13, "month", ["Nov 2025", "Jan 2026", "Mar", "May", "Jul", "Sep", "Nov"]),
        (datetime(2023, 11, 1), 37, "month", ["Jan 2024", "Jul", "Jan 2025", "Jul", "Jan 2026", "Jul"]),
        (datetime(2024, 1, 1), 10, "quarter", ["Jan 2024", "Jul", "Jan 2025", "Jul", "Jan 2026"]),
        (datetime(2026, 11, 19, 5), 30, "hour", ["06:00", "12:00", "18:00", "20 Nov", "06:00"]),
        (datetime(1990, 1, 1), 37, "year", ["1990", "2000", "2010", "2020"]),
        (datetime(2025, 12, 1), 60, "day", ["1 Dec", "15 Dec", "29 Dec", "12 Jan 2026"]),
    ],
)
def test_many_steps_are_named_at_the_beginnings_of_longer_ones(
    first: datetime, count: int, grain: str, told: list[str]
) -> None:
    found = names(first, count, grain)
    assert set(told) <= set(found)
    assert len(found) <= MOST + 1


@given(st.datetimes(), st.integers(1, 3000), st.sampled_from(["hour", "day", "week", "month", "quarter", "year"]))
def test_no_axis_of_time_is_overcrowded_or_leaves_its_span(first: datetime, days: int, grain: str) -> None:
    try:
        last = first + timedelta(days=days)
    except OverflowError:
        return
    span = [first, *(first + (last - first) * part / 9 for part in range(1, 9)), last]
    found = time_ticks(span, grain)
    assert len(found) <= MOST + 1
    assert all(first <= one.at <= last for one in found)
