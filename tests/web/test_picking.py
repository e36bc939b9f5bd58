"""The picker of a form over HTTP, where keys are odd."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from nexus_admin import Nexus
from nexus_admin.domain.actor import Actor
from nexus_admin.kernel.options import Options
from tests.web.test_main_job import PASSWORD, signed_in

TABLES = """
create table tags (code text primary key, label text);
insert into tags values ('', 'empty'), ('~x', 'tilde'), ('a,b/c', 'commas'), ('new', 'word');
create table places (aisle text not null, shelf text not null, label text, primary key (aisle, shelf));
insert into places values ('', '', 'nowhere'), ('~x', 'a,b', 'odd'), ('1', '2', 'plain');
"""


def test_rows_with_odd_keys_can_be_picked(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "odd.db") as connection:
        connection.executescript(TABLES)
    nexus = Nexus(options=Options(urls=(("odd", str(tmp_path / "odd.db")),), state=str(tmp_path / "n.db"), environ={}))
    nexus.start()
    nexus.kernel.access.users.create("ada@example.com", password=PASSWORD, roles=("owner",), by=Actor.system("test"))
    browser = signed_in(nexus, "ada@example.com")
    tags = {one["value"] for one in browser.get("/s/odd/tags/~pick").json()["options"]}
    assert tags == {"", "~x", "a,b/c", "new"}
    places = [one["value"] for one in browser.get("/s/odd/places/~pick").json()["options"]]
    assert len(places) == 3
    assert all(browser.get(f"/s/odd/places/{place}").status_code == 200 for place in places)
    nexus.kernel.stop()
