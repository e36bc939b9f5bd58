"""The frame around every page: what it says once, how it looks, what it leads to."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.brokers.queue.protocol import Queue
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.role import Grant, Role
from nexus_admin.domain.target import Target
from nexus_admin.web.reader import reader_of
from tests.web.world import PASSWORD, csrf, noted, served, signed_in, without_tokens

RULE = {"field": "total", "op": "gt", "value": 100}


@pytest.fixture
def nexus(tmp_path: Path) -> Iterator[Nexus]:
    with served(tmp_path) as app:
        yield app


@pytest.fixture
def browser(nexus: Nexus) -> TestClient:
    return signed_in(nexus)


def test_a_page_says_once_what_the_one_before_did(browser: TestClient) -> None:
    page = browser.get("/s/shop/orders/2/edit").text
    done = browser.post("/s/shop/~undo", data={"_csrf": csrf(page), "entry": "0" * 26, "back": "/s/shop/orders"})
    assert done.status_code == 404
    browser.cookies.set("nx_said", _packed("Saved order A-2.", "01KAJD4M8E5V6W7X8Y9ZABCDEF", "shop"))
    first = browser.get("/s/shop/orders?sort=-id")
    assert "Saved order A-2." in first.text
    assert 'action="/s/shop/~undo"' in first.text
    assert 'name="back" value="/s/shop/orders?sort=-id"' in first.text
    assert "nx_said=" in first.headers["set-cookie"]
    browser.cookies.delete("nx_said")
    assert "Saved order A-2." not in browser.get("/s/shop/orders").text


@pytest.mark.parametrize("value", ["%", "e30", base64.urlsafe_b64encode(b"[1, 2, 3]").decode(), "a" * 5000])
def test_a_message_that_nobody_of_ours_packed_is_not_shown(value: str) -> None:
    assert reader_of({"nx_said": value}).said is None


def test_a_message_is_text_and_leads_only_to_our_own_undo() -> None:
    said = reader_of({"nx_said": _packed("<script>", "", '"><script>')}).said
    assert said is None


def test_cookies_of_looks_are_understood_or_count_as_not_sent() -> None:
    reader = reader_of({"nx_theme": "dark", "nx_density": "comfortable", "nx_nav": "rail", "nx_zone": "Europe/Berlin"})
    assert (reader.theme, reader.density, reader.rail, reader.zone_name) == (
        "dark",
        "comfortable",
        True,
        "Europe/Berlin",
    )
    odd = reader_of({"nx_theme": "<x>", "nx_density": "huge", "nx_nav": "?", "nx_zone": "../../etc/passwd"})
    assert (odd.theme, odd.density, odd.rail, odd.zone, odd.zone_name) == ("", "compact", False, UTC, "")


def test_a_zone_that_was_chosen_goes_before_the_browsers() -> None:
    assert reader_of({"nx_own_zone": "Asia/Tokyo", "nx_zone": "Europe/Berlin"}).zone_name == "Asia/Tokyo"


def _packed(text: str, undo: str, source: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([text, undo, source]).encode()).decode().rstrip("=")


def test_home_greets_and_shows_what_one_was_at(nexus: Nexus, browser: TestClient) -> None:
    browser.get("/s/shop/orders")
    browser.get("/s/shop/orders/2")
    noted(nexus, "row.read")
    page = browser.get("/").text
    assert re.search(r"Good (morning|afternoon|evening)", page)
    assert re.search(r'href="/s/shop/orders/2">A-2</a>', page)
    assert "2 tables" in page
    assert "SQLite" in page


SIZES = """
create table apples (id integer primary key, name text); insert into apples values (1, 'one');
create table pears (id integer primary key, name text); insert into pears values (1, 'one'), (2, 'two');
create table plums (id integer primary key, name text); insert into plums values (1, 'one'), (2, 'two'), (3, 'three');
"""


def test_home_shows_the_tables_that_changed_last_and_then_the_largest(tmp_path: Path) -> None:
    with served(tmp_path, tables=SIZES) as nexus:
        ruled = Grant(source="shop", resource="a*", action="row.list", rows={"field": "id", "op": "gt", "value": 1})
        role = Role(name="picker", grants=(ruled, Grant(source="shop", resource="p*", action="row.list")))
        nexus.kernel.access.roles.save(role, by=Actor.system("test"))
        nexus.kernel.access.users.create(
            "bo@example.com", password=PASSWORD, roles=("picker",), by=Actor.system("test")
        )
        ada, bo = signed_in(nexus), signed_in(nexus, "bo@example.com")
        assert _tables(ada) == ["plums", "pears", "apples"]
        token = csrf(ada.get("/s/shop/apples/1/edit").text)
        ada.post("/s/shop/apples/1/edit", data={"_csrf": token, "value.name": "new"})
        assert _tables(ada) == ["apples", "plums", "pears"]
        # Who sees only some apples learns neither how many there are nor that others were changed.
        assert _tables(bo) == ["plums", "pears", "apples"]


EMPTY = """
create table added (id integer primary key, buyer_id integer references buyers);
create table buyers (id integer primary key, name text);
create table cases (id integer primary key, note text,
  buyer_id integer references buyers, added_id integer references added);
