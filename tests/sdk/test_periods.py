"""Periods as people choose them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import BadExpression
from nexus_admin.domain.expression import Expression
from nexus_admin.domain.kinds import PERIODS
from nexus_admin.language.evaluate import evaluate
from nexus_admin.language.variables import Variables, ZoneInfo
from nexus_admin.sdk import before, before_title, filled, grain_for, moved_on, period_title, step_after, within
from nexus_admin.testing.schemas import shop

SHOP = shop()
NOW = datetime(2026, 3, 31, 15, 30, tzinfo=UTC)
DAYS = [date(2024, 1, 1) + timedelta(days=at) for at in range(1500)]


def days(expression: Expression | None, kind: str) -> list[date]:
    """The days whose noon satisfies *expression*."""
    assert expression is not None
    variables = Variables(Actor("user:1"), NOW, ZoneInfo("UTC"))
    field = "placed_at" if kind == "datetime" else "shipped_on"
    return [
        day
        for day in DAYS
        if evaluate(
            expression,
            {field: datetime(day.year, day.month, day.day, 12) if kind == "datetime" else day},
            SHOP,
            "orders",
            variables,
        )
    ]


@pytest.mark.parametrize("kind", ["datetime", "date"])
@pytest.mark.parametrize(
    "period", ["7 days", "30 days", "1 day", "4 weeks", "this_month", "this_week", "today", "2026-02-01..2026-02-28"]
)
def test_the_period_before_ends_where_the_period_begins(kind: str, period: str) -> None:
    path = ("placed_at",) if kind == "datetime" else ("shipped_on",)
    now = days(within(path, kind, period), kind)
    earlier = days(before(path, kind, period), kind)
    assert earlier[-1] + timedelta(days=1) == now[0]
    if not period.startswith("this") and period != "today":
        assert len(now) == len(earlier)


@pytest.mark.parametrize("kind", ["datetime", "date"])
def test_twelve_months_before_the_last_twelve_are_those_before(kind: str) -> None:
    path = ("placed_at",) if kind == "datetime" else ("shipped_on",)
    now, earlier = days(within(path, kind, "12 months"), kind), days(before(path, kind, "12 months"), kind)
    assert (now[0], earlier[-1]) == (date(2025, 4, 1), date(2025, 3, 31))


def test_both_days_of_a_range_are_in_it_and_one_may_be_left_out() -> None:
    found = days(within(("placed_at",), "datetime", "2026-03-01..2026-03-10"), "datetime")
    assert (found[0], found[-1]) == (date(2026, 3, 1), date(2026, 3, 10))
    assert days(within(("placed_at",), "datetime", "2026-03-01.."), "datetime")[0] == date(2026, 3, 1)
    assert days(within(("placed_at",), "datetime", "..2024-01-05"), "datetime")[-1] == date(2024, 1, 5)
    assert before(("placed_at",), "datetime", "2026-03-01..") is None


@pytest.mark.parametrize("period", PERIODS)
def test_every_named_period_has_a_title_and_a_grain(period: str) -> None:
    assert period_title(period)[0].isupper()
    assert grain_for(period) in ("hour", "day", "week", "month")
    assert days(within(("placed_at",), "datetime", period), "datetime")


@pytest.mark.parametrize(
    ("period", "grain"),
    [
        ("24 hours", "hour"),
        ("2 days", "hour"),
        ("90 days", "day"),
        ("12 months", "week"),
        ("5 years", "month"),
        (None, "month"),
    ],
)
def test_the_grain_makes_some_dozens_of_steps(period: str | None, grain: str) -> None:
    assert grain_for(period) == grain


@pytest.mark.parametrize("wrong", ["", "30", "last week", "0 days", "30 fortnights", "..", "2026-13-01..", "this_mont"])
def test_what_is_no_period_is_said(wrong: str) -> None:
    with pytest.raises(BadExpression):
        within(("placed_at",), "datetime", wrong)


def test_titles_are_read_after_a_figure() -> None:
    assert before_title("30 days") == "the 30 days before"
    assert before_title("this_month") == "last month"
    assert period_title("2026-03-01..2026-03-10") == "1 Mar 2026 to 10 Mar 2026"


def test_a_step_moves_on_to_its_like_in_the_next_period() -> None:
    assert moved_on(date(2026, 2, 1), "28 days", "day") == date(2026, 3, 1)
    assert moved_on(date(2025, 3, 1), "12 months", "month") == date(2026, 3, 1)
    assert moved_on(date(2026, 1, 31), "this_month", "day") is None
    moved = moved_on(date(2025, 3, 31), "12 months", "week")
    assert moved is not None
    assert moved.weekday() == 0


@pytest.mark.parametrize(
    ("grain", "end"),
    [
        ("year", date(2025, 12, 1)),
        ("quarter", date(2025, 3, 1)),
        ("month", date(2025, 1, 1)),
        ("week", date(2024, 12, 8)),
    ],
)
def test_a_step_ends_where_the_next_begins(grain: str, end: date) -> None:
    assert step_after(date(2024, 12, 1), grain) == end


def test_holes_are_filled_and_the_absurd_is_left_alone() -> None:
    points = {date(2026, 1, 1): 4, date(2026, 4, 1): 2}
    assert list(filled(points, "month", 0).values()) == [4, 0, 0, 2]
    far = {date(1900, 1, 1): 1, date(2026, 4, 1): 2}
    assert filled(far, "day", 0) == far
    assert filled({"x": 1}, "month") == {"x": 1}
    assert filled({date(9999, 12, 1): 1}, "month") == {date(9999, 12, 1): 1}
