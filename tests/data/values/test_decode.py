"""Decoding: every value of every driver becomes a Python value or Unreadable, and nothing ever raises."""

import math
import uuid
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_admin.data.drivers.sqlite import BrokenText
from nexus_admin.data.values.decode import decode, decoder
from nexus_admin.data.values.json_values import JSON_NULL, JsonArray, JsonObject, JsonString
from nexus_admin.domain.kinds import FAMILIES
from nexus_admin.domain.resource import Field
from nexus_admin.domain.row import Unreadable

ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(), st.decimals(), st.uuids(),
    st.lists(st.integers()), st.datetimes(), st.dates(), st.sampled_from(
        ["infinity", "0000-00-00", "24:00:00", "10000-01-01", "0044-03-15 BC", "{", "[" * 6000, "NaN", "1e400", "maybe"]
    ),
)  # fmt: skip


def field(kind: str, **more: Any) -> Field:
    return Field("f", "F", kind, **more)


@given(ANYTHING, st.sampled_from([*FAMILIES, "a_plugins_own"]), st.sampled_from(["sqlite", "postgresql", "mysql"]))
def test_no_value_of_any_kind_ever_raises(raw: Any, kind: str, dialect: str) -> None:
    for one in (field(kind), field(kind, scale=2, native="NUMERIC(10,2)"), field(kind, native="DOUBLE PRECISION")):
        value = decode(one, raw, dialect)
        assert (value is None) == (raw is None)
        assert list(decoder(one, dialect).column([raw, None]))[1] is None


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        ("boolean", 1, True), ("boolean", 0, False), ("boolean", b"\x01", True), ("boolean", True, True),
        ("date", "2024-02-29", date(2024, 2, 29)), ("date", "2024-02-29 00:00:00", date(2024, 2, 29)),
        ("datetime", "2024-02-29 12:30:00", datetime(2024, 2, 29, 12, 30)),
        ("datetime", "2024-02-29T12:30:00.25Z", datetime(2024, 2, 29, 12, 30, 0, 250000, UTC)),
        ("datetime", "2024-02-29", datetime(2024, 2, 29)),
        ("time", "12:30:00", time(12, 30)),
        ("integer", 5, 5), ("integer", 5.0, 5), ("text", 5, "5"), ("text", "", ""),
        ("uuid", "ABC", "ABC"), ("uuid", uuid.UUID(int=7).bytes, uuid.UUID(int=7)), ("binary", b"x", b"x"),
        ("json", '{"a": 1}', {"a": 1}), ("json", "[1]", [1]), ("json", '"s"', "s"), ("json", "null", JSON_NULL),
    ],
)  # fmt: skip
def test_values_are_read_as_their_kind(kind: str, raw: Any, value: Any) -> None:
    found = decode(field(kind), raw, "sqlite")
    assert found == value
    assert isinstance(found, type(value))


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("boolean", 2), ("boolean", "maybe"), ("boolean", ""), ("boolean", "true"),
        ("date", "0000-00-00"), ("date", "infinity"), ("date", "10000-01-01"), ("date", ""), ("date", 1700000000),
        ("date", "2024-02-29 12:00:00"), ("date", "0044-03-15 BC"),
        ("datetime", "24:00:00"), ("datetime", "2024-01-01 24:00:00"), ("datetime", 1700000000),
        ("datetime", "2024-01-01 00:00:00.123456789"), ("time", "24:00:00"), ("time", "12:00:00.123456789+02:00"),
        ("integer", "12a"), ("integer", 5.5), ("decimal", "abc"), ("decimal", math.inf), ("decimal", Decimal("NaN")),
        ("json", "{bad"), ("json", "[" * 6000 + "]" * 6000), ("json", "NaN"), ("json", b"{}"), ("binary", "text"),
        ("text", b"\xff"), ("text", BrokenText.of(b"caf\xe9")),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_kept_as_text_and_marked(kind: str, raw: Any) -> None:
    dialect = "postgresql" if raw == "2024-01-01 24:00:00" else "sqlite"
    assert isinstance(decode(field(kind), raw, dialect), Unreadable)


def test_bytes_that_cannot_be_read_are_shown_as_sql_spells_them() -> None:
    assert decode(field("text"), b"\xff\x00", "sqlite") == Unreadable("X'ff00'")


def test_decimals_of_sqlite_are_the_decimals_that_its_floats_are_shown_as() -> None:
    price = field("money", native="NUMERIC(10, 2)", scale=2)
    assert [str(decode(price, raw, "sqlite")) for raw in (9.5, 10, 0.1 + 0.2, "7.25", -0.005)] == [
        "9.50", "10.00", "0.30000000000000004", "7.25", "-0.005",
    ]  # fmt: skip
    assert decode(field("decimal", native="REAL"), 0.1, "sqlite") == 0.1
    assert decode(field("money", native="REAL"), 0.1, "sqlite") == Decimal("0.1")


def test_json_keeps_the_text_that_it_came_from() -> None:
    value = decode(field("json"), '{ "a": 1,  "a": 2 }', "postgresql")
    assert isinstance(value, JsonObject)
    assert value.text == '{ "a": 1,  "a": 2 }'
    assert isinstance(decode(field("json"), "[]", "mysql"), JsonArray)
    assert isinstance(decode(field("json"), '"x"', "mysql"), JsonString)
    assert decode(field("json"), "[1e400]", "mysql") == [Decimal("1e400")]


def test_arrays_are_read_element_by_element() -> None:
    dates = field("array", unit="date", native="DATE[]")
    assert decode(dates, ["2024-01-01", None, "infinity"], "postgresql") == [
        date(2024, 1, 1), None, Unreadable("infinity"),
    ]  # fmt: skip
    assert decode(field("array", unit="integer"), [[1, 2], [3, 4]], "postgresql") == [[1, 2], [3, 4]]
    assert decode(field("array", unit="text"), '["a"]', "sqlite") == ["a"]


def test_one_odd_value_spoils_no_other_of_its_column() -> None:
    column = decoder(field("date"), "postgresql").column(["2024-01-01", "infinity", None, "2024-01-02"])
    assert list(column) == [date(2024, 1, 1), Unreadable("infinity"), None, date(2024, 1, 2)]


def test_types_that_are_not_ours_stay_the_text_that_the_database_wrote() -> None:
    assert decode(field("duration", as_text=True), "1 year 2 mons", "postgresql") == "1 year 2 mons"
    assert decode(field("range", as_text=True), "[1,5)", "postgresql") == "[1,5)"