"""


def test_home_shows_what_others_refer_to_first_where_no_table_has_rows(tmp_path: Path) -> None:
    with served(tmp_path, tables=EMPTY) as nexus:
        assert _tables(signed_in(nexus)) == ["buyers", "added", "cases"]


def _tables(browser: TestClient) -> list[str]:
    return re.findall(r'nx-resource" href="/s/shop/(\w+)"', browser.get("/").text)


def test_a_title_that_one_may_no_longer_see_is_not_on_the_home_page(nexus: Nexus) -> None:
    access, system = nexus.kernel.access, Actor.system("test")
    narrow = Role(name="seller", grants=(Grant(source="shop", action="row.*"),))
    access.roles.save(narrow, by=system)
    access.users.create("bo@example.com", password=PASSWORD, roles=("seller",), by=system)
    browser = signed_in(nexus, "bo@example.com")
    browser.get("/s/shop/orders/2")
    noted(nexus, "row.read")
    assert "A-2" in browser.get("/").text
    ruled = Grant(source="shop", action="row.*", resource="orders", rows=RULE)
    others = Grant(source="shop", action="row.*", resource="customers")
    access.roles.save(Role(name="seller", grants=(ruled, others)), by=system)
    assert "A-2" not in without_tokens(signed_in(nexus, "bo@example.com").get("/").text)


def test_a_favourite_comes_and_goes(browser: TestClient) -> None:
    token = csrf(browser.get("/").text)
    mark = {"_csrf": token, "path": "/s/shop/orders?sort=-id", "title": "Newest <orders>"}
    assert "is a favourite now" in browser.post("/account/favourite", data=mark).text
    assert "Newest &lt;orders&gt;" in browser.get("/").text
    browser.post("/account/favourite", data=mark)
    assert "Newest" not in browser.get("/").text


def test_the_page_of_a_source_has_every_table_and_finds_one(browser: TestClient) -> None:
    page = main_of(browser.get("/s/shop").text)
    assert "Customers" in page
    assert "Orders" in page
    found = main_of(browser.get("/s/shop?q=custom").text)
    assert "Customers" in found
    assert "Orders" not in found


def test_the_palette_finds_records_tables_pages_and_commands(browser: TestClient) -> None:
    def labels(asked: str) -> list[tuple[str, str, str]]:
        groups = browser.get("/~palette", params={"q": asked}).json()["groups"]
        return [(group["label"], one["label"], one["href"]) for group in groups for one in group["options"]]

    assert ("Records", "Ilse van Dijk", "/s/shop/customers/2") in labels("ilse")
    assert ("Go to", "Orders", "/s/shop/orders") in labels("order")
    assert ("Actions", "New order", "/s/shop/orders/new") in labels("> new order")
    assert {kind for kind, _, _ in labels("# A-")} == {"Records"}
    assert ("Go to", "Your profile", "/account") in labels("profile")
    assert labels("ord")[0] == ("Go to", "Orders", "/s/shop/orders"), "what is called so goes before what has it in it"
    assert labels("aud")[0] == ("Go to", "Audit log", "/audit")
    assert labels("ilse")[0][0] == "Records"


def test_the_palette_finds_dashboards_by_their_titles(browser: TestClient, nexus: Nexus) -> None:
    def found() -> list[tuple[str, str]]:
        groups = browser.get("/~palette", params={"q": "buys"}).json()["groups"]
        return [(one["label"], one["href"]) for group in groups for one in group["options"]]

    assert found() == []
    board = {"name": "who-buys", "title": "Who buys", "source": "shop"}
    nexus.kernel.perform(Call("dashboard.save", Target("nexus"), {"dashboard": board}, Actor.system("test")))
    assert found() == [("Who buys", "/dashboards/who-buys")]


def test_the_palette_finds_the_overviews_that_are_made_of_sources_and_tables(browser: TestClient) -> None:
    def found(asked: str) -> list[tuple[str, str]]:
        groups = browser.get("/~palette", params={"q": asked}).json()["groups"]
        return [(one["label"], one["href"]) for group in groups for one in group["options"]]

    source, table = ("Overview of shop", "/s/shop/~dashboard"), ("Overview of Orders", "/s/shop/orders/~dashboard")
    assert source in found("shop")
    assert table in found("overview orders")
    assert table in found("order dash")
    assert table not in found("orders"), "the list has a button for it"
    assert [browser.get(path).status_code for _, path in (source, table)] == [200, 200]


def test_the_palette_finds_only_what_one_may_list(nexus: Nexus) -> None:
    access, system = nexus.kernel.access, Actor.system("test")
    ruled = Grant(source="shop", action="row.*", resource="orders", rows=RULE)
    access.roles.save(Role(name="seller", grants=(ruled,)), by=system)
    access.users.create("bo@example.com", password=PASSWORD, roles=("seller",), by=system)
    browser = signed_in(nexus, "bo@example.com")
    told = browser.get("/~palette", params={"q": "A-"}).text + browser.get("/search", params={"q": "ilse"}).text
    assert "A-1" in told
    assert "A-2" not in without_tokens(told)
    assert "van Dijk" not in told
    assert "~dashboard" not in browser.get("/~palette", params={"q": "overview"}).text


def test_what_fields_complain_in_is_there_for_everybody_in_the_words_of_the_house(nexus: Nexus) -> None:
    stranger = TestClient(nexus)
    said = stranger.get("/~complaints")
    assert said.status_code == 200
    assert "<dt>valueMissing</dt><dd>This has to be filled in.</dd>" in said.text
    assert "{least}" in said.text
    assert 'name="nx-complaints" content="/~complaints"' in stranger.get("/sign-in").text


def test_search_and_help_work_as_pages(browser: TestClient) -> None:
    assert 'href="/s/shop/customers/2"' in browser.get("/search", params={"q": "ilse"}).text
    assert "Nothing found" in browser.get("/search", params={"q": "no such thing anywhere"}).text
    assert "Search or jump to anything" in browser.get("/help").text


def test_many_tables_are_a_click_away_and_the_menu_stays_short(tmp_path: Path) -> None:
    tables = "".join(f"create table thing_{n:03} (id integer primary key, name text);" for n in range(120))
    with served(tmp_path, tables) as app:
        browser = signed_in(app)
        page = browser.get("/s/shop/thing_100").text
        menu = page[page.index('id="nx-sidebar"') : page.index("</aside>")]
        assert menu.count('href="/s/shop/thing') == 25
        assert 'href="/s/shop/thing_100" title="Thing 100" aria-current="page"' in menu
        assert "95 more" in menu
        assert "Find a table" in menu
        assert main_of(browser.get("/s/shop").text).count('href="/s/shop/thing') == 120


def test_a_folded_group_and_a_rail_come_from_the_server(browser: TestClient) -> None:
    browser.cookies.set("nx_folded", "shop")
    assert '<details class="nx-nav__group" data-nav-fold="shop">' in browser.get("/").text
    browser.cookies.set("nx_nav", "rail")
    page = browser.get("/").text
    assert 'data-nav="rail"' in page
    assert '<details class="nx-nav__group" data-nav-fold="shop" open>' in page


def main_of(page: str) -> str:
    return page[page.index('id="main"') :]


def test_who_has_no_role_is_told_that_and_not_to_start_a_server(nexus: Nexus) -> None:
    nexus.kernel.access.users.create("bo@example.com", password=PASSWORD, by=Actor.system("test"))
    page = signed_in(nexus, "bo@example.com").get("/").text
    assert "Nothing is open to you yet" in page
    assert "nexus serve" not in page


def test_the_keys_of_the_rows_are_in_the_list_of_shortcuts(browser: TestClient) -> None:
    page = browser.get("/s/shop/orders").text
    for keys, name in (
        ("j k", "Next, previous row"),
        ("Space", "Look at the row beside the list"),
        ("x", "Pick the row"),
    ):
        assert f'data-shortcut="{keys}" data-shortcut-name="{name}"' in page
    assert 'data-shortcut="g h" data-shortcut-name="Go to Home"' in page
    assert 'data-shortcut="j k"' not in browser.get("/account").text


def test_the_front_page_says_how_many_jobs_were_given_up_on_to_whoever_may_look_at_them(nexus: Nexus) -> None:
    queue, owner = nexus.kernel.services.get(Queue), signed_in(nexus)
    assert "given up on" not in owner.get("/").text
    queue.push("mail", {"n": 1}, max_attempts=1)
    queue.nack(queue.pop("mail")[0], "550 mailbox unavailable")
    assert "1 job given up on" in owner.get("/").text
    assert "given up on" not in signed_in(nexus, "bo@example.com").get("/").text
