"""One number and what stands around it."""

from datetime import date
from decimal import Decimal

import pytest
from pydantic import ValidationError

from nexus_admin.sdk import And, Comparison, Variable
from nexus_admin.sdk import ResultColumn as Column
from tests.widgets.worlds import answer, asked, number
from widgets.metric_card import nexus_widgets

(CARD,) = nexus_widgets()


@pytest.mark.req("S003-WIDG-03")
def test_with_a_period_it_asks_for_now_for_the_period_before_and_for_the_course() -> None:
    _, queries = asked(CARD, resource="orders", fn="sum", field="total", time="placed_at", period="30 days")
    assert [one.where for one in queries] == [
        Comparison(("placed_at",), "in_last", "30 days"),
        And(
            (
                Comparison(("placed_at",), "gt", Variable("today", "-60 days")),
                Comparison(("placed_at",), "le", Variable("today", "-30 days")),
            )
        ),
        Comparison(("placed_at",), "in_last", "30 days"),
    ]
    assert queries[2].dimensions[0].grain == "day"


def test_without_a_time_it_is_one_question() -> None:
    _, queries = asked(CARD, resource="orders")
    assert len(queries) == 1
    assert queries[0].measures[0].fn == "count"


@pytest.mark.req("S003-WIDG-03")
def test_it_says_how_much_and_whether_that_is_good() -> None:
    options, _ = asked(CARD, resource="orders", time="placed_at", period="this_month", spark=False)
    drawing = CARD.draw(options, [number(61_960), number(58_398)])
    assert drawing.context["change"] == {
        "text": "6.1%",
        "direction": "up",
        "tone": "good",
        "was": "58,398",
        "against": "58,398 last month",
        "said": "6.1% up on 58,398 last month",
    }
    assert drawing.summary == "It is 61,960, 6.1% up on 58,398 last month."


def test_what_should_fall_is_bad_when_it_rises() -> None:
    options, _ = asked(CARD, resource="orders", time="placed_at", period="7 days", good="down", spark=False)
    drawing = CARD.draw(options, [number(2.9, "percent"), number(2.5, "percent")])
    assert drawing.context["change"]["tone"] == "bad"
    assert drawing.context["change"]["text"] == "0.4 pts"
    assert drawing.context["value"] == "2.9%"


@pytest.mark.parametrize(
    ("now", "before", "text", "direction"),
    [(5, 0, "5", "up"), (0, 0, "0%", "same"), (5000, 1, "× 5,000", "up"), (0, 5, "100.0%", "down")],
)
def test_a_change_from_or_to_nothing_is_no_division_by_zero(now: int, before: int, text: str, direction: str) -> None:
    options, _ = asked(CARD, resource="orders", time="placed_at", period="7 days", spark=False)
    change = CARD.draw(options, [number(now), number(before)]).context["change"]
    assert (change["text"], change["direction"]) == (text, direction)


def test_no_value_is_a_dash_and_no_change() -> None:
    options, _ = asked(CARD, resource="orders", fn="avg", field="total", time="placed_at", period="7 days", spark=False)
    drawing = CARD.draw(options, [number(None, "money"), number(Decimal(3), "money")])
    assert drawing.context["value"] == "—"
    assert drawing.context["change"] is None
    assert drawing.summary == "There is no value."


@pytest.mark.req("S003-WIDG-03")
def test_the_course_has_no_holes_and_ends_at_the_newest_step() -> None:
    options, _ = asked(CARD, resource="orders", time="placed_at", compare=False, grain="day")
    steps = answer(
        [Column("step", "date", grain="day"), Column("value", "integer")],
        (date(2026, 3, 5), 8),
        (date(2026, 3, 1), 4),
    )
    line = CARD.draw(options, [number(12), steps]).context["course"]
    assert line["line"].count("L") == 4, "five days make five points"
    assert line["y"] == "3.0", "the newest is the highest"


@pytest.mark.req("S003-WIDG-03")
def test_a_target_is_shown_as_a_share_and_said() -> None:
    options, _ = asked(CARD, resource="orders", target=20_000)
    drawing = CARD.draw(options, [number(15_000)])
    assert drawing.context["target"] == {"value": 15_000.0, "most": 20_000.0, "text": "20,000", "met": False}
    assert drawing.summary == "It is 15,000. The target of 20,000 is not reached."


def test_options_that_cannot_work_are_refused_with_a_reason() -> None:
    with pytest.raises(ValidationError, match="sum needs a field"):
        asked(CARD, resource="orders", fn="sum")
    with pytest.raises(ValidationError, match="A period needs the option time"):
        asked(CARD, resource="orders", period="30 days")
    with pytest.raises(ValidationError, match="Did you mean 'this_month'"):
        asked(CARD, resource="orders", time="placed_at", period="this_mont")
