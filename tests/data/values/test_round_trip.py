"""Values shown as text, written and read again: nothing changes on the way."""

import uuid
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_admin.data.values.decode import decode
from nexus_admin.data.values.encode import array_literal, binder, encode
from nexus_admin.data.values.json_values import JSON_NULL, parsed_json
from nexus_admin.data.values.keys import key_of, key_values
from nexus_admin.data.values.parse import parse_input
from nexus_admin.data.values.show import same, to_json, to_text
from nexus_admin.domain.errors import Invalid
from nexus_admin.domain.kinds import FAMILIES, family
from nexus_admin.domain.resource import Field, Resource
from nexus_admin.domain.row import Masked, Unreadable

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
ZONES = st.sampled_from([None, UTC, timezone(timedelta(hours=14)), timezone(-timedelta(hours=3, minutes=30))])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
)
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**10), max_value=10**10)


def values_of(kind: str) -> st.SearchStrategy[Any]:  # noqa: C901  (a table, written as a match)
    """Values of a kind, as decoding makes them."""
    match kind, family(kind):
        case (("integer" | "year"), _):
            return st.integers(-(2**15), 2**15 - 1)
        case _, "number":
            return DECIMALS
        case _, "boolean":
            return st.booleans()
        case _, "date":
            return st.dates()
        case _, "datetime":
            return st.datetimes(timezones=ZONES, min_value=datetime(1000, 1, 2), max_value=datetime(9999, 1, 1))
        case _, "time":
            return st.times()
        case _, "json":
            return JSON.map(lambda value: parsed_json(__import__("json").dumps(value)))
        case _, "array":
            return st.lists(TEXT)
        case "uuid", _:
            return st.uuids()
        case "binary", _:
            return st.binary(min_size=1)
    return TEXT.filter(lambda text: text.strip() != "")


@pytest.mark.parametrize("kind", sorted(FAMILIES))
def test_what_an_input_shows_is_read_back_as_the_same_value(kind: str) -> None:
    field = Field("f", "F", kind, unit="text" if kind == "array" else None)

    @given(values_of(kind))
    def holds(value: Any) -> None:
        again = parse_input(field, to_text(field, value))
        assert same(field, again, value)
        assert same(field, parse_input(field, value), value)

    holds()


@pytest.mark.parametrize("kind", sorted(FAMILIES))
def test_what_is_written_to_sqlite_is_read_back_as_the_same_value(kind: str) -> None:
    field = Field("f", "F", kind, unit="text" if kind == "array" else None)

    @given(values_of(kind))
    def holds(value: Any) -> None:
        raw = encode(field, value, "sqlite")
        assert type(raw) in (int, float, str, bytes)
        assert same(field, decode(field, raw, "sqlite"), value if kind != "uuid" else str(value))

    holds()


def test_every_value_of_a_row_is_json_for_programs() -> None:
    assert to_json({"a": Decimal("1.50"), "b": b"x", "c": [date(2024, 1, 1), time(1)], "d": uuid.UUID(int=1)}) == {
        "a": "1.50", "b": "eA==", "c": ["2024-01-01", "01:00:00"], "d": "00000000-0000-0000-0000-000000000001",
    }  # fmt: skip
    assert to_json(JSON_NULL) is None
    assert to_json(Unreadable("infinity")) == "infinity"
    assert to_json(Masked("h•••@x")) == "h•••@x"
    assert to_json(float("nan")) == "nan"
    assert to_json(timedelta(hours=1)) == "1:00:00"


