"""Pages that follow are told what others change: once each, in their topic, with who it was."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.target import Target
from nexus_admin.web.live import wire
from nexus_admin.web.live.connection import MOST_WAITING, Connection
from tests.web.live.world import Live, live
from tests.web.world import served

ROWS = "rows/shop/customers"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Nexus]:
    with served(tmp_path) as nexus:
        system = Actor.system("test")
        for name in ("ben", "eve"):
            nexus.kernel.access.users.create(
                f"{name}@example.com", name=name.title(), password="a long password 1", roles=("owner",), by=system
            )
        yield nexus


@pytest.fixture
def pages(app: Nexus) -> Iterator[Live]:
    with live(app) as opened:
        yield opened


@pytest.fixture
def ada(pages: Live) -> TestClient:
    return pages.browser("ada@example.com")


def change(app: Nexus, action: str, key: str | None, data: dict[str, Any], by: str = "ben") -> Any:
    user = app.kernel.access.users.by_email(f"{by}@example.com")
    assert user is not None
    actor = app.kernel.access.actor_of_user(user.id)
    assert actor is not None
    return app.kernel.perform(Call(action, Target("shop", "customers", key), data, actor))


def rename(app: Nexus, key: str, name: str, by: str = "ben") -> Any:
    return change(app, "row.update", key, {"values": {"name": name}}, by)


@pytest.mark.req("S003-STACK-11")
def test_a_page_is_told_what_somebody_else_changed(app: Nexus, pages: Live, ada: TestClient) -> None:
    page = pages.page(ada)
    assert page.follow(ROWS) == [ROWS]
    done = rename(app, "1", "Priya R.")
    (told,) = page.news()
    assert told == {"key": "1", "what": "updated", "who": "Ben", "entry": done.entry}
    assert change(app, "row.create", None, {"values": {"name": "New"}}).key == "3"
    assert [(one["key"], one["what"]) for one in page.news()] == [("3", "created")]
    change(app, "row.delete", "3", {})
    assert [(one["key"], one["what"]) for one in page.news()] == [("3", "deleted")]


def test_a_page_hears_of_what_it_follows_and_of_nothing_else(app: Nexus, pages: Live, ada: TestClient) -> None:
    page = pages.page(ada)
    page.follow(f"{ROWS}/2", "rows/shop/orders")
    rename(app, "1", "Not followed")
    rename(app, "2", "Followed")
    told = page.hear()
    assert (told["topic"], [one["key"] for one in told["news"]]) == (f"{ROWS}/2", ["2"])
    page.follow(ROWS)
    rename(app, "1", "Followed now")
    assert page.hear()["topic"] == ROWS


def test_ones_own_change_says_so(app: Nexus, pages: Live, ada: TestClient) -> None:
    page = pages.page(ada)
    page.follow(ROWS)
    rename(app, "1", "Mine", by="ada")
    assert page.news()[0]["mine"] is True


def test_what_came_between_drawing_and_following_is_told_then(app: Nexus, pages: Live, ada: TestClient) -> None:
    first = pages.page(ada)
    first.follow(ROWS)
    rename(app, "1", "Missed")
    assert [one["key"] for one in first.news()] == ["1"]
    late = pages.page(ada)
    late.follow(ROWS, since=first.stamp)
    assert [one["key"] for one in late.news()] == ["1"]
    first.socket.close()
    late.socket.close()
    while len(app.live.followers):
        time.sleep(0.01)
    rename(app, "2", "While nobody looked")
    back = pages.page(ada)
    back.follow(ROWS, since=late.stamp)
    assert [one["key"] for one in back.news()] == ["2"]
    long_away = pages.page(ada)
    long_away.follow(ROWS, since=first.stamp - 3600)
    assert long_away.hear() == {"gap": True}


def test_a_page_hears_of_its_row_among_thousands(app: Nexus, pages: Live, ada: TestClient, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.executemany("insert into customers values (?, 'Some', 'NL')", [(key,) for key in range(10, 3_010)])
    page = pages.page(ada)
    page.follow(ROWS, f"{ROWS}/2999")
    change(app, "rows.update", None, {"everything": True, "values": {"country": "XX"}})
    heard = []
    while not (heard and heard[-1]["topic"] == f"{ROWS}/2999"):
        heard.append(page.hear())
    assert [one["key"] for one in heard[-1]["news"]] == ["2999"]
    assert max(len(one.get("news", ())) for one in heard) <= wire.MOST_NEWS
    assert len(heard) < 100


def test_of_more_than_a_page_can_use_it_is_told_that_there_were_many() -> None:
    few, many = ([{"key": str(one)} for one in range(count)] for count in (wire.MOST_NEWS, wire.MOST_NEWS + 1))
    assert len(json.loads(wire.news("rows/s/t", few, 1.5))["news"]) == wire.MOST_NEWS
    assert json.loads(wire.news("rows/s/t", many, 1.5)) == {"topic": "rows/s/t", "many": True, "at": 1.5}


def test_a_slow_page_reads_anew_instead_of_holding_anybody_up() -> None:
    rung: list[int] = []
    page = Connection(Actor("user:1"), "", lambda: rung.append(1))
    for number in range(MOST_WAITING + 3):
        page.offer(str(number))
    assert [page.take() for _ in range(4)] == [wire.GAP, str(MOST_WAITING + 1), str(MOST_WAITING + 2), None]
    page.end(4401)
    page.offer("too late")
    assert page.take() is None


@pytest.mark.req("S003-STACK-11")
def test_events_are_told_the_same_where_a_websocket_is_blocked(app: Nexus, pages: Live, ada: TestClient) -> None:
    page = pages.events(ada, f"follow={ROWS},rows/shop/nowhere&since=0")
    assert page.hear()["following"] == [ROWS]
    assert page.hear() == {"gap": True}
    assert (page.status, page.headers[b"content-type"]) == (200, b"text/event-stream; charset=utf-8")
    done = rename(app, "1", "Priya R.")
    told = page.hear()
    assert told["topic"] == ROWS
    assert told["news"] == [{"key": "1", "what": "updated", "who": "Ben", "entry": done.entry}]
    app.kernel.access.sign_out(ada.cookies["nx_session"])
    assert page.hear() == {"over": 4401}


def test_a_page_that_goes_is_forgotten(app: Nexus, pages: Live, ada: TestClient) -> None:
    page = pages.events(ada, f"follow={ROWS}")
    page.hear()
    other = pages.page(ada)
    other.follow(ROWS)
    assert len(app.live.followers) == 2
    page.close()
    other.socket.close()
    while len(app.live.followers):
        time.sleep(0.01)
    assert list(app.live.followers.at(ROWS)) == []


def test_events_of_nothing_are_not_asked_for_again(app: Nexus, ada: TestClient) -> None:
    assert ada.get("/live").status_code == 204
    assert ada.get(f"/live?follow={'x,' * 60}").status_code == 413
    assert TestClient(app, follow_redirects=False).get("/live?follow=rows").status_code in (303, 401)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("{}", 1008), ("no json", 1008), ('{"follow": [1]}', 1008), ('{"follow": "rows"}', 1008), ("[]", 1008),
        ('{"follow": [""]}', 1008), ("x" * 20_000, 1009), (json.dumps({"follow": ["a"] * 60}), 1009),
    ],
)  # fmt: skip
def test_what_makes_no_sense_ends_it(pages: Live, ada: TestClient, said: str, code: int) -> None:
    page = pages.page(ada)
    page.socket.send_text(said)
    assert page.ended() == code


def test_a_page_that_asks_too_often_is_ended(pages: Live, ada: TestClient) -> None:
    page = pages.page(ada)
    for _ in range(60):
        page.follow(ROWS)
    page.socket.send_json({"follow": []})
    assert page.ended() == 4429


def test_nobody_has_more_pages_open_than_there_may_be(app: Nexus, pages: Live, ada: TestClient) -> None:
    for _ in range(40):
        pages.page(ada).follow(ROWS)
    assert pages.page(ada).ended() == 4429
    assert pages.page(pages.browser("ben@example.com")).follow(ROWS) == [ROWS]
    assert ada.get(f"/live?follow={ROWS}").status_code == 429


def test_who_is_on_a_record_sees_who_else_is(app: Nexus, pages: Live, ada: TestClient) -> None:
    here, ben = "here/shop/customers/1", pages.browser("ben@example.com")
    mine = pages.page(ada)
    mine.follow(here)
    assert mine.news() == [{"people": []}]
    theirs = pages.page(ben)
    theirs.follow(here)
    assert [one["name"] for one in theirs.news()[0]["people"]] == ["ada@example.com"]
    (told,) = mine.news()
    assert [(one["name"], one["initials"]) for one in told["people"]] == [("Ben", "B")]
    theirs.follow("rows/shop/customers/1")
    assert mine.news() == [{"people": []}]
