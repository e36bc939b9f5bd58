"""What people and programs are told when something does not go as asked."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.audit.query import AuditQuery
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import SourceDown
from nexus_admin.web.templating import Pages
from tests.web.world import PASSWORD, csrf, served, signed_in


@pytest.fixture
def nexus(tmp_path: Path) -> Iterator[Nexus]:
    with served(tmp_path) as app:
        yield app


@pytest.fixture
def browser(nexus: Nexus) -> TestClient:
    return signed_in(nexus)


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/s/shp/orders", "There is no data source called &#39;shp&#39;. Did you mean &#39;shop&#39;?"),
        ("/s/shop/ordrs", "shop has no table called &#39;ordrs&#39;. Did you mean &#39;orders&#39;?"),
        ("/s/shop/orders/999", "Nothing here"),
        ("/nowhere/at/all", "There is no page at /nowhere/at/all."),
    ],
)
def test_what_is_not_there_says_so_and_names_the_nearest(browser: TestClient, path: str, sentence: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 404
    assert sentence in answer.text or sentence.replace("&#39;", "'") in answer.text
    assert 'id="nx-sidebar"' in answer.text


def test_whoever_may_not_is_told_what_they_are(nexus: Nexus) -> None:
    nexus.kernel.access.users.create("bo@example.com", password=PASSWORD, roles=("viewer",), by=Actor.system("test"))
    browser = signed_in(nexus, "bo@example.com")
    answer = browser.get("/s/shop/orders/new")
    assert answer.status_code == 403
    assert "bo@example.com" in answer.text
    assert '<span class="nx-tag">Viewer</span>' in answer.text
    assert 'href="/s/shop/orders"' in answer.text
    assert "<p>You may not add orders here. None of your roles allows it; ask an administrator.</p>" in answer.text
    small = answer.text.split("Why</summary>")[1].split("</details>")[0]
    assert "may not row.create on shop/orders" in small
    (entry,) = nexus.kernel.ledger.find(AuditQuery(actions=("row.create",), limit=1)).entries
    assert "may not row.create on shop/orders" in entry.detail


def test_nobody_learns_what_there_is_before_signing_in(nexus: Nexus) -> None:
    stranger = TestClient(nexus)
    for path in ("/s/shop/orders", "/s/nothing/here"):
        assert stranger.get(path, follow_redirects=False).headers["location"] == f"/sign-in?next={path}"
    lost = stranger.get("/nowhere")
    assert lost.status_code == 404
    assert "shop" not in lost.text


def test_a_program_gets_problem_json(nexus: Nexus, browser: TestClient) -> None:
    accept = {"accept": "application/json"}
    answer = browser.get("/s/shop/ordrs/~count", headers=accept)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.json()["status"], answer.json()["code"]) == (404, "not_found")
    assert TestClient(nexus).get("/~palette?q=a", headers=accept).status_code == 401


def test_a_mistake_of_ours_has_a_reference_and_no_trace(
    nexus: Nexus, browser: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_actions: object) -> None:
        raise ZeroDivisionError("the secret of the house")

    monkeypatch.setattr(nexus.kernel, "perform", broken)
    answer = browser.get("/account")
    assert answer.status_code == 500
    assert "Reference" in answer.text
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert "the secret of the house" in caplog.text


def test_even_a_page_that_cannot_be_drawn_is_answered(browser: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> str:
        raise ZeroDivisionError

    monkeypatch.setattr(Pages, "draw", broken)
    answer = browser.get("/")
    assert answer.status_code == 500
    assert "Reference:" in answer.text


def test_a_database_that_does_not_answer_is_tried_again(
    nexus: Nexus, browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object, **__: object) -> None:
        raise SourceDown("shop gave no reply within 15 seconds. Nothing was changed.")

    monkeypatch.setattr(nexus.kernel.sources.get("shop"), "read", down)
    answer = browser.get("/s/shop/orders?sort=-id")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"
    assert 'http-equiv="refresh"' in answer.text
    assert 'href="/s/shop/orders?sort=-id">' in answer.text
    assert browser.get("/").status_code == 200


def test_too_many_wrong_passwords_are_slowed_down(nexus: Nexus) -> None:
    browser = TestClient(nexus)
    wrong = {"email": "ada@example.com", "password": "no such password"}
    answers = [browser.post("/sign-in", data=wrong) for _ in range(8)]
    assert answers[0].status_code == 401
    assert answers[-1].status_code == 429
    assert "no such password" not in answers[-1].text


def test_another_method_is_named(browser: TestClient) -> None:
    answer = browser.post("/help", data={"_csrf": csrf(browser.get("/help").text)})
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]


def test_a_table_that_broke_takes_no_other_page_down(nexus: Nexus, browser: TestClient, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("drop table orders")
    assert browser.get("/s/shop/orders").status_code >= 500
    assert browser.get("/s/shop/customers").status_code == 200
    assert browser.get("/~palette", params={"q": "ilse"}).status_code == 200
    assert browser.get("/").status_code == 200
