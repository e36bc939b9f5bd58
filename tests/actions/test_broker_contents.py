"""What brokers carry as people see it: no secret, no endless text, and what is edited keeps its secrets."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_admin.actions.brokers.contents import (
    MASK,
    MOST_SHOWN,
    is_secret,
    masked,
    names_secret,
    restored,
    shown,
    without_secrets,
)
from nexus_admin.actions.brokers.jobs import edited
from nexus_admin.brokers.content import Content, content_of
from nexus_admin.domain.errors import Invalid

SECRET = "hunter2-and-more"


@pytest.mark.parametrize(
    "name",
    ["password", "api_key", "apiKey", "Authorization", "Set-Cookie", "client_secret", "card_token", "x-api-key", "jwt"],
)
def test_names_of_secrets_are_known(name: str) -> None:
    assert is_secret(name)
    assert names_secret(f"users:7:{name}")


@pytest.mark.parametrize("name", ["to", "order_id", "token_count", "key", "passenger", "secretary_name", "locale"])
def test_names_of_other_things_are_left_alone(name: str) -> None:
    assert not is_secret(name)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


@given(VALUES, st.sampled_from(["password", "api_key", "token", "Authorization"]))
def test_a_secret_is_not_shown_wherever_it_lies(value: Any, name: str) -> None:
    told = shown(content_of({"deep": [value, {name: SECRET, "more": {name: [SECRET]}}]}), allowed=True)
    assert SECRET not in told.text
    assert told.masked >= 2


@given(VALUES)
def test_what_is_left_as_it_was_shown_comes_back_whole(value: Any) -> None:
    original = json.loads(content_of({"it": value, "password": SECRET, "at": "http://ada:pw@host/x"}).data)
    if MASK in json.dumps(original, ensure_ascii=False):
        return
    assert restored(masked(original)[0], original) == original


def test_dots_that_stand_for_no_secret_are_refused() -> None:
    with pytest.raises(Invalid, match="stands where no secret was"):
        restored({"to": MASK}, {"to": "ada"})
    with pytest.raises(Invalid):
        restored({"new_password": MASK}, {"password": SECRET})


@pytest.mark.parametrize(
    "text",
    [
        f"password={SECRET}", f"API_KEY: {SECRET}", f'{{"token": "{SECRET}"', f"Authorization: Bearer {SECRET}",
        f"postgresql://ada:{SECRET}@host/db", f"could not send with client_secret='{SECRET}'.",
    ],
)  # fmt: skip
def test_texts_lose_what_is_named_a_secret(text: str) -> None:
    told, count = without_secrets(text)
    assert SECRET not in told
    assert count >= 1


def test_bytes_are_shown_as_numbers_and_long_texts_in_part() -> None:
    told = shown(Content(b"\x00\xff<script>"), allowed=True)
    assert told.kind == "hex"
    assert "00 ff 3c 73" in told.text
    long = shown(Content(b"x" * (MOST_SHOWN + 1), "text/plain"), allowed=True)
    assert (long.cut, len(long.text), long.editable) == (True, MOST_SHOWN, False)
    assert shown(content_of([[]] * 40_000), allowed=True).cut


def test_who_may_not_see_contents_sees_their_size() -> None:
    told = shown(content_of({"a": "b"}), allowed=False)
    assert (told.kind, told.text, told.size) == ("hidden", "", 9)


def test_an_edited_payload_keeps_its_type_and_its_secrets() -> None:
    was = content_of({"to": "ada", "password": SECRET})
    text = shown(was, allowed=True).text.replace("ada", "bo")
    assert edited(was, text).value == {"to": "bo", "password": SECRET}
    assert edited(Content(b"plain", "text/plain"), "other") == Content(b"other", "text/plain")
    with pytest.raises(Invalid, match="no JSON"):
        edited(was, "{")
    with pytest.raises(Invalid, match="cannot be edited"):
        edited(Content(b"\x00\x01"), "x")
