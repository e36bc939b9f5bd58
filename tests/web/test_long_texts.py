"""Texts of a megabyte: no page carries them whole, all of them is one click away, and no save cuts them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from nexus_admin import Nexus
from tests.web.test_form_page import Form
from tests.web.world import served, signed_in

TABLES = """
create table papers (id integer primary key, title text not null, body text, facts json, note text, password_hash text);
insert into papers values (1, 'One', null, null, 'short', 'argon2$x'), (2, 'Two', 'b', '{}', null, null);
"""
BODY = "  <b>&amp; é\n" * 100_000 + "the very end  "
FACTS = '{"list": [' + ", ".join(map(str, range(50_000))) + "]}"
MOST = 60_000
"""Bytes of a page with a long text on it."""


@pytest.fixture
def nexus(tmp_path: Path) -> Iterator[Nexus]:
    with served(tmp_path, TABLES) as app:
        with sqlite3.connect(tmp_path / "shop.db") as connection:
            connection.execute("update papers set body = ?, facts = ? where id = 1", (BODY, FACTS))
        yield app


@pytest.fixture
def browser(nexus: Nexus) -> TestClient:
    return signed_in(nexus)


def stored(folder: Path) -> tuple[str, str, str]:
    with sqlite3.connect(folder / "shop.db") as connection:
        body, facts, note = connection.execute("select body, facts, note from papers where id = 1").fetchone()
    return body, facts, note


def test_pages_show_the_beginning_the_size_and_the_way_to_all_of_it(browser: TestClient) -> None:
    for path in ("", "/edit", "/~peek", "?tab=~history"):
        answer = browser.get(f"/s/shop/papers/1{path}")
        assert answer.status_code == 200 or path == "/~peek"
        assert len(answer.content) < MOST, path
    assert len(browser.get("/s/shop/papers").content) < MOST
    page = browser.get("/s/shop/papers/1").text
    assert f"{len(BODY):,} characters" in page
    ways = [unescape(one) for one in re.findall(r'href="([^"]*/~text[^"]*)"', page)]
    assert len(ways) == 2
    whole = [browser.get(one) for one in ways]
    assert [one.text for one in whole] == [BODY, FACTS]
    assert {one.headers["content-type"] for one in whole} == {"text/plain; charset=utf-8"}
    assert all(one.headers["x-content-type-options"] == "nosniff" for one in whole)


def test_a_save_beside_a_long_text_leaves_it_alone(browser: TestClient, tmp_path: Path) -> None:
    form = Form(browser.get("/s/shop/papers/1/edit").text).sent
    assert "value.body" not in form
    assert "value.facts" not in form
    browser.post("/s/shop/papers/1/edit", data={**form, "value.note": "changed"})
    assert stored(tmp_path) == (BODY, FACTS, "changed")


def test_a_long_text_is_edited_by_itself(browser: TestClient, tmp_path: Path) -> None:
    page = browser.get("/s/shop/papers/1/edit").text
    assert '<a href="?only=body">' in page
    for address in ("/edit?only=body", "/~field?name=body"):
        page = browser.get(f"/s/shop/papers/1{address}").text
        form = Form(page).sent
        assert len(page) < 2 * len(BODY)
        answer = browser.post("/s/shop/papers/1/edit", data=form)
        assert "Nothing was changed." in answer.text, re.search("<main.*?</main>", answer.text, re.DOTALL)
        assert stored(tmp_path)[0] == BODY
    form["value.body"] = form["value.body"].replace("the very end", "a new end")
    assert "was saved" in browser.post("/s/shop/papers/1/edit", data=form).text
    assert stored(tmp_path)[0].replace("\r\n", "\n") == BODY.replace("the very end", "a new end")


def test_two_who_edit_one_long_text_are_asked(browser: TestClient, tmp_path: Path) -> None:
    form = Form(browser.get("/s/shop/papers/1/edit?only=body").text).sent
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("update papers set body = body || '!' where id = 1")
    answer = browser.post("/s/shop/papers/1/edit", data={**form, "value.body": "mine"})
    assert answer.status_code == 409
    assert stored(tmp_path)[0] == BODY + "!"


def test_a_value_that_is_hidden_has_no_way_around(browser: TestClient) -> None:
    for name in ("password_hash", "nothing", ""):
        answer = browser.get("/s/shop/papers/1/~text", params={"name": name})
        assert 400 <= answer.status_code < 500
        assert "argon2" not in answer.text
