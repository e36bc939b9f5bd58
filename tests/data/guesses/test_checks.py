"""What a CHECK says, in the spelling of each database, and silence where it is not simple."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_admin.data.guesses.checks import Allowed, allowed


@pytest.mark.parametrize(
    "check",
    [
        "status IN ('a', 'b''c')",
        "`status` in ('a','b''c')",
        "\"status\" in ('a', 'b''c')",
        "(status = ANY (ARRAY['a'::text, 'b''c'::text]))",
        "((status)::text = ANY ((ARRAY['a'::character varying, 'b''c'::character varying])::text[]))",
        "status IS NULL OR status IN ('a', 'b''c')",
        "status = 'a' OR status = 'b''c'",
    ],
)
def test_lists_of_values_are_choices(check: str) -> None:
    assert allowed(check) == {"status": Allowed(choices=("a", "b'c"))}


@pytest.mark.parametrize(
    ("check", "meant"),
    [
        ("x >= 0", Allowed(minimum="0")),
        ("0 <= x", Allowed(minimum="0")),
        ("(x > (0)::numeric)", Allowed(above="0")),
        ("x BETWEEN -1.5 AND 5", Allowed(minimum="-1.5", maximum="5")),
        ("((x >= 0) AND (x <= 10))", Allowed(minimum="0", maximum="10")),
        ("length(x) <= 20", Allowed(max_length=20)),
        ("(char_length((x)::text) < 20)", Allowed(max_length=19)),
        ("json_valid(`x`)", Allowed(json=True)),
        ("x IS NULL OR x >= 3", Allowed(minimum="3")),
        ("x >= 1 AND (a OR b)", Allowed(minimum="1")),
    ],
)
def test_bounds_and_lengths_are_read(check: str, meant: Allowed) -> None:
    assert allowed(check)["x"] == meant


@pytest.mark.parametrize(
    "check",
    [
        "x >= 0 OR y >= 0",
        "x > 0 OR z",
        "NOT (x IN (1, 2))",
        "x NOT IN (1, 2)",
        "x <> 3",
        "x + 1 >= 0",
        "x >= 0 + 1",
        "x > y",
        "abs(x) >= 3",
        "length(x) IN (3, 4)",
        "coalesce(x, y) > 3",
        "x IS NOT NULL OR x >= 0",
        "x ~ '^a'",
        "x LIKE 'a%'",
        "CASE WHEN x > 0 THEN true END",
        "(x >= 0",
        "",
        "'",
    ],
)
def test_what_is_not_simple_says_nothing(check: str) -> None:
    assert allowed(check).get("x", Allowed()) == Allowed()


@given(st.text(alphabet="x'\"`()[]<>=,:- 01anordibetwc\n"))
def test_no_text_is_too_much(check: str) -> None:
    allowed(check)


@given(st.lists(st.text(alphabet="ab'\" %();", max_size=5), min_size=1, max_size=5))
def test_any_list_of_texts_comes_back(values: list[str]) -> None:
    spelled = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
    assert allowed(f"x in ({spelled})") == {"x": Allowed(choices=tuple(values))}
