"""Row values survive the ledger exactly."""

import math
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from ipaddress import ip_address
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_admin.audit.values import RowText, compact, from_json, same, to_json
from nexus_admin.domain.row import Masked, Unreadable
from nexus_admin.state.vault import Vault
from tests.audit.conftest import KEY

TEXT = RowText(Vault([KEY]))


def through(value: object) -> object:
    row, _ = TEXT.read(TEXT.write({"v": value}, (), "e/0", "before"), None, "e/0")
    assert row is not None
    return row["v"]


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        -(2**200),
        1.5,
        -0.0,
        5e-324,
        math.inf,
        "",
        "\x00\ud800 ünïcode 🦉 \u202e",
        "$decimal",
        Decimal("1.10"),
        Decimal("-0.00"),
        Decimal("1E+400"),
        Decimal("Infinity"),
        b"",
        b"\x00\xff",
        date(1, 1, 1),
        datetime(9999, 12, 31, 23, 59, 59, 999999),
        datetime(2026, 3, 1, 12, tzinfo=UTC),
        datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=-3, minutes=-30, seconds=-7))),
        datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Paris"), fold=1),
        time(23, 59, 59, 1),
        time(1, tzinfo=timezone(timedelta(hours=14))),
        timedelta(days=-3, microseconds=1),
        timedelta.max,
        UUID("01890a5d-ac96-774b-bcce-b302099a8057"),
        [1, [Decimal("2.50"), {"a": None}], []],
        {"$decimal": "not ours", "b": [1.0, True]},
        {"a": {"deep": {"er": [date(2026, 1, 1)]}}, "": 0},
        {1: "one", (2, "b"): "two"},
        (1, "a"),
        Masked("h•••@example.com"),
        Unreadable("0000-00-00"),
    ],
    ids=repr,
)
def test_a_value_comes_back_exactly(value: object) -> None:
    back = through(value)
    assert back == value
    assert repr(back) == repr(value)


def test_not_a_number_comes_back_as_such() -> None:
    assert math.isnan(through(math.nan))  # type: ignore[arg-type]
    assert str(through(Decimal("NaN"))) == "NaN"
    assert str(through(Decimal("sNaN123"))) == "sNaN123"


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.decimals(allow_nan=False)
    | st.binary() | st.dates() | st.datetimes() | st.times() | st.timedeltas() | st.uuids(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["$decimal", "$sealed", "$"]), inner),
    max_leaves=12,
)  # fmt: skip


@given(_json)
def test_any_value_comes_back_exactly(value: object) -> None:
    assert from_json(to_json(value)) == value
    assert compact(to_json(value)).isascii()


def test_what_nobody_foresaw_is_kept_as_text_and_never_written_back() -> None:
    assert through(ip_address("::1")) == Unreadable("::1")


def test_what_is_nested_beyond_reason_does_not_stop_the_audit() -> None:
    deep: list = []
    for _ in range(50_000):
        deep = [deep]
    assert isinstance(through(deep), Unreadable)


@given(_json.filter(lambda value: value is not None))
def test_a_sealed_value_comes_back_exactly_in_its_place(value: object) -> None:
    text = TEXT.write({"pin": value}, ("pin",), "e/0", "after")
    assert TEXT.read(None, text, "e/0", unsealed=True) == (None, {"pin": value})
    assert TEXT.read(None, text, "e/1", unsealed=True) == (None, {"pin": Masked("••••")})
    assert TEXT.read(None, text, "e/0") == (None, {"pin": Masked("••••")})


def test_a_row_that_looks_like_something_sealed_is_not_taken_for_it() -> None:
    assert through({"$sealed": "AAAA", "same": "0"}) == {"$sealed": "AAAA", "same": "0"}


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (Decimal("1.1"), Decimal("1.10"), True),
        (1, Decimal("1.00"), True),
        (math.nan, Decimal("NaN"), True),
        (math.nan, 1.0, False),
        (Decimal("sNaN"), Decimal(1), False),
        ([1, {"a": math.nan}], (Decimal(1), {"a": math.nan}), True),
        ({"a": 1}, {"a": 1, "b": None}, False),
        ([1], [1, 2], False),
        (None, "", False),
        ("1", 1, False),
        (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1), False),
        (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))), True),
        (Masked(), "x", False),
    ],
)
def test_values_are_alike_as_a_database_sees_them(one: object, other: object, alike: bool) -> None:
    assert same(one, other) is alike
    assert same(other, one) is alike
