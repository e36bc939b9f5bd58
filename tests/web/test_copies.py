"""Our copies: what is kept of a source's values is listed, and after a purge no byte of it is left in our files."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.audit.chain import verify
from nexus_admin.audit.query import AuditQuery
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.target import Target
from nexus_admin.kernel.options import Options
from tests.waiting import until
from tests.web.test_main_job import PASSWORD, csrf, signed_in
from tests.web.test_sources_page import connect

SEEN, TYPED, STARRED = "zebra-quartz", "Walrus-Nebula", "Ferret-Obsidian"
TABLES = f"""
create table orders (id integer primary key, number text not null, status text);
insert into orders select value, 'A-' || value, iif(value % 2, '{SEEN}', 'plain-one')
  from json_each('[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30]');
"""


@pytest.fixture
def nexus(tmp_path: Path) -> Iterator[Nexus]:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.executescript(TABLES)
    app = Nexus(options=Options(state=str(tmp_path / "nexus.db"), environ={"NEXUS_SOURCES__FOLDERS": str(tmp_path)}))
    app.start()
    for email, role in (("ada@example.com", "owner"), ("bo@example.com", "editor")):
        app.kernel.access.users.create(email, password=PASSWORD, roles=(role,), by=Actor.system("test"))
    yield app
    app.kernel.stop()


@pytest.fixture
def ada(nexus: Nexus, tmp_path: Path) -> TestClient:
    browser = signed_in(nexus, "ada@example.com")
    connect(nexus, browser, str(tmp_path / "shop.db"), name="shop")
    return browser


def in_files(folder: Path, text: str) -> int:
    """Count *text* in the state's file, its log and what else lies beside it."""
    return sum(one.read_bytes().count(text.encode()) for one in folder.glob("nexus.db*"))


def beside_the_ledger(folder: Path, text: str) -> int:
    """Count *text* where it does not stand behind what the ledger alone says before it: the input of a call."""
    parts = [part for one in folder.glob("nexus.db*") for part in one.read_bytes().split(text.encode())[:-1]]
    return sum(b'"favourites":[' not in part[-120:] for part in parts)


def plant(nexus: Nexus, ada: TestClient) -> dict[str, str]:
    """Let the state keep values of rows: an answer of the API, and a favourite; returns the API's headers."""
    ada.post("/sources/shop/writes", data={"_csrf": csrf(ada.get("/sources").text), "allow": "1"})
    person = nexus.kernel.access.users.by_email("ada@example.com")
    assert person is not None
    token, _ = nexus.kernel.access.tokens.create(person.id, "programs")
    asked = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k-1"}
    answer = TestClient(nexus).post("/api/v1/shop/orders", json={"number": TYPED}, headers=asked)
    assert answer.status_code == 201, answer.text
    pages = [{"path": "/s/shop/orders/1", "title": STARRED}, {"path": "/sources", "title": "Data sources"}]
    actor = nexus.kernel.access.actor_of_token(token)
    assert actor is not None
    nexus.kernel.perform(Call("preference.set", Target("nexus"), {"values": {"favourites": pages}}, actor))
    return asked


def purge(ada: TestClient, *kinds: str) -> str:
    form = ada.get("/sources/shop/copies/purge").text
    answer = ada.post("/sources/shop/copies/purge", data={"_csrf": csrf(form), "kind": list(kinds)})
    return unescape(answer.text)


@pytest.mark.req("S003-PHIL-02")
def test_all_that_is_kept_of_a_source_is_listed(nexus: Nexus, ada: TestClient) -> None:
    plant(nexus, ada)
    assert "/sources/shop/copies" in ada.get("/sources/shop").text
    page = unescape(ada.get("/sources/shop/copies").text)
    for title in (
        "Values seen in its rows", "Answers of the API", "Favourites of people", "Answers in memory", "Audit",
        "Structure of its tables", "Saved dashboards", "nx:draft:", "Each link of its chain",
    ):  # fmt: skip
        assert title in page
    assert "kind=ledger" not in page


