"""A table of all rows over HTTP: every page is what the list would show its reader, and is reached without scripts."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.role import Grant, Role
from nexus_admin.kernel.options import Options

PASSWORD = "a long password 1"
SYSTEM = Actor.system("test")
TABLE = "create table events (id integer primary key, name text not null, place text not null)"
BOARD = """title = "Events"
source = "log"
[[filters]]
field = "place"
[[widgets]]
widget = "table"
[widgets.options]
resource = "events"
columns = ["name"]
sort = ["-id"]
"""
ALL = BOARD + 'rows = "all"\nlimit = 20\n'
NORTH = {"field": "place", "op": "eq", "value": "north"}
ROWS = 130


@pytest.fixture
def nexus(tmp_path: Path) -> Iterator[Nexus]:
    (tmp_path / "dashboards").mkdir()
    (tmp_path / "dashboards/all.toml").write_text(ALL)
    (tmp_path / "dashboards/first.toml").write_text(BOARD)
    with sqlite3.connect(tmp_path / "log.db") as connection:
        connection.execute(TABLE)
        rows = [(at, f"E-{at}", "north" if at % 3 else "south") for at in range(1, ROWS + 1)]
        connection.executemany("insert into events values (?, ?, ?)", rows)
    urls = (("log", str(tmp_path / "log.db")),)
    app = Nexus(options=Options(tmp_path, urls, str(tmp_path / "nexus.db"), environ={}))
    app.start()
    grants = (Grant(source="log", resource="events", action="row.*", rows=NORTH), Grant(action="dashboard.view"))
    app.kernel.access.roles.save(Role(name="northern", grants=grants), by=SYSTEM)
    for name, role in (("ada", "owner"), ("noor", "northern")):
        app.kernel.access.users.create(f"{name}@example.com", password=PASSWORD, roles=(role,), by=SYSTEM)
    yield app
    app.kernel.stop()


def enter(nexus: Nexus, name: str) -> TestClient:
    browser = TestClient(nexus, base_url="http://testserver")
    browser.post("/sign-in", data={"email": f"{name}@example.com", "password": PASSWORD})
    return browser


def names(page: str) -> list[str]:
    return re.findall(r">(E-\d+)<", page)


def walked(browser: TestClient, address: str) -> list[str]:
    """Return the names on all pages, from link to link."""
    found: list[str] = []
    while True:
        page = browser.get(address).text
        found += names(page)
        onward = re.search(r'href="([^"]+)" rel="next"', page)
        if onward is None:
            return found
        address = unescape(onward[1])


def counted_off(browser: TestClient) -> list[str]:
    """Return the names on all pages of the widget alone, each reached by its place."""
    pages = [browser.get(f"/dashboards/all/~w/1?at.w1={at}").text for at in range(0, ROWS + 20, 20)]
    return [name for page in pages for name in names(page)]


@pytest.mark.req("S003-WIDG-13")
def test_every_way_through_the_pages_shows_each_row_once(nexus: Nexus) -> None:
    browser = enter(nexus, "ada")
    everything = [f"E-{at}" for at in range(ROWS, 0, -1)]
    assert walked(browser, "/dashboards/all") == everything
    assert counted_off(browser) == everything


@pytest.mark.req("S003-WIDG-13")
def test_no_page_shows_a_row_that_the_list_would_not_show(nexus: Nexus) -> None:
    browser = enter(nexus, "noor")
    seen = [f"E-{at}" for at in range(ROWS, 0, -1) if at % 3]
    assert walked(browser, "/dashboards/all") == seen
    assert counted_off(browser) == seen
    alone = browser.get("/dashboards/all/~w/1").text
    count = unescape(re.search(r'data-count="([^"]+)"', alone)[1])  # type: ignore[index]
    assert browser.get(count).json()["value"] == len(seen)
    cursor = re.search(r'data-next="([^"]+)"', enter(nexus, "ada").get("/dashboards/all/~w/1").text)
    assert cursor is not None
    refused = browser.get("/dashboards/all/~w/1", params={"at.w1": 20, "after.w1": cursor[1]}).text
    assert names(refused) == []
    assert "cursor" in refused


def test_the_dashboards_filter_holds_on_every_page(nexus: Nexus) -> None:
    found = walked(enter(nexus, "ada"), "/dashboards/all?f.place=south")
    assert found == [f"E-{at}" for at in range(ROWS, 0, -1) if not at % 3]


def test_a_place_that_is_none_is_named(nexus: Nexus) -> None:
    browser = enter(nexus, "ada")
    for place in ("x", "-1", "99999999"):
        page = browser.get(f"/dashboards/all/~w/1?at.w1={place}").text
        assert "is no number of rows" in page
        assert names(page) == []


def test_only_a_page_with_such_a_table_loads_what_it_needs(nexus: Nexus) -> None:
    browser = enter(nexus, "ada")
    page = browser.get("/dashboards/all").text
    (script,) = re.findall(r'<script type="module" src="([^"]+/scroll\.js)"', page)
    (looks,) = re.findall(r'<link rel="stylesheet" href="([^"]+/scroll\.css)"', page)
    for one in (script, looks, script.replace("scroll.js", "pages.js")):
        assert browser.get(one).status_code == 200
    assert "scroll." not in browser.get("/dashboards/first").text
