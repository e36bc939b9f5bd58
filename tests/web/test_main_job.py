"""The main job over HTTP: from a database that nobody described to pages, changes, and the way back."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.role import Grant, Role
from nexus_admin.kernel.options import Options
from tests.web.world import without_tokens

PASSWORD = "a long password 1"
TABLES = """
create table customers (id integer primary key, name text not null, country text);
create table orders (id integer primary key, number text not null unique,
  customer_id integer not null references customers,
  total decimal(10, 2) not null check (total >= 0));
insert into customers values (1, 'Priya <b>Raman</b>', 'IN'), (2, 'Ilse van Dijk', 'NL');
insert into orders values (1, 'A-1', 1, 481.85), (2, 'A-2', 2, 79.42), (3, 'A-3', 2, 12.5);
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.executescript(TABLES)
    return tmp_path / "shop.db"


@pytest.fixture
def nexus(shop: Path) -> Iterator[Nexus]:
    options = Options(urls=(("shop", str(shop)),), state=str(shop.with_name("nexus.db")), allow_writes=True, environ={})
    app = Nexus(options=options)
    app.start()
    app.kernel.access.users.create("ada@example.com", password=PASSWORD, roles=("owner",), by=Actor.system("test"))
    yield app
    app.kernel.stop()


@pytest.fixture
def browser(nexus: Nexus) -> TestClient:
    return signed_in(nexus, "ada@example.com")


def signed_in(nexus: Nexus, email: str) -> TestClient:
    client = TestClient(nexus, base_url="http://testserver")
    client.post("/sign-in", data={"email": email, "password": PASSWORD})
    return client


def csrf(page: str) -> str:
    found = re.search(r'name="_csrf" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_nobody_sees_a_page_before_signing_in(nexus: Nexus) -> None:
    answer = TestClient(nexus).get("/s/shop/orders", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/s/shop/orders")


def test_a_list_shows_rows_with_the_titles_of_what_they_point_to(browser: TestClient) -> None:
    page = browser.get("/s/shop/orders").text
    assert "A-1" in page
    assert "Ilse van Dijk" in page
    assert "<b>Raman</b>" not in page


def test_a_filter_walks_relations_and_a_bad_one_is_named(browser: TestClient) -> None:
    page = browser.get("/s/shop/orders", params={"filter": "customer.country:IN"}).text
    assert "A-1" in page
    assert "A-2" not in without_tokens(page)
    bad = browser.get("/s/shop/orders", params={"filter": "totl:>1"})
    assert bad.status_code == 400
    assert "Did you mean &#39;total&#39;?" in bad.text
    assert "A-1" not in without_tokens(bad.text)


def test_the_count_comes_after_the_rows(browser: TestClient) -> None:
    assert browser.get("/s/shop/orders/~count").json() == {
        "text": "3 rows", "approx": False, "value": 3, "how": "exact",
    }  # fmt: skip


def test_a_form_offers_the_rows_that_a_relation_may_point_to(browser: TestClient) -> None:
    assert 'data-url="/s/shop/customers/~pick"' in browser.get("/s/shop/orders/2/edit").text
    found = browser.get("/s/shop/customers/~pick", params={"q": "dijk"}).json()["options"]
    assert [(one["value"], one["label"]) for one in found] == [("2", "Ilse van Dijk")]


def test_a_change_is_written_kept_in_the_ledger_and_taken_back(browser: TestClient, nexus: Nexus, shop: Path) -> None:
    form = browser.get("/s/shop/orders/2/edit").text
    data = {"_csrf": csrf(form), "was.number": "A-2", "value.number": "B-2"}
    saved = browser.post("/s/shop/orders/2/edit", data=data)
    assert "B-2" in saved.text
    (past,) = nexus.kernel.ledger.history("shop", "orders", "2")
    assert (past.change.before or {})["number"] == "A-2"
    undone = browser.post("/s/shop/~undo", data={"_csrf": csrf(saved.text), "entry": past.entry.id})
    assert undone.status_code == 200
    with sqlite3.connect(shop) as connection:
        assert connection.execute("select number from orders where id = 2").fetchone() == ("A-2",)


def test_what_the_database_forbids_is_said_at_its_field(browser: TestClient) -> None:
    form = browser.get("/s/shop/orders/new").text
    data = {"_csrf": csrf(form), "value.number": "A-1", "value.customer_id": "1", "value.total": "5"}
    answer = browser.post("/s/shop/orders/new", data=data)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text


def test_a_row_is_deleted_and_one_that_others_need_is_not(browser: TestClient, shop: Path) -> None:
    confirm = browser.get("/s/shop/orders/3/delete").text
    browser.post("/s/shop/orders/3/delete", data={"_csrf": csrf(confirm)})
    with sqlite3.connect(shop) as connection:
        assert connection.execute("select count(*) from orders").fetchone() == (2,)
    assert "stand in the way" in browser.get("/s/shop/customers/1/delete").text


def test_a_form_without_its_token_changes_nothing(browser: TestClient, shop: Path) -> None:
    assert browser.post("/s/shop/orders/1/delete").status_code == 403
    with sqlite3.connect(shop) as connection:
        assert connection.execute("select count(*) from orders").fetchone() == (3,)


def test_a_role_with_fewer_rows_and_columns_sees_no_more(nexus: Nexus) -> None:
    rule = {"field": "customer.country", "op": "eq", "value": "NL"}
    grants = tuple(
        Grant(source="shop", resource="orders", action=name, rows=rule, fields={"total": "hidden"})
        for name in ("row.list", "row.read")
    )
    system = Actor.system("test")
    nexus.kernel.access.roles.save(Role(name="dutch", grants=grants), by=system)
    nexus.kernel.access.users.create("bo@example.com", password=PASSWORD, roles=("dutch",), by=system)
    browser = signed_in(nexus, "bo@example.com")
    page = browser.get("/s/shop/orders").text
    assert "A-2" in page
    assert "A-1" not in without_tokens(page)
    assert "79.42" not in without_tokens(page)
    assert browser.get("/s/shop/orders/~count").json()["text"] == "2 rows"
    assert browser.get("/s/shop/orders/1").status_code == 404
    assert browser.get("/s/shop/orders", params={"filter": "total:>1"}).status_code == 400
    assert browser.get("/s/shop/customers").status_code == 404


def test_every_answer_carries_the_strict_policy(browser: TestClient) -> None:
    answer = browser.get("/")
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert "script-src 'self'" in answer.headers["content-security-policy"]


def test_the_set_up_link_works_once(shop: Path) -> None:
    options = Options(urls=(("shop", str(shop)),), state=str(shop.with_name("fresh.db")), environ={})
    app = Nexus(options=options)
    app.start()
    link = f"/set-up/{app.kernel.access.setup.issue()}"
    data = {"name": "Ada", "email": "ada@example.com", "password": PASSWORD}
    assert TestClient(app).post(link, data=data, follow_redirects=False).headers["location"] == "/"
    assert TestClient(app).post(link, data={**data, "email": "eve@example.com"}).status_code == 404
    app.kernel.stop()
