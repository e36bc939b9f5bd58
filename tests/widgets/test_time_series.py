"""Numbers over time."""

from datetime import date

import pytest

from nexus_admin.sdk import ResultColumn as Column
from tests.widgets.worlds import answer, asked
from widgets.time_series import nexus_widgets

(SERIES,) = nexus_widgets()
STEP = Column("step", "date", grain="month", path=("placed_at",))
COUNT = Column("Orders", "integer", title="Orders")


@pytest.mark.req("S003-WIDG-11")
def test_a_step_without_rows_is_a_nought_for_counts_and_a_hole_for_averages() -> None:
    options, _ = asked(
        SERIES,
        resource="orders",
        time="placed_at",
        numbers=[{"fn": "count"}, {"fn": "avg", "field": "total", "name": "Each"}],
    )
    result = answer(
        [STEP, COUNT, Column("Each", "money", "EUR")],
        (date(2026, 3, 1), 2, 5),
        (date(2026, 1, 1), 4, 7),
    )
    counts, each = SERIES.draw(options, [result]).context["chart"]["data"]
    assert counts["x"] == ["2026-01-01", "2026-02-01", "2026-03-01"]
    assert counts["y"] == [4, 0, 2]
    assert each["y"] == [7, None, 5]


@pytest.mark.req("S003-WIDG-02")
def test_every_mark_carries_the_address_of_its_rows() -> None:
    options, _ = asked(SERIES, resource="orders", time="placed_at")
    result = answer([STEP, COUNT], (date(2026, 3, 1), 2), (date(2026, 1, 1), 4), links=["/march", "/january"])
    (trace,) = SERIES.draw(options, [result]).context["chart"]["data"]
    assert trace["customdata"] == ["/january", None, "/march"]


def test_a_series_for_each_group_keeps_the_seven_largest_and_adds_up_the_rest() -> None:
    options, _ = asked(SERIES, resource="orders", time="placed_at", by="customer.country", kind="area")
    columns = [STEP, Column("group", "text"), COUNT]
    rows = [(date(2026, 1, 1), f"country {at}", 10 - at) for at in range(9)]
    traces = SERIES.draw(options, [answer(columns, *rows)]).context["chart"]["data"]
    assert [one["name"] for one in traces] == [f"country {at}" for at in range(7)] + ["Other"]
    assert traces[-1]["y"] == [3 + 2]
    assert {one["stackgroup"] for one in traces} == {"all"}


def test_the_period_before_stands_on_the_steps_of_this_one() -> None:
    options, queries = asked(
        SERIES, resource="orders", time="placed_at", period="2026-03-01..2026-03-10", grain="day", compare=True
    )
    assert len(queries) == 2
    step = Column("step", "date", grain="day", path=("placed_at",))
    now = answer([step, COUNT], (date(2026, 3, 2), 5), (date(2026, 3, 1), 3))
    before = answer([step, COUNT], (date(2026, 2, 20), 9), (date(2026, 2, 19), 1))
    here, there = SERIES.draw(options, [now, before]).context["chart"]["data"]
    assert here["x"] == ["2026-03-01", "2026-03-02"]
    assert there["x"] == ["2026-03-01", "2026-03-02"]
    assert there["name"] == "Orders, before"
    assert there["nx"] == {"compare": True}


def test_the_sentence_says_the_span_the_most_and_the_least() -> None:
    options, _ = asked(SERIES, resource="orders", time="placed_at")
    result = answer([STEP, COUNT], (date(2026, 3, 1), 2), (date(2026, 1, 1), 41_204))
    assert SERIES.draw(options, [result]).summary == (
        "Orders by month from Jan 2026 to Mar 2026: most 41,204 (Jan 2026), least 0 (Feb 2026)."
    )


def test_a_cut_loses_the_oldest_steps_not_the_newest() -> None:
    _, (query,) = asked(SERIES, resource="orders", time="placed_at", period="90 days")
    assert query.sort == ("-step",)
    assert query.dimensions[0].grain == "day"


def test_two_numbers_of_one_name_get_two_names() -> None:
    _, (query,) = asked(SERIES, resource="orders", time="placed_at", numbers=[{"name": "step"}, {"name": "step"}])
    assert [one.name for one in query.measures] == ["step (2)", "step (3)"]


def test_numbers_of_different_kinds_share_an_axis_of_plain_numbers() -> None:
    options, _ = asked(
        SERIES,
        resource="orders",
        time="placed_at",
        numbers=[{"fn": "count"}, {"fn": "avg", "field": "total", "name": "Each"}],
    )
    result = answer([STEP, COUNT, Column("Each", "money", "EUR")], (date(2026, 1, 1), 4, 7), links=["/january"])
    drawn = SERIES.draw(options, [result]).context
    assert drawn["chart"]["layout"]["yaxis"]["tickprefix"] == ""
    assert "<title>Orders, Each by month</title>" in drawn["picture"]
    assert "<title>Orders, Jan 2026: 4</title>" in drawn["picture"]
