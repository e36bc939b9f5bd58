"""One's own account over HTTP: name, password, sessions, tokens, looks; and what the ledger says of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.audit.query import AuditQuery
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.role import Role
from tests.web.world import PASSWORD, csrf, served, signed_in

NEW = "another long password 2"
SYSTEM = Actor.system("test")


@pytest.fixture
def nexus(tmp_path: Path) -> Iterator[Nexus]:
    with served(tmp_path) as app:
        yield app


@pytest.fixture
def browser(nexus: Nexus) -> TestClient:
    return signed_in(nexus)


def send(browser: TestClient, path: str, **data: object) -> str:
    answer = browser.post(path, data={"_csrf": csrf(browser.get("/account/security").text), **data})
    assert answer.status_code == 200, answer.text
    return answer.text


def test_a_new_name_is_used_at_once_and_said_once(browser: TestClient) -> None:
    page = send(browser, "/account", name="Ada <Byron>")
    assert "Ada &lt;Byron&gt;" in page
    assert "Saved." in page
    assert "Saved." not in browser.get("/account").text


def test_a_new_password_ends_every_other_session(nexus: Nexus, browser: TestClient) -> None:
    other = signed_in(nexus)
    token = csrf(browser.get("/account/security").text)
    wrong = browser.post("/account/password", data={"_csrf": token, "old_password": "no", "new_password": NEW})
    assert wrong.status_code == 422
    assert "This is not your password." in wrong.text
    send(browser, "/account/password", old_password=PASSWORD, new_password=NEW)
    assert browser.get("/", follow_redirects=False).status_code == 200
    over = other.get("/s/shop/orders?sort=-id", follow_redirects=False)
    assert over.headers["location"] == "/sign-in?next=/s/shop/orders%3Fsort%3D-id&over=1"
    assert "Your session is over" in other.get("/s/shop/orders").text
    assert signed_in(nexus, password=NEW).get("/account", follow_redirects=False).status_code == 200


def test_sessions_are_listed_and_ended(nexus: Nexus, browser: TestClient) -> None:
    phone, laptop = signed_in(nexus), signed_in(nexus)
    page = browser.get("/account/security").text
    ids = re.findall(r'name="id" value="(\w{26})"', page)
    assert len(ids) == 2
    send(browser, "/account/sessions/end", id=ids[0])
    still_in = [one.get("/", follow_redirects=False).status_code for one in (phone, laptop)]
    assert sorted(still_in) == [200, 303]
    assert "Signed out on 1 other device." in send(browser, "/account/sessions/end-others")
    assert [one.get("/", follow_redirects=False).status_code for one in (phone, laptop)] == [303, 303]
    assert browser.get("/", follow_redirects=False).status_code == 200


def test_nobody_ends_the_session_of_somebody_else(nexus: Nexus, browser: TestClient) -> None:
    nexus.kernel.access.users.create("bo@example.com", password=PASSWORD, by=SYSTEM)
    signed_in(nexus, "bo@example.com")
    user = nexus.kernel.access.users.by_email("bo@example.com")
    assert user is not None
    (session,) = nexus.kernel.access.sessions.of_user(user.id)
    token = csrf(browser.get("/account/security").text)
    answer = browser.post("/account/sessions/end", data={"_csrf": token, "id": session.id})
    assert answer.status_code == 404
    assert len(nexus.kernel.access.sessions.of_user(user.id)) == 1


def test_a_token_is_shown_once_narrowed_and_revoked(nexus: Nexus, browser: TestClient) -> None:
    page = send(
        browser, "/account/tokens", name="Nightly export", days="30", may="some", scope=["row.list", "row.read"]
    )
    found = re.search(r'id="nx-token">(nxt_[\w-]+)<', page)
    assert found is not None
    actor = nexus.kernel.access.actor_of_token(found[1])
    assert actor is not None
    assert actor.scopes == ("row.list", "row.read")
    assert found[1] not in browser.get("/account/security").text
    ids = re.findall(r'name="id" value="(\w{26})"', browser.get("/account/security").text)
    send(browser, "/account/tokens/revoke", id=ids[0])
    assert nexus.kernel.access.actor_of_token(found[1]) is None


def test_a_token_that_is_narrowed_to_a_role_says_so(nexus: Nexus, browser: TestClient) -> None:
    user = nexus.kernel.access.users.by_email("ada@example.com")
    assert user is not None
    nexus.kernel.access.tokens.create(user.id, "Nightly", roles=("viewer",))
    page = browser.get("/account/security").text
    assert "as Viewer" in page
    assert "everything you may" not in page


def test_a_token_for_nothing_is_refused_with_what_was_typed(browser: TestClient) -> None:
    token = csrf(browser.get("/account/security").text)
    answer = browser.post("/account/tokens", data={"_csrf": token, "name": "Idle", "may": "some"})
    assert answer.status_code == 422
    assert "Tick what the token may do" in answer.text
    assert 'value="Idle"' in answer.text


def test_looks_follow_a_person_to_other_devices(nexus: Nexus, browser: TestClient) -> None:
    send(browser, "/account/looks", theme="dark", density="comfortable", zone="Asia/Tokyo", keys="off")
    other = signed_in(nexus).get("/").text
    assert 'data-density="comfortable" data-theme="dark"' in other
    assert "data-shortcut-off" in other
    token = csrf(browser.get("/account/security").text)
    wrong = browser.post("/account/looks", data={"_csrf": token, "zone": "Mars/Olympus"})
    assert wrong.status_code == 422
    assert "is no time zone" in wrong.text


def test_the_ledger_has_it_all_and_no_secret(nexus: Nexus, browser: TestClient) -> None:
    TestClient(nexus, base_url="http://testserver").post(
        "/sign-in", data={"email": "ada@example.com", "password": "wrong password"}
    )
    send(browser, "/account/password", old_password=PASSWORD, new_password=NEW)
    page = send(browser, "/account/tokens", name="Nightly")
    secret = re.search(r'id="nx-token">(nxt_[\w-]+)<', page)
    assert secret is not None
    entries = nexus.kernel.ledger.find(AuditQuery(limit=100)).entries
    told = [(one.action, one.outcome) for one in entries]
    assert ("session.begin", "denied") in told
    assert ("account.password", "done") in told
    assert ("account.make_token", "done") in told
    for word in (secret[1], PASSWORD, NEW, "wrong password", browser.cookies["nx_session"]):
        assert word not in repr(entries)


def test_a_form_of_another_site_or_of_an_old_session_is_refused(browser: TestClient) -> None:
    assert browser.post("/account", data={"name": "Eve"}).status_code == 403
    token = csrf(browser.get("/account").text)
    elsewhere = browser.post("/account", data={"_csrf": token, "name": "Eve"}, headers={"origin": "https://evil.test"})
    assert elsewhere.status_code == 403


def test_a_session_gets_a_new_id_when_rights_change(nexus: Nexus) -> None:
    access, system = nexus.kernel.access, SYSTEM
    user = access.users.create("bo@example.com", password=PASSWORD, roles=("viewer",), by=system)
    browser = signed_in(nexus, "bo@example.com")
    before = browser.cookies["nx_session"]
    access.users.set_roles(user.id, ("editor",), by=system)
    page = browser.get("/s/shop/orders").text
    after = browser.cookies["nx_session"]
    assert after != before
    assert access.sessions.find(before) is None
    done = browser.post("/account", data={"_csrf": csrf(page), "name": "Bo"})
    assert (done.status_code, browser.cookies["nx_session"]) == (200, after)


def test_roles_are_called_by_their_titles(nexus: Nexus, browser: TestClient) -> None:
    nexus.kernel.access.roles.save(Role(name="tills", title="Who mind the tills", description="Shops"), by=SYSTEM)
    user = nexus.kernel.access.users.create("tess@example.com", password=PASSWORD, roles=("tills",), by=SYSTEM)
    nexus.kernel.access.tokens.create(user.id, "till", roles=("tills",))
    tess = signed_in(nexus, "tess@example.com")
    assert ">Who mind the tills<" in tess.get("/account").text
    assert "as Who mind the tills<" in tess.get("/account/security").text
    for page in ("users", "tokens", f"users/{user.id}"):
        assert ">tills<" not in browser.get(f"/access/{page}").text
        assert "Who mind the tills" in browser.get(f"/access/{page}").text
