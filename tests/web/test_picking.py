"""The picker of a form over HTTP, where keys are odd."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.domain.actor import Actor
from nexus_admin.kernel.options import Options
from tests.web.test_main_job import PASSWORD, signed_in

TABLES = """
create table tags (code text primary key, label text);
insert into tags values ('', 'empty'), ('~x', 'tilde'), ('a,b/c', 'commas'), ('new', 'word');
create table places (aisle text not null, shelf text not null, label text, primary key (aisle, shelf));
insert into places values ('', '', 'nowhere'), ('~x', 'a,b', 'odd'), ('1', '2', 'plain');
create table people (id integer primary key, name text not null, company text, email text, city text,
  tag text references tags);
insert into people values (1, 'Ann', null, 'ann@example.com', 'Leeds', 'new'),
  (2, 'Ann', 'Acme', 'a.n@example.com', 'York', 'new'), (3, 'Bo', null, null, null, 'new');
create table visits (id integer primary key, name text not null, came_at timestamp, town text);
insert into visits values (1, 'Cy', '2026-02-15 09:34:33', null), (2, 'Cy', '2026-02-16 10:00:00', 'Hull');
"""


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[TestClient]:
    with sqlite3.connect(tmp_path / "odd.db") as connection:
        connection.executescript(TABLES)
    nexus = Nexus(options=Options(urls=(("odd", str(tmp_path / "odd.db")),), state=str(tmp_path / "n.db"), environ={}))
    nexus.start()
    nexus.kernel.access.users.create("ada@example.com", password=PASSWORD, roles=("owner",), by=Actor.system("test"))
    yield signed_in(nexus, "ada@example.com")
    nexus.kernel.stop()


def test_rows_with_odd_keys_can_be_picked(browser: TestClient) -> None:
    tags = {one["value"] for one in browser.get("/s/odd/tags/~pick").json()["options"]}
    assert tags == {"", "~x", "a,b/c", "new"}
    places = [one["value"] for one in browser.get("/s/odd/places/~pick").json()["options"]]
    assert len(places) == 3
    assert all(browser.get(f"/s/odd/places/{place}").status_code == 200 for place in places)


def test_what_tells_rows_of_the_same_title_apart_stands_below_it(browser: TestClient) -> None:
    found = browser.get("/s/odd/people/~pick").json()["options"]
    assert [(one["label"], one["detail"]) for one in found] == [
        ("Ann", "ann@example.com · Leeds"),
        ("Ann", "Acme · a.n@example.com"),
        ("Bo", ""),
    ]


def test_a_moment_comes_last_below_a_title_and_as_people_write_it(browser: TestClient) -> None:
    found = browser.get("/s/odd/visits/~pick").json()["options"]
    assert sorted(one["detail"] for one in found) == ["2026-02-15 09:34", "Hull · 2026-02-16 10:00"]
