"""One cheap request never costs much, and a name that nothing can have is not there instead of a mistake of ours."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from nexus_admin import Nexus
from nexus_admin.actions.brokers.contents import without_secrets
from nexus_admin.audit.redaction import redacted, sentence
from nexus_admin.data.drivers.failures import failure
from nexus_admin.data.drivers.sqlite import SqliteDriver
from nexus_admin.domain.errors import BadRequest
from nexus_admin.web.api import body
from tests.security.world import Browser, guarded


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Nexus]:
    with guarded(tmp_path) as nexus:
        yield nexus


@pytest.mark.parametrize("end", ["", "\\", '\\"'])
def test_a_string_that_never_ends_is_looked_at_once(end: str) -> None:
    text = '"' + '\\"' * 1_500_000 + end  # looked at from each quote on, this would take hours
    with pytest.raises(BadRequest):
        body.read_json(text.encode())


@pytest.mark.parametrize("text", ["a-", "api-", "password", "a://", "://a:", "token=\"token='"])
def test_what_looks_like_many_secrets_of_a_payload_is_looked_at_once(text: str) -> None:
    whole = text * (1_000_000 // len(text))  # looked at from each word on, this would take hours
    end = " db://me:hunter2@host x-api-key: hunter2"
    told, count = without_secrets(whole + end)
    assert told.endswith("host x-api-key: ••••••")
    assert "hunter2" not in told
    assert count >= 2


def test_what_a_database_says_of_a_long_value_is_looked_at_in_part() -> None:
    said = sqlite3.OperationalError("password=hunter2 " + "password" * 500_000)  # all of it would take hours
    told = str(failure(sa.exc.OperationalError("select 1", (), said), SqliteDriver(), "shop"))
    assert "hunter2" not in told
    assert len(told) < 500


def test_brackets_in_strings_are_no_depth_and_others_are() -> None:
    assert body.read_json(('["' + "[" * 100 + '\\"[[["]').encode()) == ["[" * 100 + '"[[[']
    with pytest.raises(BadRequest, match="deeper"):
        body.read_json(b"[" * 41 + b"]" * 41)


@pytest.mark.parametrize("text", ["://:" * 500_000, "://:" * 500_000 + " @", "@" + "://x:y" * 300_000])
def test_what_looks_like_many_addresses_is_kept_in_the_ledger_at_no_great_cost(text: str) -> None:
    assert "large" in redacted({"value": text}, ())


def test_passwords_of_addresses_are_hidden_all_the_same() -> None:
    told = sentence("no answer from postgresql://ana:s3cr@t@db/shop, or mysql://bo:hush@db/x")
    assert not re.search("s3cr|hush|t@db", told)
    assert told.count("••••@db") == 2


@pytest.mark.parametrize(
    "path",
    [
        "/s/shop/customers/9223372036854775808",
        "/s/shop/customers/" + "9" * 5000,
        "/s/shop/customers/%00",
        "/x/static/widgets/bar/x/%00",
        "/x/static/widgets/bar/x/" + "a" * 5000,
        "/x/static/widgets/bar/x/..%2f__init__.py",
        "/x/static/..%2f..%2fwidgets/bar/x/widget.toml",
        "/x/themes/%00/x.css",
        "/static/..%2f..%2fapp.py",
        "/static/%00",
    ],
)
def test_what_no_name_can_be_is_not_there(app: Nexus, path: str) -> None:
    assert Browser(app, "ada@example.com").get(path).status_code == 404


def test_the_page_of_the_search_has_lines_without_details(app: Nexus) -> None:
    answer = Browser(app, "bo@example.com").get("/search", q="a")
    assert answer.status_code == 200
    assert "Amelie" in answer.text
    assert "Hans" not in answer.text
