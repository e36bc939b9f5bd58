"""Two people change one row: what only one of them touched is kept, what both did is asked about, nothing is lost."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.actions.rows.row import Done, Record
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import Conflict
from nexus_admin.domain.role import Grant, Role
from nexus_admin.domain.target import Target
from tests.web.world import PASSWORD, csrf, served, signed_in

TABLES = """
create table orders (id integer primary key, number text not null, note text, total decimal(10, 2) not null default 0);
insert into orders values (1, 'A-1', 'first', 10), (2, 'A-2', null, 0);
"""
SYSTEM = Actor.system("test")
ROUNDS, THREADS = 130, 8


@pytest.fixture
def nexus(tmp_path: Path) -> Iterator[Nexus]:
    with served(tmp_path, TABLES) as app:
        yield app


@pytest.fixture
def browser(nexus: Nexus) -> TestClient:
    return signed_in(nexus)


def stored(folder: Path, key: int = 1) -> tuple[object, ...]:
    with sqlite3.connect(folder / "shop.db") as connection:
        found: tuple[object, ...] = connection.execute("select * from orders where id = ?", (key,)).fetchone()
        return found


def edited(token: str, **values: tuple[str, str]) -> dict[str, str]:
    was = {f"was.{name}": pair[0] for name, pair in values.items()}
    return {"_csrf": token, **was, **{f"value.{name}": pair[1] for name, pair in values.items()}}


@pytest.mark.req("S003-DATA-02")
def test_changes_of_different_fields_are_both_kept(browser: TestClient, tmp_path: Path) -> None:
    token = csrf(browser.get("/s/shop/orders/1/edit").text)
    browser.post("/s/shop/orders/1/edit", data=edited(token, number=("A-1", "B-1"), note=("first", "first")))
    answer = browser.post("/s/shop/orders/1/edit", data=edited(token, number=("A-1", "A-1"), note=("first", "mine")))
    assert answer.status_code == 200
    assert stored(tmp_path)[:3] == (1, "B-1", "mine")


@pytest.mark.req("S003-DATA-02")
def test_the_same_field_is_asked_about_with_all_three_values(browser: TestClient, tmp_path: Path) -> None:
    token = csrf(browser.get("/s/shop/orders/1/edit").text)
    browser.post("/s/shop/orders/1/edit", data=edited(token, note=("first", "theirs")))
    mine = edited(token, note=("first", "mine"), number=("A-1", "C-1"))
    answer = browser.post("/s/shop/orders/1/edit", data=mine)
    assert answer.status_code == 409
    for value in ("first", "theirs", "mine"):
        assert f">{value}<" in answer.text
    assert stored(tmp_path)[1:3] == ("A-1", "theirs")
    assert 'name="was.note" value="theirs"' in answer.text
    assert 'name="value.number" value="C-1"' in answer.text
    browser.post(
        "/s/shop/orders/1/edit", data=edited(csrf(answer.text), note=("theirs", "mine"), number=("A-1", "C-1"))
    )
    assert stored(tmp_path)[1:3] == ("C-1", "mine")


def test_a_conflict_says_who_and_when_where_nobody_wrote_past_us(browser: TestClient, tmp_path: Path) -> None:
    token = csrf(browser.get("/s/shop/orders/1/edit").text)
    browser.post("/s/shop/orders/1/edit", data=edited(token, note=("first", "theirs"), total=("10", "12.5")))
    mine = edited(token, note=("first", "mine"), total=("10", "13"))
    page = browser.post("/s/shop/orders/1/edit", data=mine).text
    assert len(re.findall(r">ada@example.com, <time[^>]*>just now<", page)) == 2
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("update orders set note = 'by hand' where id = 1")
    page = browser.post("/s/shop/orders/1/edit", data=mine).text
    assert "by hand" in page
    assert len(re.findall(r">ada@example.com, <time", page)) == 1  # of the total


def test_a_conflict_says_nobody_to_whom_the_history_is_closed(nexus: Nexus, browser: TestClient) -> None:
    edits = tuple(Grant(source="shop", resource="orders", action=one) for one in ("row.list", "row.read", "row.update"))
    denied = Grant(source="shop", resource="orders", action="row.history", effect="deny")
    kept = Grant(source="shop", resource="orders", action="row.history", rows={"field": "id", "op": "eq", "value": 2})
    for name, more in (("denied", denied), ("kept", kept)):
        nexus.kernel.access.roles.save(Role(name=name, grants=(*edits, more)), by=SYSTEM)
        nexus.kernel.access.users.create(f"{name}@example.com", password=PASSWORD, roles=(name,), by=SYSTEM)
        theirs = signed_in(nexus, f"{name}@example.com")
        token = csrf(theirs.get("/s/shop/orders/1/edit").text)
        own = csrf(browser.get("/s/shop/orders/1/edit").text)
        browser.post("/s/shop/orders/1/edit", data=edited(own, note=("first", "theirs")))
        answer = theirs.post("/s/shop/orders/1/edit", data=edited(token, note=("first", "mine")))
        assert (answer.status_code, "ada@example.com" in answer.text) == (409, False)


def test_theirs_may_be_kept_and_the_rest_of_mine_saved(browser: TestClient, tmp_path: Path) -> None:
    token = csrf(browser.get("/s/shop/orders/1/edit").text)
    browser.post("/s/shop/orders/1/edit", data=edited(token, note=("first", "theirs")))
    browser.post("/s/shop/orders/1/edit", data=edited(token, note=("theirs", "theirs"), number=("A-1", "C-1")))
    assert stored(tmp_path)[1:3] == ("C-1", "theirs")


def test_a_third_change_meanwhile_is_asked_about_again(browser: TestClient, tmp_path: Path) -> None:
    token = csrf(browser.get("/s/shop/orders/1/edit").text)
    for was, now in (("first", "second"), ("second", "third")):
        browser.post("/s/shop/orders/1/edit", data=edited(token, note=(was, now)))
    assert browser.post("/s/shop/orders/1/edit", data=edited(token, note=("second", "mine"))).status_code == 409
    assert stored(tmp_path)[2] == "third"


def test_of_a_thousand_stale_saves_none_overwrites_another(nexus: Nexus, tmp_path: Path) -> None:
    """Every save names what it saw. Were one lost, the chain of what was and what came would have a gap."""
    actor = Actor(id="user:racer", name="Racer", roles=("owner",))
    target = Target("shop", "orders", "2")

    def race(thread: int) -> tuple[int, int]:
        saved = refused = 0
        for turn in range(ROUNDS):
            record: Record = nexus.kernel.perform(Call("row.edit", target, {}, actor))
            seen, mine = record.row["note"] or "", f"{thread}.{turn}"
            data = {"values": {"note": mine}, "expected": {"note": seen}}
            try:
                done: Done = nexus.kernel.perform(Call("row.update", target, data, actor))
            except Conflict:
                refused += 1
            else:
                assert ((done.changes[0].before or {})["note"] or "") == seen
                saved += 1
        return saved, refused

    with ThreadPoolExecutor(THREADS) as pool:
        results = list(pool.map(race, range(THREADS)))
    saved, refused = (sum(part) for part in zip(*results, strict=True))
    assert saved + refused == ROUNDS * THREADS >= 1000
    assert refused > 0
    links = {}
    for past in nexus.kernel.ledger.history("shop", "orders", "2", limit=2 * ROUNDS * THREADS):
        before, after = (past.change.before or {})["note"], (past.change.after or {})["note"]
        assert before not in links
        links[before] = after
    assert len(links) == saved
    at = None
    for _ in range(saved):
        at = links[at]
    assert at == stored(tmp_path, 2)[2]
