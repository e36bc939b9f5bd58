"""A row beside its list: its fields in short, what belongs to it, what happened to it."""

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
from tests.web.world import PASSWORD, csrf, served, signed_in

TABLES = """
create table orders (id integer primary key, number text not null unique, note text);
create table items (id integer primary key, order_id integer not null references orders, quantity integer not null);
create table broad (id integer primary key, name text, {columns});
insert into orders values (7, 'A-7', 'n7'), (8, 'A-8', null);
insert into items values (70, 7, 3), (71, 7, 5);
insert into broad (id, name, {names}) values (1, 'One', {values});
""".format(
    columns=", ".join(f"c{n} text" for n in range(20)),
    names=", ".join(f"c{n}" for n in range(18)),
    values=", ".join(f"'v{n}'" for n in range(18)),
)
ORDER = "/s/shop/orders/7"
DRAWER = {"X-Nexus-Fragment": "drawer"}


@pytest.fixture
def nexus(tmp_path: Path) -> Iterator[Nexus]:
    with served(tmp_path, TABLES) as app:
        yield app


@pytest.fixture
def browser(nexus: Nexus) -> TestClient:
    return signed_in(nexus)


def parts(drawer: str) -> list[str]:
    """Return the addresses of what the drawer fetches when it is seen."""
    return [html.unescape(one) for one in re.findall(r'data-fragment="([^"]+)"', drawer)]


def test_it_has_what_belongs_to_the_row_and_what_happened_to_it(browser: TestClient) -> None:
    belongs, happened = parts(browser.get(f"{ORDER}/~peek", headers=DRAWER).text)
    items = browser.get(belongs).text
    assert re.findall(r"<th[^>]*>.*?<span>([\w ]+)</span>", items) == ["Quantity"]
    assert re.findall(r'href="(/s/shop/items/\d+)">(\d+)', items) == [
        ("/s/shop/items/70", "3"),
        ("/s/shop/items/71", "5"),
    ]
    sent = {"_csrf": csrf(browser.get(f"{ORDER}/edit").text), "was.note": "n7", "value.note": "gift"}
    browser.post(f"{ORDER}/edit", data=sent)
    assert re.search(r"<del>n7</del>.*<ins>gift</ins>", browser.get(happened).text)


def test_nothing_that_belongs_to_a_row_is_said_as_such(browser: TestClient) -> None:
    belongs, _ = parts(browser.get("/s/shop/orders/8/~peek", headers=DRAWER).text)
    assert "Nothing here yet" in browser.get(belongs).text


def test_it_offers_no_more_than_its_reader_may_see(nexus: Nexus) -> None:
    system = Actor.system("test")
    grants = tuple(Grant(source="shop", resource="orders", action=name) for name in ("row.list", "row.read"))
    nexus.kernel.access.roles.save(Role(name="narrow", grants=grants), by=system)
    nexus.kernel.access.users.create("ben@example.com", password=PASSWORD, roles=("narrow",), by=system)
    drawer = signed_in(nexus, "ben@example.com").get(f"{ORDER}/~peek", headers=DRAWER).text
    assert "A-7" in drawer
    assert parts(drawer) == []
    assert "/edit" not in drawer


def test_many_fields_are_folded_behind_the_first_and_empty_ones_named(browser: TestClient) -> None:
    drawer = browser.get("/s/shop/broad/1/~peek", headers=DRAWER).text
    first, more = drawer.split("<details", 1)
    assert first.count("<dt>") == 10
    assert "v17" in more
    assert "Empty: C18, C19" in " ".join(drawer.split())
