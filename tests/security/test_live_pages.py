"""Pages that follow learn nothing that their viewer may not see: no row, no hidden column, no sign of either.

Silence is proved by what comes first afterwards: the next thing that they may hear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from nexus_admin import Nexus
from nexus_admin.domain.role import Grant
from nexus_admin.web.headers import POLICY
from nexus_admin.web.live.doors import SOCKETS
from nexus_admin.web.remote import doors as remote
from nexus_admin.web.visit import PUBLIC, SIGNED_IN
from tests.security.world import SYSTEM, Browser, add_role, add_user, guarded
from tests.web.live.world import ORIGIN, Live, Page, live

CUSTOMERS = "rows/shop/customers"
LISTENS = ("client.topic.subscribe", "client.stream.read")


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Nexus]:
    with guarded(tmp_path) as nexus:
        yield nexus


@pytest.fixture
def pages(app: Nexus) -> Iterator[Live]:
    with live(app) as opened:
        yield opened


@pytest.fixture
def ada(app: Nexus) -> Browser:
    return Browser(app, "ada@example.com")


@pytest.fixture
def bo(pages: Live) -> TestClient:
    return pages.browser("bo@example.com")


def changed(browser: Browser, path: str, **values: str | int) -> None:
    assert browser.api("PATCH", f"/shop/{path}", values).status_code == 200


def heard(page: Page) -> list[tuple[str, str]]:
    return [(one["key"], one["what"]) for one in page.news()]


def test_nothing_is_told_of_a_row_outside_of_the_rule(ada: Browser, pages: Live, bo: TestClient) -> None:
    page = pages.page(bo)
    assert page.follow(CUSTOMERS, f"{CUSTOMERS}/2") == [CUSTOMERS, f"{CUSTOMERS}/2"]  # as for a row that is not there
    changed(ada, "customers/2", nick="UNSEEN")
    ada.api("POST", "/shop/customers", {"name": "Unseen too", "country": "DE"})
    changed(ada, "customers/1", nick="seen")
    assert heard(page) == [("1", "updated")]


def test_a_row_that_leaves_the_rule_or_is_deleted_leaves_without_a_word(
    ada: Browser, pages: Live, bo: TestClient
) -> None:
    page = pages.page(bo)
    page.follow(CUSTOMERS, f"{CUSTOMERS}/3")
    changed(ada, "customers/3", country="DE")
    changed(ada, "customers/3", nick="and what happens to it then")
    assert ada.api("DELETE", "/shop/customers/3").status_code in (200, 204)
    changed(ada, "customers/1", nick="seen")
    assert heard(page) == [("1", "updated")]


def test_a_rule_along_a_relation_holds_for_what_is_told(ada: Browser, pages: Live, bo: TestClient) -> None:
    page = pages.page(bo)
    page.follow("rows/shop/orders")
    changed(ada, "orders/2", total=1)
    changed(ada, "orders/1", total=2)
    assert heard(page) == [("1", "updated")]
    changed(ada, "customers/1", country="DE")  # which takes the order out of bo's sight
    changed(ada, "orders/1", total=3)
    changed(ada, "customers/1", country="FR")
    changed(ada, "orders/1", total=4)
    assert heard(page) == [("1", "updated")]


def test_a_change_of_a_hidden_column_is_none_and_one_of_a_masked_one_has_no_value(
    ada: Browser, pages: Live, bo: TestClient
) -> None:
    page = pages.page(bo)
    page.follow(CUSTOMERS, f"{CUSTOMERS}/1")
    changed(ada, "customers/1", ssn="A-NEW-SSN")
    changed(ada, "customers/1", email="new@secret.example")
    told = page.hear()
    assert [(one["key"], one["what"]) for one in told["news"]] == [("1", "updated")]
    assert set(told["news"][0]) <= {"key", "what", "who", "entry"}
    assert not re.search("ssn|secret|email|SSN", str(told["news"][0] | {"who": "", "entry": ""}))
    changed(ada, "customers/3", nick="next")
    both = [told, page.hear(), page.hear()]
    assert sorted(key for one in both for key in [each["key"] for each in one["news"]]) == ["1", "1", "3"]


def test_a_table_that_is_not_ones_own_answers_like_one_that_is_not_there(pages: Live, bo: TestClient) -> None:
    page = pages.page(bo)
    asked = ("rows/shop/payroll", "rows/shop/nowhere", "rows/nowhere/customers", "rows/nexus/user", "rows/shop",
             "rows/shop/payroll/1", "here/shop/payroll/1", "rows", "events/settings.changed", "#", "rows/+/customers",
             "rows/shop/#", "rows/shop/customers/1/2", "$sys", "here/shop/customers")  # fmt: skip
    assert page.follow(*asked, CUSTOMERS) == [CUSTOMERS]


def test_nobody_is_seen_on_a_row_that_they_may_not_see(app: Nexus, pages: Live, bo: TestClient) -> None:
    ada = pages.page(pages.browser("ada@example.com"))
    ada.follow("here/shop/customers/2")
    assert ada.news() == [{"people": []}]
    assert pages.page(bo).follow("here/shop/customers/2") == []
    assert pages.page(bo).follow("here/shop/customers/1") == ["here/shop/customers/1"]


def test_whoever_may_not_see_a_history_is_told_no_name_and_is_not_seen(app: Nexus, ada: Browser, pages: Live) -> None:
    grants = [Grant(source="shop", resource="customers", action=name) for name in ("row.list", "row.read")]
    add_role(app, "glance", *grants)
    add_user(app, "gil@example.com", "glance")
    page = pages.page(pages.browser("gil@example.com"))
    assert page.follow(CUSTOMERS, "here/shop/customers/1") == [CUSTOMERS]
    changed(ada, "customers/1", nick="by somebody")
    assert page.news() == [{"key": "1", "what": "updated"}]


@pytest.mark.parametrize(
    "headers",
    [{}, {"origin": "https://evil.example"}, {"origin": "null"}, {"origin": "http://testserver.evil.example"},
     {"origin": "http://testserver:81"}],
)  # fmt: skip
def test_no_page_of_another_site_can_follow(pages: Live, bo: TestClient, headers: dict[str, str]) -> None:
    with pytest.raises(WebSocketDisconnect):
        pages.page(bo, headers)
    assert pages.page(bo).follow(CUSTOMERS) == [CUSTOMERS]


def test_nobody_follows_without_a_session(app: Nexus, pages: Live) -> None:
    stranger = pages.on_the_loop(TestClient(app))
    for cookie in ("", "nx_session=guessed"):
        with pytest.raises(WebSocketDisconnect):
            pages.page(stranger, {**ORIGIN, "cookie": cookie})
    assert stranger.get(f"/live?follow={CUSTOMERS}", headers={"accept": "application/json"}).status_code == 401


def test_every_socket_declares_what_it_needs(app: Nexus) -> None:
    routes = [one for one in app._app.routes if type(one).__name__ == "WebSocketRoute"]
    needs = {one.path: one.needs for one in SOCKETS} | {remote.PATH: remote.PERMISSION}
    assert {one.path for one in routes} == set(needs)  # type: ignore[attr-defined]
    known = {*app.kernel.access.permissions.known, SIGNED_IN}
    assert [path for path, need in needs.items() if need not in known or need == PUBLIC] == []


@pytest.mark.parametrize("end", ["revoked", "removed", "roles", "signed out"])
def test_a_page_ends_within_seconds_when_its_session_does(app: Nexus, pages: Live, bo: TestClient, end: str) -> None:
    page, access = pages.page(bo), app.kernel.access
    page.follow(CUSTOMERS)
    user = access.users.by_email("bo@example.com")
    assert user is not None
    if end == "revoked":
        assert access.sessions.revoke_all(user.id) == 1
    elif end == "removed":
        access.users.set_active(user.id, False, by=SYSTEM)
    elif end == "roles":
        access.users.set_roles(user.id, (), by=SYSTEM)
    else:
        access.sign_out(bo.cookies["nx_session"])
    assert page.ended() == 4401


def test_a_page_ends_when_a_role_takes_away_what_it_follows(app: Nexus, pages: Live, bo: TestClient) -> None:
    page = pages.page(bo)
    page.follow(CUSTOMERS)
    orders = [Grant(source="shop", resource="orders", action=name) for name in ("row.list", "row.read")]
    add_role(app, "french", *orders)
    assert page.ended() == 4403


def test_a_right_that_is_taken_away_silences_at_once(app: Nexus, ada: Browser, pages: Live, bo: TestClient) -> None:
    page = pages.page(bo)
    page.follow(CUSTOMERS, "rows/shop/orders")
    german = {"field": "country", "op": "eq", "value": "DE"}
    names = ("row.*", "rows.*")
    grants = [Grant(source="shop", resource="customers", action=name, rows=german) for name in names]
    add_role(app, "french", *grants, *(Grant(source="shop", resource="orders", action=name) for name in names))
    changed(ada, "customers/1", nick="not any more")
    changed(ada, "customers/2", nick="but this one")
    assert heard(page) == [("2", "updated")]


def test_nobody_takes_the_live_charts_of_the_others(app: Nexus, pages: Live) -> None:
    add_role(app, "listener", *(Grant(source="nexus", action=one) for one in LISTENS))
    add_user(app, "lu@example.com", "listener")
    browser = pages.browser("lu@example.com")
    page = pages.page(browser)
    for prefix in ("$stream/app.", "app/"):
        asked = [f"numbers/{prefix}{number}" for number in range(250)]
        given = [page.follow(*asked[at : at + 50]) for at in range(0, 250, 50)]
        assert given[0]
        assert given[-1] == []
    mine = ["numbers/app/prices", "numbers/$stream/app.prices"]
    assert pages.page(pages.browser("ada@example.com")).follow(*mine) == mine


def test_scripts_of_a_page_reach_this_server_alone() -> None:
    assert "connect-src 'self';" in POLICY
