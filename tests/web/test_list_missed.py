"""A search in a list that finds nothing, over HTTP: where it looked, where else to look, and the words as a filter."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.role import Grant, Role
from tests.web.world import PASSWORD, served, signed_in, without_tokens

TABLES = """
create table customers (id integer primary key, name text not null);
create table orders (id integer primary key, number text not null unique, customer_id integer references customers,
  status text not null check (status in ('pending', 'paid')), total decimal(10, 2) not null, note text);
insert into customers values (1, 'Yui Suzuki'), (2, 'Bo');
insert into orders values (1, 'A-1', 1, 'paid', 481.85, 'x'), (2, 'A-2', 2, 'pending', 12.5, null);
"""
ORDERS = "/s/shop/orders"


@pytest.fixture
def nexus(tmp_path: Path) -> Iterator[Nexus]:
    with served(tmp_path, TABLES) as app:
        yield app


@pytest.fixture
def browser(nexus: Nexus) -> TestClient:
    return signed_in(nexus)


def options(page: str) -> dict[str, str]:
    """Return the ways that are offered where nothing matches, by what they say, with their addresses."""
    found = re.findall(r'<a class="nx-option" href="([^"]*)"[^>]*>(.*?)</a>', page, re.DOTALL)
    return {" ".join(re.sub(r"<[^>]*>", " ", text).split()): html.unescape(url) for url, text in found}


def columns(page: str) -> str:
    """Return the columns that are said to have been searched."""
    found = re.search(r"in these columns: ([^<]*)\.<", page)
    return found[1] if found else ""


def limited(nexus: Nexus, *grants: Grant) -> TestClient:
    """Return the browser of somebody who has only *grants*."""
    system = Actor.system("test")
    nexus.kernel.access.roles.save(Role(name="limited", grants=grants), by=system)
    nexus.kernel.access.users.create("bo@example.com", password=PASSWORD, roles=("limited",), by=system)
    return signed_in(nexus, "bo@example.com")


def test_a_name_that_a_column_shows_is_one_click_away_in_its_own_table(browser: TestClient) -> None:
    page = browser.get(ORDERS, params={"search": "Suzuki"}).text
    assert "No order matches" in page
    assert "Number" in columns(page)
    assert "Customer" not in columns(page)
    assert options(page) == {"Look for it in Customers": "/s/shop/customers?search=Suzuki"}
    assert "Yui Suzuki" in browser.get(options(page)["Look for it in Customers"]).text


def test_a_column_of_another_table_offers_that_table_once(browser: TestClient) -> None:
    asked = {"search": "Suzuki", "fields": "number,customer_id,customer.name"}
    assert list(options(browser.get(ORDERS, params=asked).text)) == ["Look for it in Customers"]
    assert options(browser.get(ORDERS, params={"search": "Suzuki", "fields": "number"}).text) == {}


def test_conditions_in_the_search_box_are_offered_as_the_filter_that_they_are(browser: TestClient) -> None:
    page = browser.get(ORDERS, params={"search": "status:paid total:>100", "sort": "id"}).text
    assert "No order matches" in page
    found = browser.get(options(page)["Use it as a filter"]).text
    assert "A-1" in found
    assert "A-2" not in without_tokens(found)
    assert 'name="search" value=""' in found
    assert 'name="sort" value="id"' in found


def test_conditions_in_the_search_box_join_the_filter_that_there_is(browser: TestClient) -> None:
    page = browser.get(ORDERS, params={"search": "total:>1", "filter": "status:pending or note:x"}).text
    found = browser.get(options(page)["Use it as a filter"]).text
    assert "A-1" in found
    assert "A-2" in found
    page = browser.get(ORDERS, params={"search": "total:>100", "filter": "status:pending or note:x"}).text
    assert "A-2" not in without_tokens(browser.get(options(page)["Use it as a filter"]).text)


@pytest.mark.parametrize("words", ["nobody", '"status:paid"', "stats:paid", "status:nope", "a:b:c", "(", "<b>:1", "{}"])
def test_words_that_are_no_conditions_are_offered_as_none(browser: TestClient, words: str) -> None:
    answer = browser.get(ORDERS, params={"search": words})
    assert answer.status_code == 200
    assert "No order matches" in answer.text
    assert "Use it as a filter" not in options(answer.text)
    assert "<b>:1" not in answer.text


def test_what_may_not_be_read_is_neither_named_nor_offered(nexus: Nexus) -> None:
    hidden = {"number": "hidden", "total": "hidden", "note": "masked"}
    browser = limited(nexus, Grant(source="shop", resource="orders", action="row.list", fields=hidden))
    page = browser.get(ORDERS, params={"search": "Suzuki"}).text
    assert "Number" not in page
    assert "Note" not in columns(page)
    assert options(page) == {}
    for words in ("total:>100", "note:x", "customer.name:Bo"):
        assert options(browser.get(ORDERS, params={"search": words}).text) == {}
    assert list(options(browser.get(ORDERS, params={"search": "id:1"}).text)) == ["Use it as a filter"]


def test_a_list_without_a_search_says_nothing_of_searching(browser: TestClient) -> None:
    page = browser.get(ORDERS, params={"filter": "total:>1000"}).text
    assert "No order matches" in page
    assert "these columns" not in page
