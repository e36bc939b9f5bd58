"""Relative dates, time zones and variables."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import BadExpression
from nexus_admin.domain.expression import Comparison, Variable
from nexus_admin.domain.resource import Field
from nexus_admin.domain.row import Masked
from nexus_admin.language.evaluate import evaluate
from nexus_admin.language.lower import Lowering
from nexus_admin.language.moments import days_of, moments_of, read_offset, shifted
from nexus_admin.language.paths import Sight
from nexus_admin.language.values import plain_value, typed_value
from nexus_admin.language.variables import MissingVariable, Variables
from tests.language.world import ANN, NOW, schema_for, variables

WEDNESDAY = date(2026, 3, 18)


@pytest.mark.parametrize(
    ("op", "value", "first", "end"),
    [
        ("in_last", "1 days", "2026-03-18", "2026-03-19"),
        ("in_last", "7 days", "2026-03-12", "2026-03-19"),
        ("in_last", "2 weeks", "2026-03-05", "2026-03-19"),
        ("in_last", "1 months", "2026-02-19", "2026-03-19"),
        ("in_last", "1 years", "2025-03-19", "2026-03-19"),
        ("in_next", "1 days", "2026-03-18", "2026-03-19"),
        ("in_next", "7 days", "2026-03-18", "2026-03-25"),
        ("in_period", "today", "2026-03-18", "2026-03-19"),
        ("in_period", "yesterday", "2026-03-17", "2026-03-18"),
        ("in_period", "tomorrow", "2026-03-19", "2026-03-20"),
        ("in_period", "this_week", "2026-03-16", "2026-03-23"),
        ("in_period", "last_week", "2026-03-09", "2026-03-16"),
        ("in_period", "next_month", "2026-04-01", "2026-05-01"),
        ("in_period", "last_quarter", "2025-10-01", "2026-01-01"),
        ("in_period", "this_quarter", "2026-01-01", "2026-04-01"),
        ("in_period", "next_year", "2027-01-01", "2028-01-01"),
    ],
)
def test_a_relative_range_is_whole_days(op: str, value: str, first: str, end: str) -> None:
    assert days_of(op, value, WEDNESDAY) == (date.fromisoformat(first), date.fromisoformat(end))


def test_every_day_of_ten_years_lies_in_its_own_periods_and_no_period_has_a_hole() -> None:
    for number in range(date(2020, 1, 1).toordinal(), date(2030, 1, 1).toordinal()):
        day = date.fromordinal(number)
        for unit in ("week", "month", "quarter", "year"):
            start, end = days_of("in_period", f"this_{unit}", day)
            assert start <= day < end
            assert days_of("in_period", f"last_{unit}", day)[1] == start
            assert days_of("in_period", f"next_{unit}", day)[0] == end


@pytest.mark.parametrize(
    ("day", "offset", "found"),
    [
        ("2026-03-31", "-1 months", "2026-02-28"),
        ("2024-03-31", "-1 months", "2024-02-29"),
        ("2024-02-29", "+1 years", "2025-02-28"),
        ("2026-12-31", "+2 months", "2027-02-28"),
        ("2026-01-15", "-13 months", "2024-12-15"),
        ("2026-03-18", "+2 weeks", "2026-04-01"),
    ],
)
def test_months_and_years_keep_to_the_end_of_the_month(day: str, offset: str, found: str) -> None:
    assert shifted(date.fromisoformat(day), read_offset(offset)) == date.fromisoformat(found)


def test_hours_run_from_now() -> None:
    assert moments_of("in_last", "3 hours", NOW) == (datetime(2026, 3, 18, 12, 30, tzinfo=UTC), NOW)
    assert moments_of("in_next", "30 minutes", NOW) == (NOW, datetime(2026, 3, 18, 16, 0, tzinfo=UTC))


@pytest.mark.parametrize("value", ["999999 years", "999999 weeks", "30 dayz", "30", "-3 days", "1e9 days", 5, None])
def test_a_span_that_is_none_or_leaves_the_calendar_is_refused(value: Any) -> None:
    with pytest.raises(BadExpression, match=r"[.?]$"):
        days_of("in_last", value, WEDNESDAY)


def _bounds(zone: str, native: str = "") -> list[Any]:
    schema = schema_for("postgresql" if native else "sqlite")
    lowering = Lowering(Sight(schema), variables(zone))
    lowering.condition(Comparison(("placed_at",), "in_period", "today"), schema.resource("orders"))
    return lowering.values


def test_today_is_a_day_of_the_viewers_zone_and_is_bound_in_utc() -> None:
    assert _bounds("UTC") == [datetime(2026, 3, 18), datetime(2026, 3, 19)]
    assert _bounds("Asia/Tokyo") == [datetime(2026, 3, 18, 15), datetime(2026, 3, 19, 15)]
    assert _bounds("America/New_York", "aware") == [
        datetime(2026, 3, 18, 4, tzinfo=UTC),
        datetime(2026, 3, 19, 4, tzinfo=UTC),
    ]


def test_a_day_of_summer_time_is_as_long_as_it_is() -> None:
    given = Variables(ANN, datetime(2026, 3, 29, 12, tzinfo=UTC), ZoneInfo("Europe/Paris"))
    schema = schema_for("sqlite")
    lowering = Lowering(Sight(schema), given)
    lowering.condition(Comparison(("placed_at",), "in_period", "today"), schema.resource("orders"))
    assert lowering.values == [datetime(2026, 3, 28, 23), datetime(2026, 3, 29, 22)]


@pytest.mark.parametrize(
    ("op", "held"),
    [("eq", [False, True, False]), ("ne", [True, False, True]), ("lt", [True, False, False]),
     ("le", [True, True, False]), ("gt", [False, False, True]), ("ge", [False, True, True])],
)  # fmt: skip
def test_a_date_compared_with_a_moment_stands_for_its_whole_day(op: str, held: list[bool]) -> None:
    schema = schema_for("sqlite")
    rows = [{"placed_at": datetime(2026, 3, day, 23, 59)} for day in (16, 17, 18)]
    expr = Comparison(("placed_at",), op, "2026-03-17")
    assert [evaluate(expr, row, schema, "orders", variables()) for row in rows] == held


def test_variables_resolve_to_what_is_asked_for() -> None:
    given = variables("Asia/Tokyo", record={"total": Decimal(5), "note": None, "card": Masked()})
    assert given.resolve(Variable("me")) == "user:ann"
    assert given.resolve(Variable("me.country")) == "FR"
    assert given.resolve(Variable("now")) == NOW
    assert given.resolve(Variable("now", "-7 days")) == datetime(2026, 3, 11, 15, 30, tzinfo=UTC)
    assert given.resolve(Variable("today")) == date(2026, 3, 19)
    assert given.resolve(Variable("today", "+1 months")) == date(2026, 4, 19)
    assert given.resolve(Variable("record.total")) == Decimal(5)
    assert given.resolve(Variable("record.note")) is None
    for name in ("me.team", "record.absent", "record.card"):
        with pytest.raises(MissingVariable):
            given.resolve(Variable(name))
    for bad in (Variable("you"), Variable("me."), Variable("record"), Variable("now.x"), Variable("now", "soon")):
        with pytest.raises(BadExpression):
            given.resolve(bad)


def test_an_attribute_that_is_none_is_missing() -> None:
    given = variables(actor=Actor("user:bob", attributes={"country": None}))
    with pytest.raises(MissingVariable, match="user:bob has no attribute called 'country'"):
        given.resolve(Variable("me.country"))


@pytest.mark.parametrize(
    ("kind", "native", "given", "typed"),
    [
        ("integer", "", "7", 7),
        ("integer", "", 7.0, 7),
        ("integer", "NUMERIC(30)", "99999999999999999999", 99999999999999999999),
        ("money", "", 0.1, Decimal("0.1")),
        ("decimal", "", "1e3", Decimal("1e3")),
        ("year", "", 2026, 2026),
        ("boolean", "", "TRUE", True),
        ("date", "", "2026-03-01", date(2026, 3, 1)),
        ("date", "", datetime(2026, 3, 1, 23, tzinfo=UTC), date(2026, 3, 1)),
        ("time", "", "10:30", time(10, 30)),
        ("datetime", "", "2026-03-01 10:30+02:00", datetime(2026, 3, 1, 8, 30)),
        ("datetime", "timestamptz", "2026-03-01T10:30", datetime(2026, 3, 1, 10, 30, tzinfo=UTC)),
        ("datetime", "", date(2026, 3, 1), datetime(2026, 3, 1)),
        ("uuid", "", "{00000000-0000-0000-0000-00000000000A}", UUID(int=10)),
        ("text", "", "é", "é"),
    ],
)
def test_a_value_is_typed_by_its_field(kind: str, native: str, given: Any, typed: Any) -> None:
    found = typed_value(Field("x", "X", kind, native=native), given)
    assert found == typed
    assert type(found) is type(typed)


@pytest.mark.parametrize(
    ("kind", "given"),
    [("integer", True), ("integer", 2**63), ("integer", "1.5"), ("integer", [1]), ("money", "1,5"), ("integer", "NaN"),
     ("money", "٣"), ("date", "2026-02-30"), ("date", "20260301"), ("date", 5), ("datetime", "2026-03-01T25:00"),
     ("datetime", "now"), ("datetime", "0001-01-01T00:00+10:00"), ("time", "24:61"), ("boolean", 1), ("text", 5),
     ("uuid", 5), ("uuid", "x"), ("binary", "x"), ("unknown", True), ("no such kind", 1)],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_refused_with_its_fields_name(kind: str, given: Any) -> None:
    with pytest.raises(BadExpression, match=r"^x (expects|is compared)"):
        typed_value(Field("x", "X", kind), given)


@pytest.mark.parametrize(
    ("kind", "given", "plain"),
    [("money", "100.00", 100), ("money", 0.1, 0.1), ("money", "0.1000000000000000055", "0.1000000000000000055"),
     ("integer", "07", 7), ("boolean", "true", True), ("date", date(2026, 3, 1), "2026-03-01"),
     ("uuid", UUID(int=1), "00000000-0000-0000-0000-000000000001"), ("text", "7", "7")],
)  # fmt: skip
def test_equal_values_are_written_alike(kind: str, given: Any, plain: Any) -> None:
    assert plain_value(Field("x", "X", kind), given) == plain
