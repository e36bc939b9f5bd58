"""The form of a row: inputs by kind, limits, what is wrong and where, and that an untouched field is never written."""

from __future__ import annotations

import html
import re
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.role import Grant, Role
from tests.web.world import PASSWORD, csrf, served, signed_in

SYSTEM = Actor.system("test")

TABLES = """
create table makers (id integer primary key, name text not null);
create table things (id integer primary key, code varchar(12) not null unique, maker_id integer references makers,
  price decimal(8, 2) not null check (price >= 0), amount integer not null default 1 check (amount between 1 and 9),
  size varchar(10) not null default 'm' check (size in ('s', 'm', 'l', 'xl')), fragile boolean not null default false,
  known boolean, made_on date, seen_at timestamp, notes text, facts json not null default '{}',
  gross decimal(8, 2) generated always as (price * 2) stored, password_hash text);
insert into makers values (1, 'Ada & Sons'), (2, 'Bo');
insert into things (id, code, maker_id, price, amount, size, fragile, made_on, seen_at, notes, facts, password_hash)
values
  (1, ' spaced ', 1, 10.50, 3, 'l', 1, '2024-02-29', '2024-02-29 18:30:05',
   char(10) || 'begins with a line' || char(13) || char(10) || 'ends ', '{"b": 1.0, "a": [1, 2]}', 'argon2$x'),
  (2, 'odd', 2, 12, 99, 'xxl', 0, 'sometime', '2024-02-29 18:30:05.123456', null, '{}', null);
"""


@pytest.fixture
def nexus(tmp_path: Path) -> Iterator[Nexus]:
    tables = TABLES.replace("amount between 1 and 9", "amount <> 0").replace(
        " check (size in ('s', 'm', 'l', 'xl'))", ""
    )
    with served(tmp_path, tables) as app:
        yield app


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[TestClient]:
    with served(tmp_path, TABLES.partition(",\n  (2,")[0] + ";") as app:
        yield signed_in(app)


@pytest.fixture
def browser(nexus: Nexus) -> TestClient:
    return signed_in(nexus)