@pytest.mark.req("S003-PHIL-02")
def test_after_a_purge_no_byte_is_left_in_our_files(nexus: Nexus, ada: TestClient, tmp_path: Path) -> None:
    asked = plant(nexus, ada)
    state = nexus.kernel.state
    stored = state.read(lambda c: c.exec_driver_sql("select answer from repeat").scalar_one())
    body = stored[stored.index('"body"') : stored.rindex("}")]  # not the row alone: the audit has that too
    assert len(body) > 40
    assert TYPED not in body  # it is sealed, and goes all the same
    assert in_files(tmp_path, SEEN)
    assert in_files(tmp_path, body)
    page = purge(ada, "samples", "receipts", "favourites", "answers")
    assert "Purged of shop: 2 values, 1 answer, 1 page, 0 answers." in page
    assert in_files(tmp_path, SEEN) == 0
    assert in_files(tmp_path, body) == 0

    # What was promised with it: nothing is done twice, other favourites stay, the fields are plain now and stay so.
    again = TestClient(nexus).post("/api/v1/shop/orders", json={"number": TYPED}, headers=asked)
    assert (again.status_code, again.content, again.headers["idempotency-replayed"]) == (201, b"", "true")
    kept = state.read(lambda c: str(list(c.exec_driver_sql("select value from preference where key = 'favourites'"))))
    assert "Data sources" in kept
    status = nexus.kernel.sources.status("shop")
    assert status.source is not None
    assert status.source.schema.resource("orders").field("status").choices is None
    assert not status.sample
    assert "Nothing to purge" in ada.get("/sources/shop/copies/purge").text

    # The audit says who did it and no value, and proves itself; its own copies are what it was said to keep.
    (entry,) = nexus.kernel.ledger.find(AuditQuery(actions=("copies.purge",), limit=5)).entries
    assert "2 samples" in entry.detail
    assert verify(state).ok


def test_an_edited_favourite_leaves_no_trace_of_its_title_in_unused_pages(
    nexus: Nexus, ada: TestClient, tmp_path: Path
) -> None:
    plant(nexus, ada)
    assert beside_the_ledger(tmp_path, STARRED)
    purge(ada, "favourites")
    assert in_files(tmp_path, STARRED)  # in the ledger, whose pages may stand in the log too
    assert not beside_the_ledger(tmp_path, STARRED)


def test_where_values_would_be_found_again_at_once_the_purge_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.executescript(TABLES)
    for sample, offered in (("true", False), ("false", True)):
        environ = {"NEXUS_SOURCES__SAMPLE": sample}
        options = Options(urls=(("shop", str(tmp_path / "shop.db")),), state=str(tmp_path / "n.db"), environ=environ)
        app = Nexus(options=options)
        app.start()
        try:
            if not offered:
                app.kernel.access.users.create(
                    "ada@example.com", password=PASSWORD, roles=("owner",), by=Actor.system("test")
                )
            until(lambda app=app: app.kernel.sources.status("shop").progress is None)
            ada = signed_in(app, "ada@example.com")
            page = unescape(ada.get("/sources/shop/copies").text)
            assert ("kind=samples" in page) is offered
            assert ("sources.sample is on" in page) is not offered
            told = purge(ada, "samples")
            assert ("Purged of shop: 2 values" in told) is offered
        finally:
            app.kernel.stop()
    assert not any(SEEN.encode() in one.read_bytes() for one in tmp_path.glob("n.db*"))


def test_only_who_may_sees_and_purges_copies(nexus: Nexus, ada: TestClient) -> None:
    bo = signed_in(nexus, "bo@example.com")
    assert bo.get("/sources/shop/copies").status_code == 403
    assert bo.get("/sources/shop/copies/purge").status_code == 403
    assert "Tick what is to go." in purge(ada)
