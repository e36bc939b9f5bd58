"""Nobody hangs a row on one that is hidden from them, or finds out by trying which rows there are."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from nexus_admin import Nexus
from nexus_admin.domain.action import Call
from nexus_admin.domain.errors import Invalid
from nexus_admin.domain.role import Grant
from nexus_admin.domain.target import Target
from tests.security.world import FRENCH, ON_ROWS, Browser, add_role, add_user
from tests.web.world import served

TABLES = """
create table customers (id integer primary key, name text, country text, friend_id integer references customers);
create table notes (id integer primary key, text text, customer_id integer references customers);
insert into customers values (1, 'Amelie', 'FR', null), (2, 'Hans', 'DE', null), (3, 'Bruno', 'FR', 2);
insert into notes values (1, 'one', 1), (2, 'two', 2);
"""


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Nexus]:
    with served(tmp_path, TABLES) as nexus:
        grants = [Grant(source="shop", resource="customers", action=name, rows=FRENCH) for name in ON_ROWS]
        grants += [Grant(source="shop", resource="notes", action=name) for name in ON_ROWS]
        add_role(nexus, "french", *grants)
        add_user(nexus, "bo@example.com", "french")
        yield nexus


@pytest.fixture
def bo(app: Nexus) -> Browser:
    return Browser(app, "bo@example.com")


def test_what_is_hidden_is_answered_like_what_is_not_there(bo: Browser, tmp_path: Path) -> None:
    hidden, nowhere = (bo.api("PATCH", "/shop/notes/1", {"customer_id": key}) for key in (2, 99))
    assert hidden.status_code == nowhere.status_code == 422
    assert hidden.json()["errors"] == nowhere.json()["errors"] == {"customer_id": "There is no such row in customers."}
    made = [bo.api("POST", "/shop/notes", {"text": "x", "customer_id": key}) for key in (2, 99)]
    assert [one.status_code for one in made] == [422, 422]
    assert made[0].json()["errors"] == made[1].json()["errors"]
    form = bo.post("/s/shop/notes/1/edit", **{"value.customer_id": "2", "was.customer_id": "1"})
    assert form.status_code == 422
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        assert connection.execute("select customer_id from notes order by id").fetchall() == [(1,), (2,)]


def test_what_may_be_seen_is_pointed_at_and_what_was_there_stays(bo: Browser) -> None:
    assert bo.api("PATCH", "/shop/notes/1", {"customer_id": 3}).status_code == 200
    assert bo.api("PATCH", "/shop/notes/2", {"text": "new"}).json()["customer_id"] == 2
    assert bo.api("PATCH", "/shop/notes/2", {"customer_id": 2, "text": "newer"}).status_code == 200
    assert bo.api("PATCH", "/shop/notes/1", {"customer_id": None}).status_code == 200
    assert bo.api("PATCH", "/shop/customers/3", {"name": "Bruno B."}).status_code == 200


def test_a_row_may_point_at_itself(bo: Browser) -> None:
    made = bo.api("POST", "/shop/customers", {"id": 9, "name": "Nia", "country": "FR", "friend_id": 9})
    assert made.status_code == 201
    assert bo.api("PATCH", "/shop/customers/1", {"friend_id": 1}).status_code == 200


def test_many_rows_are_not_hung_on_a_hidden_one(app: Nexus) -> None:
    found = app.kernel.access.users.by_email("bo@example.com")
    assert found is not None
    actor = app.kernel.access.actor_of_user(found.id)
    assert actor is not None
    for customer in (2, 99):
        edit = {"keys": ["1", "2"], "values": {"customer_id": customer}}
        with pytest.raises(Invalid, match="no such row in customers"):
            app.kernel.perform(Call("rows.update", Target("shop", "notes"), edit, actor))
    edit = {"keys": ["1", "2"], "values": {"customer_id": 3}}
    assert app.kernel.perform(Call("rows.update", Target("shop", "notes"), edit, actor)).rows == 2


def test_who_sees_all_points_at_all(app: Nexus) -> None:
    ada = Browser(app, "ada@example.com")
    assert ada.api("PATCH", "/shop/notes/1", {"customer_id": 2}).status_code == 200
    assert ada.api("PATCH", "/shop/notes/1", {"customer_id": 99}).status_code == 422
