"""Who may ask, how often, how much, and what happens to a request that is sent twice."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.access.rates import STEPS
from nexus_admin.domain.role import Grant, Role
from tests.web.api.world import PASSWORD, SYSTEM, add_role, add_user, served, user_id, with_token

ORDERS = "/api/v1/shop/orders"


@pytest.fixture
def nexus(tmp_path: Path) -> Iterator[Nexus]:
    with served(tmp_path) as app:
        yield app


@pytest.fixture
def ada(nexus: Nexus) -> TestClient:
    return with_token(nexus)


def numbers(folder: Path) -> list[str]:
    with sqlite3.connect(folder / "shop.db") as connection:
        return [number for (number,) in connection.execute("select number from orders order by id")]


# ── who ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "header", ["Bearer nxt_wrong", "Bearer ", "Basic YTpi", "nonsense", "Bearer " + "x" * 9000, "Bearer ü"]
)
def test_a_token_that_opens_nothing_is_refused(nexus: Nexus, header: str) -> None:
    answer = TestClient(nexus).get(ORDERS, headers={"Authorization": header.encode()})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+json"


def test_nobody_is_told_nothing(nexus: Nexus) -> None:
    for path in (ORDERS, "/api/v1/sources", "/api/v1/shop", "/api/v1/audit", "/api/v1/nothing/at-all"):
        assert TestClient(nexus).get(path).status_code == 401


def test_a_token_dies_when_it_is_revoked_or_too_old(nexus: Nexus) -> None:
    tokens, ada = nexus.kernel.access.tokens, user_id(nexus, "ada@example.com")
    plain, token = tokens.create(ada, "one")
    client = TestClient(nexus, headers={"Authorization": f"Bearer {plain}"})
    assert client.get(ORDERS).status_code == 200
    tokens.revoke(ada, token.id)
    assert client.get(ORDERS).status_code == 401
    short, _ = tokens.create(ada, "two", lifetime=timedelta(microseconds=1))
    assert TestClient(nexus).get(ORDERS, headers={"Authorization": f"Bearer {short}"}).status_code == 401


def test_a_token_whose_owner_lacks_the_second_factor_that_a_role_asks_for_is_told_so(nexus: Nexus) -> None:
    careful = Role(name="careful", grants=(Grant(source="shop", action="row.*"),), require_second_factor=True)
    nexus.kernel.access.roles.save(careful, by=SYSTEM)
    add_user(nexus, "leo@example.com", "careful")
    answer = with_token(nexus, "leo@example.com").get(ORDERS)
    assert answer.status_code == 401
    assert "second factor that a role asks for" in answer.json()["detail"]


def test_a_token_does_what_its_scopes_say(nexus: Nexus) -> None:
    reads = with_token(nexus, scopes=("row.list", "row.read"))
    assert reads.get(f"{ORDERS}/1").status_code == 200
    assert reads.patch(f"{ORDERS}/1", json={"number": "Z"}).status_code == 403
    told = reads.get("/api/v1/shop").json()
    assert {name for one in told["resources"] for name in one["may"]} <= {"row.list", "row.read"}


def test_a_browser_needs_its_token_for_changes(nexus: Nexus, tmp_path: Path) -> None:
    browser = TestClient(nexus)
    browser.post("/sign-in", data={"email": "ada@example.com", "password": PASSWORD})
    assert browser.get(f"{ORDERS}/1").status_code == 200
    change = {"number": "Z"}
    assert browser.patch(f"{ORDERS}/1", json=change).status_code == 403
    csrf = nexus.kernel.access.sessions.csrf_token(browser.cookies["nx_session"])
    foreign = {"X-CSRF-Token": csrf, "Origin": "https://evil.example"}
    assert browser.patch(f"{ORDERS}/1", json=change, headers=foreign).status_code == 403
    assert numbers(tmp_path)[0] == "A-1"
    assert browser.patch(f"{ORDERS}/1", json=change, headers={"X-CSRF-Token": csrf}).status_code == 200


def test_a_form_of_another_site_is_no_json(ada: TestClient, tmp_path: Path) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
        sent = ada.post(
            ORDERS, content=b'{"number": "X", "customer_id": 1, "total": 1}', headers={"Content-Type": kind}
        )
        assert sent.status_code == 415
    assert len(numbers(tmp_path)) == 3


# ── how often, how much ──────────────────────────────────────────────────────────────────────


@pytest.mark.req("S003-KPI-11")
@pytest.mark.req("S003-SEC-13")
def test_the_request_after_the_last_one_waits(tmp_path: Path) -> None:
    with served(tmp_path) as app:
        ada = with_token(app)
        answers = [ada.get("/api/v1/sources") for _ in range(1001)]
        assert [one.status_code for one in answers[:1000]] == [200] * 1000
        assert answers[0].headers["ratelimit-limit"] == "1000"
        assert answers[999].headers["ratelimit-remaining"] == "0"
        last = answers[1000]
        assert last.status_code == 429
        most = 60 + 60 // STEPS  # a token comes back with the others of its step, when the last of them may
        assert 1 <= int(last.headers["retry-after"]) <= most
        add_user(app, "bo@example.com", "viewer")
        assert with_token(app, "bo@example.com").get("/api/v1/sources").status_code == 200


@pytest.mark.req("S003-SEC-13")
def test_a_route_has_a_limit_of_its_own_at_every_door(tmp_path: Path) -> None:
    with served(tmp_path, **{"api.route_limits": ["rows.export=2", "POST /sign-in=3"]}) as app:
        ada = with_token(app)
        first = ada.get(f"{ORDERS}/~export")
        assert first.headers["ratelimit-policy"] == '"requests";q=1000;w=60, "rows.export";q=2;w=60'
        assert first.headers["ratelimit"].startswith('"requests";r=999;t=')
        assert (first.headers["ratelimit-limit"], first.headers["ratelimit-remaining"]) == ("2", "1")
        assert ada.get(f"{ORDERS}/~export").status_code == 200
        refused = ada.get(f"{ORDERS}/~export")
        assert refused.status_code == 429
        assert "to rows.export" in refused.json()["detail"]
        assert (refused.headers["ratelimit-limit"], refused.headers["ratelimit-remaining"]) == ("2", "0")
        assert ada.get(ORDERS).status_code == 200
        browser = TestClient(app)
        entering = {"email": "ada@example.com", "password": PASSWORD}
        assert browser.post("/sign-in", data=entering, follow_redirects=False).status_code == 303
        paged = [browser.get("/s/shop/orders/~export") for _ in range(3)]
        assert [one.status_code for one in paged] == [200, 200, 429]
        assert int(paged[2].headers["retry-after"]) > 0
        guesses = [TestClient(app).post("/sign-in", data=entering, follow_redirects=False) for _ in range(3)]
        assert [one.status_code for one in guesses] == [303, 303, 429]


def test_a_body_has_a_limit_however_it_is_sent(tmp_path: Path) -> None:
    with served(tmp_path, **{"server.max_body_bytes": 5000}) as app:
        ada = with_token(app)
        large = json.dumps({"number": "x" * 6000}).encode()
        kind = {"Content-Type": "application/json"}
        assert ada.post(ORDERS, content=large, headers=kind).status_code == 413
        assert ada.post(ORDERS, content=iter([large[:3000], large[3000:]]), headers=kind).status_code == 413
        assert TestClient(app).post("/sign-in", data={"email": "x" * 6000}).status_code == 413


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"null", b"[]", b'"x"', b"1", b"\xff\xfe", b'{"total": NaN}', b'{"total": Infinity}',
        b'{"total": 1e999999999}', b'{"total": ' + b"9" * 5000 + b"}", b"[" * 100_000, b'{"a":' * 5000,
        b'{"number": {"a": ' + b"[" * 39 + b"]" * 39 + b"}}", b'{"total": 1' + b"0" * 401 + b"}",
        b'{"number": "\\ud800"}', b'{"": 1}', b'{"id": true}', b'{"customer_id": [1]}',
        b'{"total": {"$ne": 1}}', b'{"number": 5}', b'{"total": "1e400", "number": "n", "customer_id": 1}',
        b'{"id": 99999999999999999999, "number": "n", "customer_id": 1, "total": 1}',
    ],
)  # fmt: skip
def test_a_bad_body_is_named_and_harms_nothing(ada: TestClient, tmp_path: Path, body: bytes) -> None:
    kind = {"Content-Type": "application/json"}
    for answer in (
        ada.post(ORDERS, content=body, headers=kind),
        ada.patch(f"{ORDERS}/1", content=body, headers=kind),
        ada.post("/api/v1/query", content=body, headers=kind),
    ):
        assert 400 <= answer.status_code < 500
        assert answer.json()["detail"]
    assert numbers(tmp_path) == ["A-1", "A-2", "A-3"]


ODD = ["'", '"', "a;drop table orders", "~", "~zz", "%00", "..", "new", "~E", "a" * 5000, "日本", "1,2", "-1", "1e3"]


@pytest.mark.parametrize("odd", ODD)
def test_odd_addresses_and_questions_never_break_anything(ada: TestClient, odd: str) -> None:
    for path in (f"/api/v1/{odd}", f"/api/v1/shop/{odd}", f"{ORDERS}/{odd}", f"{ORDERS}/{odd}/history"):
        assert ada.get(path).status_code in (200, 400, 404)
    for name in ("filter", "sort", "fields", "expand", "limit", "after", "offset", "count", "search"):
        assert ada.get(ORDERS, params={name: odd}).status_code in (200, 400, 422)
    for name in ("actor", "since", "until", "after", "limit", "text", "changing"):
        assert ada.get("/api/v1/audit", params={name: odd}).status_code in (200, 400, 422)


# ── twice ────────────────────────────────────────────────────────────────────────────────────


def test_the_same_request_is_done_once_and_answered_alike(ada: TestClient, tmp_path: Path) -> None:
    body, key = {"number": "A-9", "customer_id": 1, "total": 5}, {"Idempotency-Key": "k-1"}
    first = ada.post(ORDERS, json=body, headers=key)
    again = ada.post(ORDERS, json=body, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotency-replayed"] == "true"
    assert len(numbers(tmp_path)) == 4
    other = ada.post(ORDERS, json={**body, "number": "A-10"}, headers=key)
    assert other.status_code == 422
    assert len(numbers(tmp_path)) == 4


def test_an_answer_given_again_holds_nothing_that_rights_may_hide_by_now(nexus: Nexus) -> None:
    def may(**fields: str) -> None:
        changes = ("row.create", "row.read", "row.list")
        grants = [Grant(source="shop", resource="orders", action=one, fields=fields) for one in changes]
        add_role(nexus, "clerk", *grants, Grant(source="shop", resource="customers", action="row.list"))

    may()
    add_user(nexus, "bo@example.com", "clerk")
    bo = with_token(nexus, "bo@example.com")
    body, key = {"number": "A-9", "customer_id": 1, "total": 5}, {"Idempotency-Key": "k-5"}
    first = bo.post(ORDERS, json=body, headers=key)
    assert (first.status_code, "5.00" in first.text) == (201, True)
    may(total="hidden")
    again = bo.post(ORDERS, json=body, headers=key)
    assert (again.status_code, again.headers["location"], again.text) == (201, first.headers["location"], "")


def test_of_many_at_once_with_one_key_one_is_done(nexus: Nexus, tmp_path: Path) -> None:
    ada = with_token(nexus)
    body, key = {"number": "A-9", "customer_id": 1, "total": 5}, {"Idempotency-Key": "k-2"}
    with start_blocking_portal() as portal, ThreadPoolExecutor(12) as pool:
        ada.portal = portal  # one event loop, as a server has
        answers = list(pool.map(lambda _: ada.post(ORDERS, json=body, headers=key).status_code, range(12)))
    assert set(answers) <= {201, 409}
    assert 201 in answers
    assert len(numbers(tmp_path)) == 4


def test_a_refused_request_may_be_sent_again_and_keys_are_ones_own(nexus: Nexus, ada: TestClient) -> None:
    key = {"Idempotency-Key": "k-3"}
    assert ada.post(ORDERS, json={"number": "A-1", "customer_id": 1, "total": 5}, headers=key).status_code == 422
    assert ada.post(ORDERS, json={"number": "A-9", "customer_id": 1, "total": 5}, headers=key).status_code == 201
    add_user(nexus, "bo@example.com", "editor")
    bo = with_token(nexus, "bo@example.com")
    assert bo.post(ORDERS, json={"number": "A-10", "customer_id": 1, "total": 5}, headers=key).status_code == 201
    for bad in ("", "x" * 256, "\t"):
        assert ada.post(ORDERS, json={}, headers={"Idempotency-Key": bad}).status_code == 400


# ── forms of speech ──────────────────────────────────────────────────────────────────────────


def test_every_method_is_answered(ada: TestClient) -> None:
    assert ada.head(f"{ORDERS}/1").status_code == 200
    options = ada.options(ORDERS)
    assert options.status_code == 204
    assert {one.strip() for one in options.headers["allow"].split(",")} == {"GET", "HEAD", "POST", "OPTIONS"}
    wrong = ada.put(ORDERS, json={})
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")
    assert "GET" in wrong.headers["allow"]
    nowhere = ada.get("/api/v2/nothing")
    assert (nowhere.status_code, nowhere.headers["content-type"]) == (404, "application/problem+json")
    assert ada.get(ORDERS, headers={"Accept": "image/png"}).status_code == 406
    assert ada.get(ORDERS, headers={"Accept": "text/html, application/*;q=0.5"}).status_code == 200


@pytest.mark.req("S003-SEC-14")
def test_other_sites_pages_read_nothing_unless_they_are_set(tmp_path: Path) -> None:
    with served(tmp_path, **{"server.cors_origins": ["https://ok.example"]}) as app:
        ada = with_token(app)
        fine = ada.get(ORDERS, headers={"Origin": "https://ok.example"})
        assert fine.headers["access-control-allow-origin"] == "https://ok.example"
        assert "access-control-allow-credentials" not in fine.headers
        asked = ada.options(ORDERS, headers={"Origin": "https://ok.example"})
        assert "Authorization" in asked.headers["access-control-allow-headers"]
        for origin in ("https://evil.example", "null", "https://ok.example.evil.example"):
            assert "access-control-allow-origin" not in ada.get(ORDERS, headers={"Origin": origin}).headers


@pytest.mark.req("S003-SEC-14")
def test_nobody_is_let_in_where_nothing_is_set_and_pages_are_never_for_others(tmp_path: Path) -> None:
    with served(tmp_path) as app:
        ada = with_token(app)
        for origin in ("https://ok.example", "null", "http://testserver.evil.example"):
            for answer in (
                ada.get(ORDERS, headers={"Origin": origin}),
                ada.options(ORDERS, headers={"Origin": origin}),
            ):
                assert [name for name in answer.headers if name.startswith("access-control-")] == []
    (tmp_path / "set").mkdir()
    with served(tmp_path / "set", **{"server.cors_origins": ["https://ok.example"]}) as app:
        browser = TestClient(app)
        for path in ("/sign-in", "/", "/s/shop/orders", "/static/none.js"):
            answer = browser.get(path, headers={"Origin": "https://ok.example"}, follow_redirects=False)
            assert [name for name in answer.headers if name.startswith("access-control-")] == [], path


def test_it_works_below_a_parent_that_runs_no_lifespan(nexus: Nexus) -> None:
    plain, _ = nexus.kernel.access.tokens.create(user_id(nexus, "ada@example.com"), "mounted")
    parent = TestClient(Starlette(routes=[Mount("/admin", nexus)]))
    ada = {"Authorization": f"Bearer {plain}"}
    page = parent.get("/admin" + ORDERS, params={"limit": "1"}, headers=ada).json()
    assert page["links"]["next"].startswith("/admin/api/v1/shop/orders?")
    assert parent.get(page["links"]["next"], headers=ada).json()["keys"] == ["2"]
    away = parent.get("/admin/s/shop/orders?filter=a%26b", follow_redirects=False)
    assert away.headers["location"] == "/admin/sign-in?next=/s/shop/orders%3Ffilter%3Da%2526b"


def test_a_cookie_of_a_safe_line_stays_on_it(nexus: Nexus) -> None:
    form = {"email": "ada@example.com", "password": PASSWORD}
    safe = TestClient(nexus, base_url="https://testserver").post("/sign-in", data=form, follow_redirects=False)
    assert "; secure" in safe.headers["set-cookie"].lower()
    assert "httponly" in safe.headers["set-cookie"].lower()
    assert safe.headers["strict-transport-security"]
