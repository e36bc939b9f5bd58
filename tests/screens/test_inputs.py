"""Which input a value is edited with, and moments in the reader's zone."""

from __future__ import annotations

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from nexus_admin.domain.resource import Field, Resource
from nexus_admin.screens.field_kinds import KINDS
from nexus_admin.screens.forms.inputs import default_text, input_of, placed

LISBON = ZoneInfo("Europe/Lisbon")
BY_NAME = {kind.name: kind for kind in KINDS}


def made(field: Field, was: str | None, zone: object = UTC) -> tuple[str, str, str]:
    resource = Resource("shop", "things", "things", "Things", "Thing", fields=(field,))
    one = input_of(resource, field, BY_NAME[field.kind], was, None, zone)  # type: ignore[arg-type]
    return one.template, one.type, one.value


@pytest.mark.parametrize(
    ("field", "was", "expected"),
    [
        (Field("a", "A", "text"), "plain", ("text", "text", "plain")),
        (Field("a", "A", "text"), "two\nlines", ("long_text", "text", "two\nlines")),
        (Field("a", "A", "email"), "ada@example.com", ("text", "email", "ada@example.com")),
        (Field("a", "A", "email"), "ada@exämple.com", ("text", "text", "ada@exämple.com")),
        (Field("a", "A", "url"), " https://a.example ", ("text", "text", " https://a.example ")),
        (Field("a", "A", "money", scale=2, minimum="0"), "12.50", ("number", "number", "12.50")),
        (Field("a", "A", "money", scale=2, minimum="0"), "12.505", ("number", "text", "12.505")),
        (Field("a", "A", "money", scale=2, minimum="0"), "-1.00", ("number", "text", "-1.00")),
        (Field("a", "A", "decimal"), "Infinity", ("number", "text", "Infinity")),
        (Field("a", "A", "boolean"), "true", ("tristate", "checkbox", "true")),
        (Field("a", "A", "boolean", nullable=False), "false", ("switch", "checkbox", "false")),
        (Field("a", "A", "enum", choices=("a", "b")), "gone", ("text", "text", "gone")),
        (Field("a", "A", "enum", choices=("a", "b"), nullable=False), "b", ("radio", "radio", "b")),
        (Field("a", "A", "time"), "18:30:00.5", ("text", "text", "18:30:00.5")),
        (Field("a", "A", "date"), "10000-01-01", ("text", "text", "10000-01-01")),
        (Field("a", "A", "color"), "#AABBCC", ("text", "text", "#AABBCC")),
    ],
)
def test_a_browsers_own_input_is_used_only_where_it_gives_back_the_very_text(
    field: Field, was: str, expected: tuple[str, str, str]
) -> None:
    assert made(field, was) == expected


def test_a_moment_with_a_zone_is_edited_in_the_readers_and_comes_back_as_the_same_moment() -> None:
    field = Field("at", "At", "datetime", native="TIMESTAMP WITH TIME ZONE")
    resource = Resource("shop", "things", "things", "Things", "Thing", fields=(field,))
    assert made(field, "2024-07-01T12:00:00+00:00", LISBON) == ("text", "datetime-local", "2024-07-01T13:00")
    sent = placed(resource, {"at": "2024-07-01T13:00"}, {"at": "2024-07-01T12:00:00+00:00"}, LISBON)
    assert sent == {"at": "2024-07-01T13:00:00+01:00"}


def test_a_moment_without_a_zone_stands_as_it_is() -> None:
    field = Field("at", "At", "datetime", native="TIMESTAMP")
    resource = Resource("shop", "things", "things", "Things", "Thing", fields=(field,))
    assert made(field, "2024-07-01T12:00:00", LISBON) == ("text", "datetime-local", "2024-07-01T12:00")
    assert placed(resource, {"at": "2024-07-01T12:30"}, {}, LISBON) == {"at": "2024-07-01T12:30"}


@pytest.mark.parametrize(
    ("default", "text"),
    [("'pending'", "pending"), ("'it''s'::character varying(20)", "it's"), ("now()", "now()"), ("0", "0")],
)
def test_a_default_is_said_without_quotes_and_casts(default: str, text: str) -> None:
    assert default_text(Field("a", "A", "text", default=default)) == text


def test_a_field_that_cannot_be_empty_offers_no_nothing() -> None:
    def blank(field: Field) -> str:
        resource = Resource("shop", "things", "things", "Things", "Thing", fields=(field,))
        return input_of(resource, field, BY_NAME[field.kind], "paid", None, UTC).blank

    assert blank(Field("status", "Status", "enum", nullable=False, default="'open'", choices=("open", "paid"))) == ""
    assert blank(Field("note", "Note", "text")) == "None"


@pytest.mark.parametrize(
    ("field", "blank"),
    [
        (Field("gift", "Gift", "boolean", default="FALSE"), "Default: No"),
        (Field("status", "Status", "enum", default="'on_hold'", choices=("on_hold", "paid")), "Default: On hold"),
        (Field("id", "ID", "integer", default="autoincrement", key=True), "Given by the database"),
    ],
)
def test_the_default_of_a_new_row_is_said_as_its_values_are(field: Field, blank: str) -> None:
    resource = Resource("shop", "things", "things", "Things", "Thing", fields=(field,))
    assert input_of(resource, field, BY_NAME[field.kind], None, None, UTC).blank == blank