@pytest.mark.parametrize(
    ("field", "given", "sentence"),
    [
        (Field("f", "F", "integer"), "12a", "Must be a whole number."),
        (Field("f", "F", "integer"), True, "Must be a whole number."),
        (Field("f", "F", "integer"), str(2**63), f"Must be between {-(2**63)} and {2**63 - 1}."),
        (Field("f", "F", "integer", minimum="1"), "0", "Must be at least 1."),
        (Field("f", "F", "integer", maximum="9"), 10, "Must be at most 9."),
        (Field("f", "F", "decimal"), "1,5", "Must be a number, e.g. 12.50."),
        (Field("f", "F", "decimal"), "NaN", "Must be a number, e.g. 12.50."),
        (Field("f", "F", "money", scale=2), "1.005", "At most 2 digits after the point."),
        (Field("f", "F", "money", precision=5, scale=2), "1000", "At most 3 digits before the point."),
        (Field("f", "F", "decimal"), "0.1234567890123456789", "Has more digits than this database keeps (about 15)."),
        (Field("f", "F", "boolean"), "maybe", "Must be yes or no."),
        (Field("f", "F", "date"), "31.12.2025", "Must be a date such as 2025-12-31."),
        (Field("f", "F", "datetime"), "soon", "Must be a date and time such as 2025-12-31 18:30."),
        (Field("f", "F", "datetime"), "2025-12-31 10:00:00.1234567", "At most six digits after the second."),
        (Field("f", "F", "time"), "25:00", "Must be a time such as 18:30."),
        (
            Field("f", "F", "enum", choices=("paid", "open")),
            "payed",
            "'payed' is not one of the choices. Did you mean 'paid'?",
        ),
        (Field("f", "F", "text", max_length=3), "four", "At most 3 characters; this has 4."),
        (Field("f", "F", "text"), 4, "Must be text."),
        (Field("f", "F", "text", nullable=False, required=True), "", "Needs a value."),
        (Field("f", "F", "integer", nullable=False), None, "Needs a value."),
        (Field("f", "F", "uuid"), "7", "Must be a UUID such as 0193a1b2-0000-7000-8000-000000000000."),
        (Field("f", "F", "binary"), "???", "Must be base64."),
        (Field("f", "F", "array"), "a, b", 'Must be a list such as ["a", "b"].'),
        (Field("f", "F", "text"), "half \ud800", "Holds half a character. Type it again."),
    ],
)
def test_what_does_not_fit_is_answered_with_a_sentence(field: Field, given: Any, sentence: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_input(field, given, "sqlite")
    assert caught.value.fields == {"f": sentence}


@pytest.mark.parametrize(
    ("native", "most"), [("SMALLINT", 32767), ("integer", 2**31 - 1), ("int(10) unsigned", 2**32 - 1)]
)
def test_whole_numbers_keep_within_their_column(native: str, most: int) -> None:
    field = Field("f", "F", "integer", native=native)
    assert parse_input(field, str(most), "mysql") == most
    with pytest.raises(Invalid, match=f"and {most}"):
        parse_input(field, str(most + 1), "mysql")


def test_an_empty_input_is_null_where_the_field_takes_it() -> None:
    assert parse_input(Field("f", "F", "text"), "") is None
    assert parse_input(Field("f", "F", "integer"), " ") is None
    assert parse_input(Field("f", "F", "text", nullable=False), "") == ""
    assert parse_input(Field("f", "F", "text"), " ") == " "


def test_a_moment_is_placed_as_its_column_keeps_it() -> None:
    aware, naive = Field("f", "F", "datetime", native="timestamp with time zone"), Field("f", "F", "datetime")
    assert parse_input(aware, "2025-01-01T10:00", "postgresql") == datetime(2025, 1, 1, 10, tzinfo=UTC)
    assert parse_input(naive, "2025-01-01T10:00+02:00", "postgresql") == datetime(2025, 1, 1, 8)
    assert binder(naive, "mysql")(datetime(2025, 1, 1, 10, tzinfo=UTC)) == "2025-01-01 10:00:00"


def test_lists_are_written_as_postgresql_writes_arrays() -> None:
    assert array_literal([1, None, 'a "b" \\', Decimal("1.5"), True, [date(2024, 1, 1)]]) == (
        r'{1,NULL,"a \"b\" \\",1.5,true,{"2024-01-01"}}'
    )


def test_what_was_never_readable_is_written_back_as_it_was() -> None:
    assert encode(Field("f", "F", "date"), Unreadable("0000-00-00"), "mysql") == "0000-00-00"
    assert encode(Field("f", "F", "text"), Unreadable("X'ff00'"), "sqlite") == b"\xff\x00"
    assert encode(Field("f", "F", "json"), JSON_NULL, "postgresql") == "null"
    assert encode(Field("f", "F", "json"), "plain", "postgresql") == '"plain"'


def test_keys_of_any_kind_come_back_from_an_address() -> None:
    fields = (Field("n", "N", "integer"), Field("t", "T", "text"), Field("b", "B", "binary"), Field("u", "U", "uuid"))
    resource = Resource("s", "r", "r", "R", "R", key=("n", "t", "b", "u"), fields=fields)
    one = uuid.UUID(int=5)
    segment = key_of([7, "a,b/~ \n", b"\x00\xff", one])
    assert "/" not in segment
    assert key_values(resource, segment, "postgresql") == {"n": 7, "t": "a,b/~ \n", "b": b"\x00\xff", "u": one}
    assert key_values(resource, key_of(["x", "t", b"", one]), "postgresql") is None
    assert key_values(resource, key_of([None, "t", b"", one]), "postgresql") is None
