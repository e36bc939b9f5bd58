"""The second factor over HTTP: set up, asked for, replaced by a recovery code, taken off."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.role import Grant, Role
from tests.web.world import PASSWORD, csrf, served, signed_in


@pytest.fixture
def nexus(tmp_path: Path) -> Iterator[Nexus]:
    with served(tmp_path) as app:
        yield app


def secret_of(page: str) -> pyotp.TOTP:
    found = re.search(r'id="nx-secret">([A-Z2-7 ]+)<', page)
    assert found is not None
    return pyotp.TOTP(found[1].replace(" ", ""))


def codes_of(page: str) -> list[str]:
    return re.findall(r"<li>([a-z2-9]{4}(?:-[a-z2-9]{4}){3})</li>", page)


def set_up(browser: TestClient) -> tuple[pyotp.TOTP, list[str]]:
    token = csrf(browser.get("/account/security").text)
    begun = browser.post("/account/factor", data={"_csrf": token}).text
    assert "<svg" in begun
    assert "style=" not in begun
    totp = secret_of(begun)
    done = browser.post("/account/factor/confirm", data={"_csrf": csrf(begun), "code": totp.now()})
    assert done.status_code == 200
    return totp, codes_of(done.text)


@pytest.mark.req("S003-SEC-04")
def test_a_code_is_asked_for_once_it_was_set_up(nexus: Nexus) -> None:
    totp, codes = set_up(signed_in(nexus))
    assert len(set(codes)) == 10
    again = signed_in(nexus)
    asked = again.get("/s/shop/orders", follow_redirects=False)
    assert (asked.status_code, asked.headers["location"]) == (303, "/sign-in/code?next=/s/shop/orders")
    wrong = again.post("/sign-in/code", data={"code": "000000", "next": "/s/shop/orders"})
    assert wrong.status_code == 422
    assert "This code is wrong" in wrong.text
    right = again.post(
        "/sign-in/code", data={"code": totp.at(time.time() + 30), "next": "/s/shop/orders"}, follow_redirects=False
    )
    assert right.headers["location"] == "/s/shop/orders"
    assert again.get("/s/shop/orders").status_code == 200


def test_a_code_that_was_used_is_used_up(nexus: Nexus) -> None:
    totp, _ = set_up(signed_in(nexus))
    code = totp.at(time.time() + 30)
    assert signed_in(nexus).post("/sign-in/code", data={"code": code}, follow_redirects=False).status_code == 303
    assert signed_in(nexus).post("/sign-in/code", data={"code": code}).status_code == 422


def test_a_recovery_code_lets_in_once(nexus: Nexus) -> None:
    _, codes = set_up(signed_in(nexus))
    one, two = signed_in(nexus), signed_in(nexus)
    assert one.post("/sign-in/code", data={"recovery": codes[0]}, follow_redirects=False).status_code == 303
    assert "9 of 10 recovery codes left" in one.get("/account/security").text
    assert two.post("/sign-in/code", data={"recovery": codes[0]}).status_code == 422


def test_it_is_taken_off_with_a_code_only(nexus: Nexus) -> None:
    browser = signed_in(nexus)
    _, codes = set_up(browser)
    token = csrf(browser.get("/account/security").text)
    assert browser.post("/account/factor/remove", data={"_csrf": token, "code": "123456"}).status_code == 422
    done = browser.post("/account/factor/remove", data={"_csrf": token, "code": codes[3]})
    assert "Password only" in done.text
    assert signed_in(nexus).get("/s/shop/orders", follow_redirects=False).status_code == 200


def test_whoever_must_have_one_sets_it_up_on_the_way_in(nexus: Nexus) -> None:
    access = nexus.kernel.access
    role = Role(name="careful", grants=(Grant(source="shop", action="row.*"),), require_second_factor=True)
    access.roles.save(role, by=Actor.system("test"))
    access.users.create("bo@example.com", password=PASSWORD, roles=("careful",), by=Actor.system("test"))
    browser = signed_in(nexus, "bo@example.com")
    asked = browser.get("/s/shop/orders", follow_redirects=False)
    assert asked.headers["location"] == "/sign-in/set-up?next=/s/shop/orders"
    totp = secret_of(browser.post("/sign-in/set-up", data={"next": "/s/shop/orders"}).text)
    assert browser.post("/sign-in/set-up", data={"code": "000000"}).status_code == 422
    done = browser.post("/sign-in/set-up", data={"next": "/s/shop/orders", "code": totp.now()})
    assert len(codes_of(done.text)) == 10
    assert browser.get("/s/shop/orders", follow_redirects=False).status_code == 200


def test_no_code_and_no_secret_reaches_the_ledger(nexus: Nexus) -> None:
    browser = signed_in(nexus)
    totp, codes = set_up(browser)
    signed_in(nexus).post("/sign-in/code", data={"recovery": codes[0]})
    nexus.kernel.ledger.stop()
    state = Path(nexus.kernel.options.state or "").read_bytes()
    entries = nexus.kernel.state.read(
        lambda connection: [str(row) for row in connection.exec_driver_sql("select * from audit_entry")]
    )
    told = "\n".join(entries)
    assert "account.confirm_factor" in told
    for secret in (totp.secret, codes[0], PASSWORD, browser.cookies["nx_session"]):
        assert secret not in told
        assert secret.encode() not in state
