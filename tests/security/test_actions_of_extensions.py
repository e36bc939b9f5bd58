"""What an extension does to a row is done under the rules of whoever asks; a row that is hidden is not there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from nexus_admin import Nexus
from nexus_admin.domain.role import Grant
from tests.security.world import FRENCH, Browser, add_role, add_user
from tests.web.world import served

TABLES = """
create table tasks (id integer primary key, name text, country text, archived_at timestamp);
insert into tasks values (1, 'French task', 'FR', null), (2, 'GERMAN-TASK', 'DE', null), (3, 'Other', 'FR', null);
"""


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Nexus]:
    with served(tmp_path, TABLES) as nexus:
        grants = [Grant(source="shop", resource="tasks", action=one, rows=FRENCH) for one in ("row.*", "archive.*")]
        add_role(nexus, "french", *grants)
        add_user(nexus, "bo@example.com", "french")
        add_role(nexus, "reader", Grant(source="shop", resource="tasks", action="row.*", rows=FRENCH))
        add_user(nexus, "ria@example.com", "reader")
        yield nexus


def archived(tmp_path: Path) -> list[int]:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        return [key for (key,) in connection.execute("select id from tasks where archived_at is not null")]


def test_an_action_reaches_the_rows_of_the_rule(app: Nexus, tmp_path: Path) -> None:
    bo = Browser(app, "bo@example.com")
    assert bo.post("/s/shop/tasks/1/~do", action="archive.archive").status_code == 303
    assert archived(tmp_path) == [1]


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_hidden_row_is_answered_like_none(app: Nexus, tmp_path: Path, method: str) -> None:
    bo = Browser(app, "bo@example.com")
    given = {"action": "archive.archive"}
    hidden, nowhere = (getattr(bo, method)(f"/s/shop/tasks/{key}/~do", **given) for key in (2, 99))
    assert hidden.status_code == nowhere.status_code == 404
    assert "GERMAN-TASK" not in hidden.text
    assert archived(tmp_path) == []


@pytest.mark.parametrize("action", ["row.delete", "access.role.save", "change.undo", "rows.delete", "no.such"])
def test_no_action_of_the_house_comes_in_by_the_door_of_extensions(app: Nexus, action: str) -> None:
    assert Browser(app, "ada@example.com").post("/s/shop/tasks/1/~do", action=action).status_code == 404


def test_who_was_not_given_an_action_does_not_have_it(app: Nexus, tmp_path: Path) -> None:
    ria = Browser(app, "ria@example.com")
    assert ria.post("/s/shop/tasks/1/~do", action="archive.archive").status_code in (403, 404)
    assert "archive.archive" not in ria.get("/s/shop/tasks/1").text
    assert archived(tmp_path) == []
