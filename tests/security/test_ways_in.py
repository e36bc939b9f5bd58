"""No form goes through without its token, no cookie of before lets anybody in, and no secret is written down."""

from __future__ import annotations

import logging
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.web.api.doors import DOORS as API_DOORS
from nexus_admin.web.pages.doors import DOORS
from nexus_admin.web.visit import PUBLIC
from tests.security.world import Browser, guarded
from tests.web.world import PASSWORD

POSTS = [door for door in DOORS if door.methods[0] == "POST" and door.needs != PUBLIC]
CHANGES = [door for door in API_DOORS if door.method not in ("GET", "HEAD")]


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Nexus]:
    with guarded(tmp_path) as nexus:
        yield nexus


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nexus]:
    with guarded(tmp_path_factory.mktemp("ways")) as nexus:
        yield nexus


def place(path: str) -> str:
    known = {"{source}": "shop", "{resource}": "customers", "{key}": "1"}
    return re.sub(r"\{[^}]*\}", lambda found: known.get(found[0], "x"), path)


@pytest.mark.parametrize("door", POSTS, ids=lambda door: door.path)
def test_no_form_goes_through_without_its_token(shared: Nexus, door: object) -> None:
    ada, bo = Browser(shared, "ada@example.com"), Browser(shared, "bo@example.com")
    for token in ("", "x" * 96, bo.csrf):
        answer = ada.client.post(place(door.path), data={"_csrf": token, "do": "save"})  # type: ignore[attr-defined]
        assert answer.status_code == 403
        assert "too old" in answer.text


@pytest.mark.parametrize("door", CHANGES, ids=lambda door: f"{door.method} {door.path}")
def test_no_change_of_the_api_goes_by_a_cookie_alone(shared: Nexus, door: object) -> None:
    ada = Browser(shared, "ada@example.com")
    for headers in ({}, {"X-CSRF-Token": "x"}, {"X-CSRF-Token": ada.csrf, "Origin": "https://evil.example"}):
        answer = ada.client.request(
            door.method,  # type: ignore[attr-defined]
            place(door.path),  # type: ignore[attr-defined]
            json={"name": "x"},
            headers=headers,
        )
        assert answer.status_code == 403


def test_signing_in_gives_a_new_session_whatever_cookie_was_there(app: Nexus) -> None:
    login = {"email": "bo@example.com", "password": PASSWORD}
    client = TestClient(app, base_url="https://testserver", follow_redirects=False)
    client.cookies.set("nx_session", "chosen-by-somebody-else")
    answer = client.post("/sign-in", data=login)
    (cookie,) = [one for one in answer.headers.get_list("set-cookie") if one.startswith("nx_session=")]
    assert "chosen-by-somebody-else" not in cookie
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "samesite=lax", "secure", "path=/"} <= parts
    assert not [part for part in parts if part.startswith("domain")]
    value = cookie.partition("=")[2].partition(";")[0]
    other = TestClient(app, base_url="https://testserver", follow_redirects=False, cookies={"nx_session": value})
    assert other.get("/account").status_code == 200
    before = other.cookies["nx_session"]
    csrf = app.kernel.access.sessions.csrf_token(before)
    other.post("/sign-out", data={"_csrf": csrf})
    ended = TestClient(app, base_url="https://testserver", follow_redirects=False, cookies={"nx_session": before})
    assert ended.get("/account").status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"},
        {"Forwarded": "host=evil.example"},
        {"X-Original-URL": "/access"},
        {"X-Rewrite-URL": "/access"},
        {"X-Forwarded-Prefix": "//evil.example"},
        {"X-HTTP-Method-Override": "DELETE"},
    ],
)
def test_headers_of_proxies_that_nobody_trusts_change_nothing(shared: Nexus, headers: dict[str, str]) -> None:
    bo = Browser(shared, "bo@example.com")
    for path in ("/", "/sign-in?next=/account", "/s/shop/customers/1", "/api/v1/shop/customers/1", "/access"):
        plain, bent = bo.client.get(path), bo.client.get(path, headers=headers)
        assert plain.status_code == bent.status_code
        assert plain.headers.get("location") == bent.headers.get("location")
        assert "evil.example" not in bent.text


def test_no_secret_of_an_account_stands_in_the_state_or_the_log(
    app: Nexus, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ada, new = Browser(app, "ada@example.com"), "another long password 2"
    secrets = [PASSWORD, new, ada.client.cookies["nx_session"]]
    secrets += re.findall(r"nx[a-z]*_[\w-]{20,}", ada.post("/account/tokens", name="mine").text)
    invited = ada.post("/access/users", email="ivo@example.com", roles="french").text
    secrets += re.findall(r"/join/([\w.~-]{40,})", invited)
    begun = ada.post("/account/factor").text
    found = re.search(r'id="nx-secret">([A-Z2-7 ]+)<', begun)
    assert found is not None
    secret = found[1].replace(" ", "")
    told = ada.post("/account/factor/confirm", code=pyotp.TOTP(secret).now())
    assert told.status_code == 200
    codes = re.findall(r"<li>([a-z2-9]{4}(?:-[a-z2-9]{4}){3})</li>", told.text)
    assert len(codes) == 10
    secrets += [secret, *codes, ada.client.cookies["nx_session"]]
    ada.csrf = app.kernel.access.sessions.csrf_token(ada.client.cookies["nx_session"])
    changed = ada.post("/account/password", old_password=PASSWORD, new_password=new)
    assert changed.status_code == 303
    secrets.append(ada.client.cookies["nx_session"])
    assert len(secrets) >= 18
    with sqlite3.connect(tmp_path / "nexus.db") as connection:
        connection.execute("pragma wal_checkpoint(truncate)")
    state = b"".join(one.read_bytes() for one in tmp_path.glob("nexus.db*"))
    for one in secrets:
        assert one.encode() not in state, one
        assert one not in caplog.text, one


def test_the_log_of_a_mistake_tells_no_secret_of_its_address(
    app: Nexus, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_given: object) -> None:
        raise RuntimeError("broken")

    bo = Browser(app, "bo@example.com")
    monkeypatch.setattr(type(app.kernel.access.invitations), "whose", broken)
    monkeypatch.setattr("nexus_admin.web.visit.Visit.page", broken)
    for path in ("/join/a-very-secret-thing", "/s/shop/customers?filter=nick:hidden-word"):
        assert bo.get(path).status_code in (303, 404, 500)
    assert "a-very-secret-thing" not in caplog.text
    assert "hidden-word" not in caplog.text
    assert "/join/••••" in caplog.text
