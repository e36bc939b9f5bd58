"""Data sources over HTTP: an owner connects a database, sees what is found, answers, allows writes, removes it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.role import Grant, Role
from nexus_admin.kernel.options import Options
from tests.actions.test_sources import TABLES
from tests.waiting import until
from tests.web.test_main_job import PASSWORD, csrf, signed_in


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.executescript(TABLES)
    return tmp_path / "shop.db"


@pytest.fixture
def nexus(tmp_path: Path) -> Iterator[Nexus]:
    environ = {"NEXUS_SOURCES__FOLDERS": str(tmp_path)}
    app = Nexus(options=Options(state=str(tmp_path / "nexus.db"), environ=environ))
    app.start()
    for email, role in (("ada@example.com", "owner"), ("bo@example.com", "viewer")):
        app.kernel.access.users.create(email, password=PASSWORD, roles=(role,), by=Actor.system("test"))
    yield app
    app.kernel.stop()


@pytest.fixture
def browser(nexus: Nexus) -> TestClient:
    return signed_in(nexus, "ada@example.com")


def connect(nexus: Nexus, browser: TestClient, url: str, **more: Any) -> str:
    form = browser.get("/sources/new").text
    data = {"_csrf": csrf(form), "url": url, "sample": "1", **more}
    answer = browser.post("/sources/new", data=data)
    assert answer.status_code == 200, unescape(answer.text)
    for status in nexus.kernel.sources.statuses():
        until(lambda status=status: status.state != "looking")
    return str(answer.url).removeprefix("http://testserver")


def post(browser: TestClient, path: str, **data: str) -> str:
    page = browser.get("/sources").text
    return browser.post(path, data={"_csrf": csrf(page), **data}).text


def test_whoever_may_connect_is_led_there_while_there_is_nothing(nexus: Nexus, browser: TestClient) -> None:
    assert browser.get("/", follow_redirects=False).headers["location"] == "/sources/new"
    bo = signed_in(nexus, "bo@example.com")
    assert bo.get("/", follow_redirects=False).status_code == 200
    assert bo.get("/sources").status_code == 403


@pytest.mark.parametrize("engine", ["sqlite", "postgres", "mariadb"])
def test_a_database_is_connected_read_and_reviewed(
    nexus: Nexus, browser: TestClient, shop: Path, engine: str, request: pytest.FixtureRequest
) -> None:
    url = str(shop)
    if engine != "sqlite":
        url = request.getfixturevalue(f"new_{engine}_url")
        made = sa.create_engine(url)
        with made.begin() as connection:
            for table in ("customers", "orders"):
                connection.execute(sa.text(f"create table {table} (id integer primary key, name varchar(40))"))
        made.dispose()
    review = connect(nexus, browser, url, name="shop")
    page = browser.get(review).text
    assert "Found in" in page
    assert 'href="/s/shop/orders"' in page
    assert browser.get("/s/shop/orders").status_code == 200


def test_a_database_without_tables_says_so_instead_of_blaming_roles(
    nexus: Nexus, browser: TestClient, tmp_path: Path
) -> None:
    sqlite3.connect(tmp_path / "bare.db").execute("VACUUM")
    connect(nexus, browser, str(tmp_path / "bare.db"))
    page = browser.get("/s/bare").text
    assert "This database is empty." in page
    assert "/sources/bare" in page
    assert "No table that you may open" not in page


def test_answers_given_in_the_review_are_kept(nexus: Nexus, browser: TestClient, shop: Path) -> None:
    page = browser.get(connect(nexus, browser, str(shop))).text
    assert "Is customers.api_token a secret?" in page
    assert "100 %" in page
    post(browser, "/sources/shop/answers", **{"q:relation/orders/customer": "no"})
    assert nexus.kernel.sources.get("shop").schema.resource("orders").field("customer_id").relation is None
    assert "answered" in browser.get("/sources/shop").text


def test_a_refused_address_is_named_and_its_password_is_not(browser: TestClient) -> None:
    form = browser.get("/sources/new").text
    for url, told in (
        ("postgrs://ada:canary@db/shop", "Did you mean 'postgres'"),
        ("postgresql://ada:canary@127.0.0.1:1/shop", "does not answer"),
        ("/etc/passwd", "outside"),
    ):
        answer = browser.post("/sources/new", data={"_csrf": csrf(form), "url": url})
        assert answer.status_code in (400, 503)
        assert told in unescape(answer.text)
        assert "canary" not in answer.text


def test_what_was_typed_stays_in_the_form_but_for_what_is_secret(browser: TestClient) -> None:
    form = browser.get("/sources/new").text

    def again(url: str, **more: str) -> tuple[str, bool]:
        page = unescape(browser.post("/sources/new", data={"_csrf": csrf(form), "url": url, **more}).text)
        kept = re.search(r'id="url"[^>]*value="([^"]*)"', page)
        assert kept is not None
        return kept[1], "Type again what is secret" in page

    plain = "postgresql+psycopg://ada@127.0.0.1:1/shop"
    assert again(plain) == (plain, False)
    assert again(plain, password="canary") == (plain, True)
    assert again("postgresql+psycopg://ada:canary@127.0.0.1:1/shop?sslpassword=canary") == (plain, True)
    assert again("postgresql://ada:can@ry@127.0.0.1:1/shop") == ("", True)
    assert again("postgresql:ada:canary@127.0.0.1") == ("", True)
    assert again("/etc/passwd") == ("/etc/passwd", False)


def test_writes_are_a_switch_and_the_source_can_be_removed(nexus: Nexus, browser: TestClient, shop: Path) -> None:
    connect(nexus, browser, str(shop))
    assert "shop takes writes now." in post(browser, "/sources/shop/writes", allow="1")
    assert not nexus.kernel.sources.get("shop").read_only
    assert "Others hear of it once, though late after a crash." in browser.get("/sources/shop").text
    assert "leave their events in its own database" in post(browser, "/sources/shop/outbox")
    page = browser.get("/sources/shop").text
    assert "they hear of it once, exactly if it was made." in page
    assert "Commands and the API call what holds now level B." in page
    assert "events with the change" in browser.get("/sources").text
    assert "Nothing waits: every event is told." in page
    assert browser.get("/api/v1/sources").json()["sources"][0]["level"] == "B"
    assert "The outbox is gone. Told on the way: 0 events." in post(browser, "/sources/shop/outbox/remove")
    assert "call what holds now level C." in browser.get("/sources/shop").text
    assert "events after the change" in browser.get("/sources").text
    assert "shop is read-only now." in post(browser, "/sources/shop/writes", allow="0")
    assert "no longer connected" in post(browser, "/sources/shop/remove")
    assert browser.get("/s/shop/orders").status_code == 404


def test_what_changed_in_the_database_is_shown_and_accepted(nexus: Nexus, browser: TestClient, shop: Path) -> None:
    connect(nexus, browser, str(shop))
    with sqlite3.connect(shop) as connection:
        connection.execute("alter table orders add column note text")
    post(browser, "/sources/shop/refresh")
    until(lambda: nexus.kernel.sources.status("shop").drift)
    assert "orders.note (TEXT) is new." in browser.get("/sources/shop").text
    post(browser, "/sources/shop/accept")
    assert "has changed" not in browser.get("/sources/shop").text
    assert "note" in nexus.kernel.sources.get("shop").schema.resource("orders").by_name


def test_a_page_of_a_source_that_is_read_says_so_and_loads_again_without_scripts(
    nexus: Nexus, browser: TestClient, shop: Path
) -> None:
    connect(nexus, browser, str(shop))
    status = nexus.kernel.sources.status("shop")
    status.base = None  # as it is before the first reading has ended
    assert 'href="/sources/new?source=shop"' in browser.get("/sources/new?source=shop").text
    assert browser.get("/sources").status_code == 200
    assert browser.get("/").status_code == 200
    answer = browser.get("/s/shop/orders")
    assert answer.status_code == 503
    assert "is being read" in answer.text


def test_a_source_gets_another_name_and_old_addresses_lead_there(nexus: Nexus, browser: TestClient, shop: Path) -> None:
    connect(nexus, browser, str(shop), name="shop")
    told = post(browser, "/sources/shop/rename", name="store")
    assert "shop is called store now." in told
    assert "Undo" in told
    moved = browser.get("/s/shop/orders?q=A-1", follow_redirects=False)
    assert (moved.status_code, moved.headers["location"]) == (302, "/s/store/orders?q=A-1")
    assert browser.get("/sources/shop", follow_redirects=False).headers["location"] == "/sources/store"
    assert browser.get("/api/v1/shop/orders").status_code == 404
    nobody = Role(name="nobody", grants=(Grant(action="dashboard.view"),))
    nexus.kernel.access.roles.save(nobody, by=Actor.system("test"))
    nexus.kernel.access.users.create("eve@example.com", password=PASSWORD, roles=("nobody",), by=Actor.system("test"))
    eve = signed_in(nexus, "eve@example.com")
    assert eve.get("/s/shop/orders", follow_redirects=False).status_code == 404
    assert "There is a source called store already" in unescape(post(browser, "/sources/store/rename", name="store"))
    connect(nexus, browser, str(shop), name="shop")
    assert browser.get("/s/shop/orders", follow_redirects=False).status_code == 200


def test_a_source_is_tried_again_and_led_elsewhere_with_what_differs_shown(
    nexus: Nexus, browser: TestClient, shop: Path
) -> None:
    connect(nexus, browser, str(shop), name="shop")
    assert "SQLite" in post(browser, "/sources/shop/test")
    other = shop.with_name("other.db")
    with sqlite3.connect(other) as connection:
        connection.executescript(TABLES + "create table refunds (id integer primary key);")
    form = browser.get("/sources/shop/edit").text
    assert f'value="sqlite:///{shop}"' in form
    tried = unescape(post(browser, "/sources/shop/edit", url=str(other), do="test"))
    assert "3 tables" in tried
    assert nexus.kernel.sources.status("shop").address == f"sqlite:///{shop}"
    wrong = unescape(post(browser, "/sources/shop/edit", url=str(shop.with_name("gone.db")), do="save"))
    assert "There is no file" in wrong
    post(browser, "/sources/shop/edit", url=str(other), do="save", sample="1")
    until(lambda: nexus.kernel.sources.status("shop").drift)
    page = browser.get("/sources/shop").text
    assert "The database has changed" in page
    assert "refunds" in page
    assert browser.get("/s/shop/orders").status_code == 200


def test_a_kept_password_is_never_shown_and_is_asked_for_anew_elsewhere(
    nexus: Nexus, browser: TestClient, postgres_url: str
) -> None:
    url = sa.make_url(postgres_url).set(password="canary-77")
    connect(nexus, browser, url.render_as_string(hide_password=False), name="pg")
    form = browser.get("/sources/pg/edit").text
    assert "canary" not in form
    assert "Kept as it is" in form
    elsewhere = url.render_as_string(hide_password=False).replace(":canary-77", "").replace("127.0.0.1", "localhost")
    told = unescape(post(browser, "/sources/pg/edit", url=elsewhere, do="save"))
    assert "only for the host and login" in told
    assert "canary" not in told
