"""Numbers, dates and times as people read them."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_admin.sdk import bucket, compact, figure, number, signs


@pytest.mark.parametrize(
    ("value", "kind", "unit", "text"),
    [
        (None, "money", "EUR", "—"),
        (1204, "integer", None, "1,204"),
        (1204.5, "decimal", None, "1,204.5"),
        (0.1 + 0.2, "decimal", None, "0.3"),
        (0.00012, "decimal", None, "0.00012"),
        (Decimal("82.9"), "money", "EUR", "€82.90"),
        (-5, "money", "EUR", "−€5.00"),
        (12, "money", "SEK", "12.00 SEK"),
        (2.9, "percent", None, "2.9%"),
        (2026, "year", None, "2026"),
        (True, "boolean", None, "Yes"),
        (date(2026, 11, 19), "date", None, "19 Nov 2026"),
        (datetime(2026, 11, 19, 5, 9, tzinfo=UTC), "datetime", None, "19 Nov 2026, 05:09"),
        (time(5, 9), "time", None, "05:09"),
        (float("nan"), "decimal", None, "nan"),
        ("<b>", "text", None, "<b>"),
    ],
)
def test_a_value_in_full(value: Any, kind: str, unit: str | None, text: str) -> None:
    assert figure(value, kind, unit) == text


@pytest.mark.parametrize(
    ("value", "kind", "above", "text"),
    [
        (61_960, "integer", 1_000_000, "61,960"),
        (5_143_000, "money", 1_000_000, "€5.14M"),
        (984_000, "integer", 10_000, "984k"),
        (999_999, "integer", 10_000, "1.00M"),
        (-12_345, "integer", 10_000, "−12.3k"),
        (2782.21, "money", 1_000_000, "€2,782"),
        (82.96, "money", 1_000_000, "€82.96"),
        (10**15, "integer", 1_000_000, "1000T"),
    ],
)
def test_a_big_value_in_three_digits(value: Any, kind: str, above: int, text: str) -> None:
    assert compact(value, kind, "EUR" if kind == "money" else None, above) == text


@pytest.mark.parametrize(
    ("grain", "text"),
    [
        ("year", "2026"), ("quarter", "Q3 2026"), ("month", "Aug 2026"),
        ("week", "Week of 3 Aug 2026"), ("day", "3 Aug 2026"), (None, "3 Aug 2026"),
    ],
)  # fmt: skip
def test_a_step_of_time_has_a_name(grain: str | None, text: str) -> None:
    assert bucket(date(2026, 8, 3), grain) == text


def test_an_hour_and_nothing_have_names_too() -> None:
    assert bucket(datetime(2026, 8, 3, 14), "hour") == "3 Aug 2026, 14:00"
    assert bucket(None, "month") == "—"


numbers = st.one_of(st.integers(), st.floats(), st.decimals(), st.none(), st.booleans(), st.text())


@given(numbers, st.sampled_from(["integer", "decimal", "money", "percent", "year", "text"]))
def test_no_value_is_too_odd_to_be_written(value: Any, kind: str) -> None:
    assert isinstance(figure(value, kind, "EUR"), str)
    assert isinstance(compact(value, kind, "EUR"), str)
    found = number(value)
    assert found is None or found == value or found == float(value)


def test_units_stand_where_they_are_read() -> None:
    assert signs("money", "EUR") == ("€", "")
    assert signs("money", "SEK") == ("", " SEK")
    assert signs("percent", None) == ("", "%")
    assert signs("text", "EUR") == ("", "")
