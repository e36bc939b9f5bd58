"""Sessions through the pages, on both databases: begun, renewed, ended, prolonged, and there after a restart."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from secrets import token_urlsafe

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.access import Access
from nexus_admin.audit.query import AuditQuery
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.role import Role
from nexus_admin.kernel.options import Options
from nexus_admin.state.tables.store import house_entry
from tests.waiting import until
from tests.web.test_second_factor import set_up
from tests.web.world import PASSWORD, csrf

HOUR, DAY = 3600, 86400
COOKIE = "nx_session"
SYSTEM = Actor.system("test")
Open = Callable[[], Nexus]


class Clock:
    """The time of day, as far as the test says."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setitem(Access.__init__.__kwdefaults__, "clock", made)  # type: ignore[index]
    return made


@pytest.fixture(params=["sqlite", "postgresql"])
def state(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("NEXUS_SECRET_KEY", token_urlsafe(48))
    return str(tmp_path / "nexus.db" if request.param == "sqlite" else request.getfixturevalue("new_postgres_url"))


@pytest.fixture
def opened(state: str, clock: Clock) -> Iterator[Open]:
    """Start a process on the state; what runs at the end of the test is stopped."""
    with ExitStack() as stack:

        def begin() -> Nexus:
            app = Nexus(options=Options(state=state, environ={}))
            app.start()
            stack.callback(app.kernel.stop)
            return app

        yield begin


@pytest.fixture
def app(opened: Open) -> Nexus:
    """One process, with ada, an owner, and bo, a viewer."""
    app = opened()
    users = app.kernel.access.users
    users.create("ada@example.com", password=PASSWORD, roles=("owner",), by=SYSTEM)
    users.create("bo@example.com", password=PASSWORD, roles=("viewer",), by=SYSTEM)
    return app


def browser(app: Nexus, cookie: str = "") -> TestClient:
    made = TestClient(app, base_url="http://testserver", follow_redirects=False)
    if cookie:
        made.cookies.set(COOKIE, cookie, domain="testserver.local", path="/")
    return made


def signed_in(app: Nexus, name: str = "ada", client: TestClient | None = None) -> TestClient:
    client = client or browser(app)
    done = client.post("/sign-in", data={"email": f"{name}@example.com", "password": PASSWORD})
    assert done.status_code == 303
    return client


def is_in(client: TestClient) -> bool:
    return client.get("/account/security").status_code == 200


def send(client: TestClient, path: str, **data: str) -> None:
    done = client.post(path, data={"_csrf": csrf(client.get("/account/security").text), **data})
    assert done.status_code in (200, 303), done.text


def id_of(app: Nexus, name: str) -> str:
    user = app.kernel.access.users.by_email(f"{name}@example.com")
    assert user is not None
    return user.id


def audited(app: Nexus, action: str) -> list[tuple[str, str]]:
    app.kernel.state.flush()
    return [(one.outcome, one.detail) for one in app.kernel.ledger.find(AuditQuery(actions=(action,))).entries]


def moved(app: Nexus, clock: Clock, seconds: float) -> None:
    """Let time pass, also for what is remembered for a second; and let what was seen be written."""
    app.kernel.state.flush()
    clock.ahead += seconds
    app.kernel.access.changed()


@pytest.mark.req("S002-STORE-05")
def test_signing_in_takes_over_no_cookie_that_was_planted(app: Nexus) -> None:
    mallory = signed_in(app, "bo")
    for planted in ("made-up", str(mallory.cookies[COOKIE])):
        victim = signed_in(app, "ada", browser(app, planted))
        fresh = [one.value for one in victim.cookies.jar if one.name == COOKIE and one.value != planted]
        assert len(fresh) == 1
        assert not is_in(browser(app, planted))
        assert is_in(browser(app, str(fresh[0])))


@pytest.mark.req("S002-STORE-05")
def test_a_cookie_is_replaced_after_the_second_factor_and_when_rights_rise(app: Nexus) -> None:
    ada, bo = signed_in(app), signed_in(app, "bo")
    app.kernel.access.roles.save(Role(name="counter"), by=SYSTEM)
    before = str(bo.cookies[COOKIE])
    send(ada, f"/access/users/{id_of(app, 'bo')}", do="roles", roles="counter")
    assert is_in(bo)
    assert bo.cookies[COOKIE] != before
    assert not is_in(browser(app, before))
    before = str(bo.cookies[COOKIE])
    set_up(bo)
    assert bo.cookies[COOKIE] != before
    assert not is_in(browser(app, before))
    assert is_in(bo)


@pytest.mark.req("S002-STORE-05")
def test_sessions_are_listed_and_ended_by_their_owner_and_by_who_may(app: Nexus) -> None:
    ada, bo, phone = signed_in(app), signed_in(app, "bo"), signed_in(app, "bo")
    assert ada.get("/access/sessions").text.count("bo@example.com") >= 2
    send(bo, "/account/sessions/end-others")
    assert (is_in(bo), is_in(phone)) == (True, False)
    (session,) = app.kernel.access.sessions.of_user(id_of(app, "bo"))
    send(ada, f"/access/users/{id_of(app, 'bo')}", do="sessions", session=session.id)
    assert not is_in(bo)
    assert ("done", "1 session of bo@example.com ended.") in audited(app, "access.user.end_sessions")
    assert ("done", "1 other sessions were ended.") in audited(app, "account.end_others")
    again = signed_in(app, "bo")
    send(ada, f"/access/users/{id_of(app, 'bo')}", do="disable")
    assert not is_in(again)
    assert app.kernel.access.sessions.of_user(id_of(app, "bo")) == []


@pytest.mark.req("S002-STORE-05")
def test_a_session_slides_on_with_each_request_until_its_last_day(app: Nexus, clock: Clock) -> None:
    busy, idle = signed_in(app), signed_in(app)
    for _ in range(3):
        moved(app, clock, 11 * HOUR)
        assert is_in(busy)
    assert not is_in(idle)
    moved(app, clock, 12 * HOUR)
    assert not is_in(busy)
    assert entries(app, "session:") == 0, "the store itself has none of them any more"
    last = signed_in(app)
    for _ in range(30):
        moved(app, clock, 11 * HOUR)
        assert is_in(last)
    moved(app, clock, 7 * HOUR)
    assert not is_in(last), "14 days are over, however busy it was"


@pytest.mark.req("S002-STORE-05")
def test_a_session_is_there_after_a_restart_and_its_lifetime_went_on(app: Nexus, opened: Open, clock: Clock) -> None:
    ada, bo = signed_in(app), signed_in(app, "bo")
    moved(app, clock, 2 * HOUR)
    assert is_in(ada)
    app.kernel.stop()
    clock.ahead += 11 * HOUR
    again = opened()
    assert is_in(browser(again, str(ada.cookies[COOKIE])))
    assert not is_in(browser(again, str(bo.cookies[COOKIE])))


@pytest.mark.req("S002-STORE-05")
@pytest.mark.parametrize("state", ["postgresql"], indirect=True)
def test_two_processes_have_the_same_sessions(app: Nexus, opened: Open, clock: Clock) -> None:
    other = opened()
    ada, bo = signed_in(app), signed_in(app, "bo")
    there = browser(other, str(bo.cookies[COOKIE]))
    assert is_in(there)
    moved(app, clock, 11 * HOUR)
    assert is_in(bo)
    moved(app, clock, 11 * HOUR)
    other.kernel.access.changed()
    assert is_in(there), "it was seen by the other process, which prolonged it here"
    ada = signed_in(app)
    before = str(there.cookies[COOKIE])
    send(ada, f"/access/users/{id_of(app, 'bo')}", do="roles", roles="editor")
    until(lambda: there.get("/account/security").status_code == 200 and there.cookies[COOKIE] != before)
    assert not is_in(browser(app, before))
    app.kernel.access.changed()
    (session,) = app.kernel.access.sessions.of_user(id_of(app, "bo"))
    send(ada, f"/access/users/{id_of(app, 'bo')}", do="sessions", session=session.id)
    until(lambda: not is_in(there))


@pytest.mark.req("S002-STORE-05")
def test_a_session_that_is_known_costs_no_statement_of_its_store(app: Nexus) -> None:
    ada = signed_in(app)
    asked: list[str] = []
    engine = app.kernel.state._reading
    sa.event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    begun = time.monotonic()
    for _ in range(20):
        assert ada.get("/access/why").status_code == 200
    looked = sum("house_entry" in one for one in asked)
    assert looked <= 1 + (time.monotonic() - begun), "once a second at most"


def entries(app: Nexus, prefix: str) -> int:
    """How many the store has that are not over."""
    return sum(1 for _ in app.kernel.access._records.store.scan(prefix))


@pytest.mark.req("S002-STORE-05")
def test_no_cookie_stands_in_the_store(app: Nexus) -> None:
    cookies = [str(signed_in(app, name).cookies[COOKIE]) for name in ("ada", "bo", "bo")]
    rows = app.kernel.state.read(lambda conn: conn.execute(sa.select(house_entry)).all())
    assert len(rows) == 6
    for row in rows:
        for cookie in cookies:
            assert cookie.encode() not in row.key + row.data