class Form(HTMLParser):
    """What a browser would send of the page's form, with its own ways of changing values."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.sent: dict[str, str] = {}
        self._select = self._area = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name, kind = given.get("name", ""), given.get("type", "text")
        if tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in given or self._select not in self.sent):
            self.sent[self._select] = given.get("value", "")
        elif tag == "textarea":
            self._area = name
            self.sent[name] = ""
        elif tag == "input" and name and (kind not in ("checkbox", "radio") or "checked" in given):
            value = given.get("value", "")
            self.sent[name] = value.strip() if kind in ("email", "url", "number") else re.sub("[\r\n]", "", value)
            if kind == "hidden":
                self.sent[name] = value

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        elif tag == "textarea":
            first = self.sent[self._area]
            self.sent[self._area] = first.removeprefix("\n").replace("\r\n", "\n").replace("\n", "\r\n")
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.sent[self._area] += data


def row(folder: Path, key: int) -> tuple[object, ...]:
    with sqlite3.connect(folder / "shop.db") as connection:
        found: tuple[object, ...] = connection.execute("select * from things where id = ?", (key,)).fetchone()
        return found


@pytest.mark.parametrize("key", [1, 2])
def test_a_form_that_is_sent_as_it_came_changes_nothing(
    browser: TestClient, nexus: Nexus, tmp_path: Path, key: int
) -> None:
    before = row(tmp_path, key)
    form = Form(browser.get(f"/s/shop/things/{key}/edit").text)
    answer = browser.post(f"/s/shop/things/{key}/edit", data=form.sent)
    assert "Nothing was changed." in answer.text
    assert row(tmp_path, key) == before
    assert nexus.kernel.ledger.history("shop", "things", str(key)) == []


def test_one_changed_field_is_all_that_is_written(browser: TestClient, nexus: Nexus, tmp_path: Path) -> None:
    before = row(tmp_path, 1)
    form = Form(browser.get("/s/shop/things/1/edit").text)
    browser.post("/s/shop/things/1/edit", data={**form.sent, "value.price": "11.00"})
    assert [now for was, now in zip(before, row(tmp_path, 1), strict=True) if was != now] == [11, 22]
    (past,) = nexus.kernel.ledger.history("shop", "things", "1")
    assert set(past.change.fields()) == {"price", "gross"}


def test_each_kind_has_its_own_input(strict: TestClient) -> None:
    page = strict.get("/s/shop/things/1/edit").text
    assert re.search(r'type="number"[^>]*name="value.price"[^>]*step="0.01" min="0"', page)
    assert re.search(r'type="number"[^>]*name="value.amount"[^>]*step="1" min="1" max="9"', page)
    assert re.search(r'type="date"[^>]*name="value.made_on"[^>]*value="2024-02-29"', page)
    assert re.search(r'type="datetime-local"[^>]*name="value.seen_at"[^>]*value="2024-02-29T18:30:05"', page)
    assert re.search(r'role="switch"[^>]*name="value.fragile"[^>]*checked', page)
    assert re.search(r'<select[^>]*name="value.known"', page)
    assert re.search(r'<select[^>]*name="value.size"', page)
    assert re.search(r'<textarea[^>]*name="value.facts"', page)
    assert 'data-url="/s/shop/makers/~pick"' in page
    assert 'value="Ada &amp; Sons"' in page
    assert "Computed by the database." in page
    assert "Between 1 and 9." in page
    assert "No two rows may have the same." in page
    assert "argon2" not in page


def test_what_a_browser_would_spoil_is_edited_as_text(browser: TestClient) -> None:
    page = browser.get("/s/shop/things/2/edit").text
    assert re.search(r'type="text"[^>]*name="value.seen_at"[^>]*value="2024-02-29T18:30:05.123456"', page)
    assert re.search(r'type="text"[^>]*name="value.made_on"[^>]*value="sometime"', page)


def test_a_new_row_shows_the_defaults_and_does_not_send_them(browser: TestClient, tmp_path: Path) -> None:
    page = browser.get("/s/shop/things/new").text
    assert 'placeholder="Default: 1"' in page
    assert "Given by the database" in page
    form = Form(page)
    data = {**form.sent, "value.code": "new", "value.price": "3"}
    page = browser.post("/s/shop/things/new", data=data).text
    assert "Thing new was made." in page
    assert row(tmp_path, 3)[:8] == (3, "new", None, 3, 1, "m", 0, None)


def test_everything_that_is_wrong_is_said_at_once_at_its_field(strict: TestClient) -> None:
    form = Form(strict.get("/s/shop/things/1/edit").text)
    wrong = {"value.price": "-1", "value.amount": "12", "value.facts": "{", "value.code": "much too long a code"}
    answer = strict.post("/s/shop/things/1/edit", data={**form.sent, **wrong})
    assert answer.status_code == 422
    page = html.unescape(answer.text)
    assert "4 fields need a look before you can save." in page
    for name in ("price", "amount", "facts", "code"):
        assert f'href="#f-{name}"' in page
        assert re.search(rf'id="f-{name}"[^>]*aria-invalid="true"[^>]*aria-describedby="e-f-{name}', page)
    assert 'value="much too long a code"' in page
    assert "autofocus" in page


def test_what_only_the_database_finds_is_said_at_its_field_too(browser: TestClient) -> None:
    form = Form(browser.get("/s/shop/things/new").text)
    answer = browser.post("/s/shop/things/new", data={**form.sent, "value.code": "odd", "value.price": "1"})
    assert answer.status_code == 422
    assert 'id="e-f-code"' in answer.text


def test_a_secret_is_neither_shown_nor_sent(browser: TestClient, tmp_path: Path) -> None:
    page = browser.get("/s/shop/things/1/edit").text
    assert "A secret: it is never shown." in page
    assert "argon2" not in page
    assert not any("password_hash" in name for name in Form(page).sent)
    data = {"_csrf": csrf(page), "was.password_hash": "", "value.password_hash": "stolen"}
    assert browser.post("/s/shop/things/1/edit", data=data).status_code == 403
    assert row(tmp_path, 1)[-1] == "argon2$x"


def test_a_copy_begins_with_all_that_need_not_differ(browser: TestClient) -> None:
    form = Form(browser.get("/s/shop/things/new", params={"from": "1", "set.price": "7"}).text)
    assert form.sent["value.code"] == ""
    assert form.sent["value.id"] == ""
    assert form.sent["value.maker_id"] == "1"
    assert form.sent["value.price"] == "7"
    assert form.sent["value.size"] == "l"


def test_save_and_add_another_opens_the_next_form(browser: TestClient) -> None:
    form = Form(browser.get("/s/shop/makers/new").text)
    answer = browser.post("/s/shop/makers/new", data={**form.sent, "value.name": "Cy", "then": "new"})
    assert str(answer.url).endswith("/s/shop/makers/new?made=1")
    assert "Maker Cy was made." in answer.text
    assert "data-draft-done" in answer.text


def test_one_field_is_edited_in_its_place_and_without_scripts_on_a_page(browser: TestClient, tmp_path: Path) -> None:
    dialog = browser.get("/s/shop/things/1/~field", params={"name": "notes"}).text
    assert "<html" not in dialog
    assert set(Form(dialog).sent) == {"_csrf", "only", "was.notes", "value.notes"}
    page = Form(browser.get("/s/shop/things/1/edit", params={"only": "notes"}).text)
    assert {name for name in page.sent if name.startswith("value.")} == {"value.notes"}
    browser.post("/s/shop/things/1/edit", data={**page.sent, "value.notes": "short"})
    assert row(tmp_path, 1)[10] == "short"
    assert browser.get("/s/shop/things/1/~field", params={"name": "gross"}).text.count("<input") <= 2


def test_one_field_is_edited_over_a_list_and_saving_comes_back_to_it(browser: TestClient, tmp_path: Path) -> None:
    asked = {"name": "notes", "back": "sort=-id&after=9"}
    sent = Form(browser.get("/s/shop/things/1/~field", params=asked).text).sent
    assert sent["entry.back"] == "/s/shop/things?sort=-id&after=9"
    answer = browser.post("/s/shop/things/1/edit", data={**sent, "value.notes": "brief"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/s/shop/things?sort=-id&after=9")
    assert row(tmp_path, 1)[10] == "brief"


def test_a_cell_is_edited_in_its_place_and_the_row_comes_back_as_it_stands_in_the_list(
    browser: TestClient, tmp_path: Path
) -> None:
    cell = {"X-Nexus-Fragment": "cell"}
    asked = {"name": "code", "back": "fields=code&sort=-id"}
    page = browser.get("/s/shop/things/1/~field", params=asked, headers=cell).text
    assert "nx-celledit" in page
    sent = Form(page).sent
    assert sent["entry.back"] == "/s/shop/things/~rows?fields=code&sort=-id&keys=1"
    saved = browser.post("/s/shop/things/1/edit", data={**sent, "value.code": "NEW"}, headers=cell).text
    assert re.findall(r'<tr data-row="?(\w+)', saved) == ["1"]
    assert ">NEW</a>" in saved
    assert Form(saved).sent["back"] == "/s/shop/things?fields=code&sort=-id"  # of the button that takes it back
    assert row(tmp_path, 1)[1] == "NEW"


def test_what_is_wrong_in_a_cell_is_said_in_it(browser: TestClient, tmp_path: Path) -> None:
    cell, before = {"X-Nexus-Fragment": "cell"}, row(tmp_path, 1)
    sent = Form(browser.get("/s/shop/things/1/~field", params={"name": "price"}, headers=cell).text).sent
    answer = browser.post("/s/shop/things/1/edit", data={**sent, "value.price": "much"}, headers=cell)
    assert answer.status_code == 422
    assert "nx-celledit" in answer.text
    assert 'role="alert"' in answer.text
    assert Form(answer.text).sent["entry.back"] == sent["entry.back"]
    assert row(tmp_path, 1) == before


def test_what_has_no_room_in_a_cell_opens_over_the_list(browser: TestClient) -> None:
    asked = {"name": "notes", "back": ""}
    page = browser.get("/s/shop/things/1/~field", params=asked, headers={"X-Nexus-Fragment": "cell"}).text
    assert "nx-modal__body" in page
    assert Form(page).sent["entry.back"] == "/s/shop/things"


def test_a_form_asks_for_no_list_of_choices(nexus: Nexus, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.executemany("insert into makers (name) values (?)", [(f"Maker {n}",) for n in range(5000)])
    page = signed_in(nexus).get("/s/shop/things/1/edit")
    assert len(page.content) < 100_000
    assert "Maker 77" not in page.text


def test_a_draft_belongs_to_the_row_and_the_person(browser: TestClient) -> None:
    keys = [re.findall(r'data-draft="([^"]+)"', browser.get(f"/s/shop/things/{one}").text) for one in ("1/edit", "new")]
    assert keys[0] != keys[1]
    assert all("user:" in key[0] for key in keys)
    assert csrf(browser.get("/s/shop/things/1/edit").text)


def test_where_nothing_can_be_saved_no_form_is_shown(tmp_path: Path) -> None:
    with served(tmp_path, TABLES.partition(",\n  (2,")[0] + ";", allow_writes=False) as app:
        browser = signed_in(app)
        for path in ("/s/shop/things/new", "/s/shop/things/1/edit"):
            answer = browser.get(path)
            assert answer.status_code == 403
            assert "shop is connected read-only" in answer.text
            assert 'name="value.code"' not in answer.text


def test_an_empty_table_says_why_it_is_empty(tmp_path: Path) -> None:
    with served(tmp_path, "create table makers (id integer primary key, name text);", allow_writes=False) as app:
        page = signed_in(app).get("/s/shop/makers").text
        assert "Rows that others put into the database show up here." in page
        assert "that you may see" not in page


def test_who_may_not_fill_in_what_a_new_row_needs_is_told_before_the_work(nexus: Nexus) -> None:
    narrow = {"code": "read", "price": "hidden", "amount": "read"}
    grants = (Grant(source="shop", resource="things", action="row.*", fields=narrow),)
    nexus.kernel.access.roles.save(Role(name="clerk", grants=grants), by=SYSTEM)
    nexus.kernel.access.users.create("bo@example.com", password=PASSWORD, roles=("clerk",), by=SYSTEM)
    said = "Your role may not fill in what a new row needs: Code."
    assert said in signed_in(nexus, "bo@example.com").get("/s/shop/things/new").text
    assert "Your role may not fill in" not in signed_in(nexus).get("/s/shop/things/new").text


def test_a_secret_that_a_new_row_needs_is_not_blamed_on_the_role(tmp_path: Path) -> None:
    with served(tmp_path, "create table people (id integer primary key, name text, pass_crypt text not null);") as app:
        page = signed_in(app).get("/s/shop/people/new").text
        assert "kept as a secret and not filled in here: Pass crypt." in page
        assert "Your role may not" not in page


def test_when_a_row_was_made_is_filled_in_where_it_is_needed_and_nobody_gives_it(tmp_path: Path) -> None:
    tables = """create table notes (id integer primary key, text text, created_at timestamp not null,
      updated_on date not null, deleted_at timestamp, due_at timestamp not null,
      inserted_at timestamp not null default current_timestamp)"""
    with served(tmp_path, tables) as app:
        sent = Form(signed_in(app).get("/s/shop/notes/new").text).sent
        copied = Form(signed_in(app).get("/s/shop/notes/new?set.created_at=2001-02-03T04:05").text).sent
    now = datetime.now(UTC)
    shown = datetime.fromisoformat(sent["value.created_at"]).replace(tzinfo=UTC)
    assert timedelta() <= now - shown < timedelta(hours=1)
    assert sent["value.updated_on"] in {f"{now - timedelta(hours=1):%Y-%m-%d}", f"{now:%Y-%m-%d}"}
    assert [sent[f"value.{name}"] for name in ("deleted_at", "due_at", "inserted_at")] == ["", "", ""]
    assert copied["value.created_at"] == "2001-02-03T04:05"
