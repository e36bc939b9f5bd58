"""Kinds of values, secrets and choices, guessed from names and a few values."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from nexus_admin.data.guesses.choices import choices_seen
from nexus_admin.data.guesses.kinds import Asked, guess_kind
from nexus_admin.data.guesses.roles import role_of
from nexus_admin.data.guesses.secrets import secret_because


@pytest.mark.parametrize(
    ("name", "kind", "values", "guessed"),
    [
        ("email", "text", [], "email"),
        ("contact", "text", ["a@example.com", "b@example.org"], "email"),
        ("email_subject", "text", [], None),
        ("email", "text", ["yes", "no"], None),
        ("website", "text", [], "url"),
        ("source", "text", ["https://example.com/a"], "url"),
        ("avatar_url", "text", [], "image"),
        ("picture", "text", ["https://example.com/a.png?x=1"], "image"),
        ("icon", "text", ["home", "cart"], None),
        ("mobile", "text", ["+49 30 123456"], "phone"),
        ("phone_number", "text", [], "phone"),
        ("label", "text", ["#ff0000", "#00F"], "color"),
        ("color", "text", ["red", "blue"], None),
        ("country", "text", ["DE", "FR"], "country"),
        ("country", "text", ["Germany", "France"], None),
        ("slug", "text", ["a-b-c"], "slug"),
        ("ref", "text", ["0b1c6f3e-9c1f-4c51-8f3d-1f5f3c1c2d3e"] * 2, "uuid"),
        ("body", "text", ["<p>Hello</p>"], "html"),
        ("body", "text", ["# Title\n\n* one\n* two, with **bold** words and [a link](https://a.example)"], "markdown"),
        ("description", "text", [], "long_text"),
        ("what", "text", ["word " * 60], "long_text"),
        ("price", "decimal", ["9.99", "12"], "money"),
        ("discount", "decimal", ["0.1", "0.25"], None),
        ("tax_rate", "decimal", ["19"], None),
        ("price_eur", "integer", ["9"], "money"),
        ("budget", "integer", ["900000"], "money"),
        ("total", "integer", ["9"], None),
        ("discount_percent", "decimal", [], "percent"),
        ("release_year", "integer", ["1999"], "year"),
        ("year", "integer", ["3", "4"], None),
        ("years", "integer", [], None),
        ("year_made", "integer", ["2005", "1998"], "year"),
        ("YearBuilt", "integer", ["1931"], "year"),
        ("year_made", "integer", [], None),
        ("year_made", "integer", ["3", "4"], None),
        ("year_count", "integer", ["2005"], None),
    ],
)  # fmt: skip
def test_a_kind_is_guessed_from_name_and_values(
    name: str, kind: str, values: Sequence[str], guessed: str | None
) -> None:
    found = guess_kind(Asked(name, kind, values))
    assert (found.kind if found else None) == guessed
    assert found is None or found.because.endswith(".")


def test_zeros_and_ones_are_booleans_only_where_the_database_has_no_others() -> None:
    values = ["0", "1", "1"]
    kinds = {
        dialect: guess_kind(Asked("is_active", "integer", values, dialect=dialect))
        for dialect in ("sqlite", "postgresql")
    }
    assert kinds["sqlite"] is not None
    assert kinds["sqlite"].kind == "boolean"
    assert kinds["postgresql"] is None
    assert guess_kind(Asked("is_active", "integer", ["0", "2"], dialect="sqlite")) is None


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("password", "users"),
        ("password_hash", "users"),
        ("passwordDigest", "users"),
        ("encrypted_password", "users"),
        ("pass_salt", "users"),
        ("api_key", "users"),
        ("refresh_token", "sessions"),
        ("client_secret", "apps"),
        ("otp_secret", "users"),
        ("value", "api_keys"),
        ("PrivateKey", "hosts"),
    ],
)
def test_secrets_are_known_by_name(name: str, table: str) -> None:
    assert secret_because(name, "text", [], table)


@pytest.mark.parametrize(
    "name",
    ["token_count", "password_changed_at", "secretary", "public_key", "key", "passenger", "value", "tokens_used"],
)
def test_harmless_names_are_no_secrets(name: str) -> None:
    assert secret_because(name, "text", [], "settings") is None
    assert secret_because("token", "integer", []) is None


def test_secrets_are_known_by_their_values() -> None:
    assert secret_because("pw", "text", ["$2b$12$abcdefghijklmnopqrstuv", "$argon2id$v=19$m=65536$abc"])


def test_few_values_that_come_again_are_choices() -> None:
    statuses = ["new", "paid", "paid", "sent"] * 5
    assert choices_seen("status", statuses, 20) == ("paid", "new", "sent")
    assert choices_seen("status", [str(number) for number in range(20)], 20) is None
    assert choices_seen("name", statuses, 20) is None
    assert choices_seen("status_name", statuses, 20) is None
    assert choices_seen("state", statuses, 20, beside=["city", "state"]) is None
    assert choices_seen("whatever", statuses, 20) is None
    assert choices_seen("whatever", ["a", "b"] * 40, 80) == ("a", "b")
    assert choices_seen("status", ["new"] * 3, 3) is None


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("created_at", "created"),
        ("CreatedOn", "created"),
        ("date_added", "created"),
        ("updated_at", "updated"),
        ("last_update", "updated"),
        ("deleted_at", "deleted"),
        ("InvoiceDate", "happened"),
        ("placed_at", "happened"),
        ("date", "happened"),
        ("due_date", None),
        ("birth_date", None),
        ("expires_at", None),
    ],
)
def test_dates_have_roles(name: str, role: str | None) -> None:
    assert role_of(name, "datetime") == role
    assert role_of(name, "text") is None
