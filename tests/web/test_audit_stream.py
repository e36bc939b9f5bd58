"""The ledger as the stream `audit`, through every door: each reads what the audit shows them, and nobody writes it."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from nexus_admin.access import Device
from nexus_admin.brokers.stream.protocol import Fresh
from nexus_admin.domain.errors import Forbidden, Refused
from nexus_admin.domain.role import Grant
from tests.cli.conftest import Ran, command  # noqa: F401  a fixture
from tests.web.api.world import SYSTEM, add_dutch, add_role, add_user, user_id, with_token
from tests.web.brokers_world import HOUSE, World, brokers

pytestmark = pytest.mark.req("S002-STREAM-04")
API = "/api/v1/brokers"
STREAM = {"stream": "audit"}
KEPT = "it is kept whole, neither trimmed nor archived"
LOOKS = ("broker.view", "broker.payload", "audit.view")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with brokers(tmp_path) as made:
        ada = user_id(made.app, "ada@example.com")
        made.cookies["ada"] = made.app.kernel.access.sign_in_as(ada, Device(), via="password").cookie
        yield made


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: Callable[..., Ran]) -> Callable[..., Ran]:  # noqa: F811
    where = ("--state", str(tmp_path / "nexus.db"), "--project", str(tmp_path))

    def running(*words: str) -> Ran:
        monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
        return command(*words[:2], *where, *words[2:])

    return running


def change(world: World) -> None:
    """Have ada change an order of India and one of the Netherlands."""
    ada = with_token(world.app)
    for key, note in ((1, "INDIAN-NOTE"), (2, "DUTCH-NOTE")):
        assert ada.patch(f"/api/v1/shop/orders/{key}", json={"notes": note}).status_code == 200
    world.app.kernel.state.flush()


def told(answer: Any) -> list[dict[str, Any]]:
    """Return what the events of an answer carry, oldest first."""
    assert answer.status_code == 200, answer.text
    return [json.loads(one["payload"]["text"]) for one in reversed(answer.json()["result"]["events"])]


def test_each_reads_of_a_row_what_they_may_read_today(world: World) -> None:
    change(world)
    add_role(world.app, "auditor", *(Grant(source=HOUSE, action=one) for one in LOOKS))
    add_user(world.app, "eve@example.com", "auditor")
    add_dutch(world.app)
    users = world.app.kernel.access.users
    users.set_roles(user_id(world.app, "bo@example.com"), ("dutch", "auditor"), by=SYSTEM)
    asked = {**STREAM, "types": "row.update"}
    ada = told(with_token(world.app).get(f"{API}/stream.read", params=asked))
    assert [one["changes"][0]["after"]["notes"] for one in ada] == ["INDIAN-NOTE", "DUTCH-NOTE"]
    assert ada[1]["changes"][0]["after"]["total"] == {"$decimal": "79.42"}
    eve = told(with_token(world.app, "eve@example.com").get(f"{API}/stream.read", params=asked))
    assert [(one["actor_name"], one["changes"][0]["after"], one["data"]) for one in eve] == [
        ("ada@example.com (test)", {}, {})
    ] * 2
    assert [one["seq"] for one in eve] == [one["seq"] for one in ada]
    bo = told(with_token(world.app, "bo@example.com").get(f"{API}/stream.read", params=asked))
    assert [one["changes"][0]["after"].get("notes") for one in bo] == [None, "DUTCH-NOTE"]
    assert "79.42" not in json.dumps(bo)


def test_who_may_not_look_at_the_audit_neither_reads_nor_finds_it(world: World) -> None:
    change(world)
    everything_of_brokers = with_token(world.app, "all@example.com")
    for action, more in (
        ("stream.read", {}), ("stream.parked", {"group": "g"}), ("stream.preview", {"group": "g", "to": "end"}),
    ):  # fmt: skip
        answer = everything_of_brokers.get(f"{API}/{action}", params={**STREAM, **more})
        assert answer.status_code == 403, action
        assert "that needs audit.view" in answer.json()["detail"]
    moved = everything_of_brokers.post(f"{API}/stream.seek", json={**STREAM, "group": "g", "to": "begin"})
    assert moved.status_code == 403
    listed = everything_of_brokers.get(f"{API}/stream.list").json()["result"]
    assert "audit" not in [one["figures"]["stream"] for one in listed]
    browser = world.browser("all")
    assert browser.get("/brokers/streams/audit").status_code == 404
    assert ">audit<" not in browser.get("/brokers/streams").text
    rows = with_token(world.app).get("/api/v1/brokers/events").json()
    assert "audit" not in {one["stream"] for one in rows["rows"]}, "Its rights are not those of the table of events."


def test_who_sees_no_contents_of_brokers_sees_what_was_done_and_no_values(world: World) -> None:
    change(world)
    add_role(world.app, "counter", *(Grant(source=HOUSE, action=one) for one in ("broker.view", "audit.view")))
    add_user(world.app, "kim@example.com", "counter")
    answer = with_token(world.app, "kim@example.com").get(f"{API}/stream.read", params=STREAM)
    assert {one["payload"]["kind"] for one in answer.json()["result"]["events"]} == {"hidden"}
    assert "NOTE" not in answer.text


def test_nothing_is_appended_or_forgotten_at_any_door(world: World, run: Callable[..., Ran]) -> None:
    change(world)
    program, browser = with_token(world.app), world.browser("ada")
    before = world.stream.figures()[0].events
    with pytest.raises(Refused, match="'audit' is the ledger"):
        world.stream.append("audit", Fresh("order.paid"))
    with pytest.raises(Refused, match="'audit' is the ledger"):
        world.app.kernel.state.write(lambda open_: world.stream.append("audit", Fresh("order.paid"), tx=open_))
    for action, data in (
        ("stream.trim", {"keep": 0}), ("stream.trim", {"keep": 0, "force": True}), ("stream.keep", {"days": 3}),
        ("stream.keep", {"archive": True}), ("stream.trim_preview", {"keep": "0"}),
        ("stream.keep_preview", {"days": "3"}), ("stream.archived", {}),
    ):  # fmt: skip
        ask: Any = program.post if action in ("stream.trim", "stream.keep") else program.get
        sent = {"json": {**STREAM, **data}} if ask == program.post else {"params": {**STREAM, **data}}
        answer = ask(f"{API}/{action}", **sent)
        assert (answer.status_code, KEPT in answer.text) == (409, True), (action, answer.text)
    for path, form in (("", {"keep": "0"}), ("/kept", {"do": "trim", "events": "0"}), ("/kept", {"do": "force"})):
        answer = browser.post(f"/brokers/streams/audit{path}", data=form)
        assert (answer.status_code, KEPT in unescape(answer.text)) == (409, True), path
    assert KEPT in unescape(browser.get("/brokers/streams/audit/kept").text)
    for words in (("stream", "trim", "audit", "--keep", "0", "--yes"), ("stream", "archive", "audit")):
        code, _, said = run(*words)
        assert (code, KEPT in " ".join(said.split())) == (1, True), said
    assert world.stream.figures()[0].events >= before
    assert world.app.kernel.verifier.now().ok


def test_settings_that_name_every_stream_leave_it_whole(world: World) -> None:
    change(world)
    world.stream.append("orders", Fresh("order.paid"), Fresh("order.paid"))
    world.app.kernel.settings.lay({"streams.keep_events": ["*=1"]}, "command line")
    world.app.kernel.brokers.look()
    figures = {one.stream: one.events for one in world.stream.figures()}
    assert figures["orders"] == 1
    assert figures["audit"] > 1
    assert world.app.kernel.verifier.now().ok


def test_the_terminal_lists_and_tails_it(world: World, run: Callable[..., Ran]) -> None:
    change(world)
    world.stream.group("audit", "siem")
    listed = [line.split() for line in run("stream", "ls")[1].splitlines()]
    assert [line[:3] for line in listed if line[0] == "audit"] == [
        ["audit", str(world.stream.figures()[0].events), "-"]
    ]
    assert "siem" in run("stream", "lag", "audit")[1]
    code, out, _ = run("stream", "tail", "audit", "--types", "row.*")
    assert code == 0
    assert [json.loads(line)["type"] for line in out.splitlines()] == ["row.update", "row.update"]


def test_the_page_shows_it_as_other_streams_and_nothing_to_trim_it_with(world: World) -> None:
    change(world)
    world.stream.append("orders", Fresh("order.paid"))
    world.stream.group("audit", "siem", start="begin")
    browser = world.browser("ada")
    listed = browser.get("/brokers/streams").text
    card = listed.partition('data-row="audit"')[2].partition("</section>")[0]
    assert f"{world.stream.figures()[0].events} events" in card
    assert "/brokers/streams/audit/groups/siem" in card
    page = unescape(browser.get("/brokers/streams/audit?types=row.update").text)
    assert page.count('<span class="nx-strong">row.update</span>') == 2
    assert "INDIAN-NOTE" in page
    assert "siem" in page
    assert "/kept" not in page
    assert "rimming" not in page
    assert 'href="/audit"' in page
    assert "What is kept, and trimming" in browser.get("/brokers/streams/orders").text
    group = browser.get("/brokers/streams/audit/groups/siem", params={"to": "end"})
    assert "passed over" in group.text
    moved = browser.post("/brokers/streams/audit/groups/siem", data={"to": "end"}, follow_redirects=True)
    assert "was moved" in unescape(moved.text)


def test_a_parked_entry_is_shown_by_the_same_rights(world: World) -> None:
    change(world)
    world.stream.group("audit", "siem")
    while (batch := world.stream.fetch("audit", "siem", n=1)) is not None:
        assert world.stream.park(batch, batch.events[0], "it is away")
    add_role(world.app, "auditor", *(Grant(source=HOUSE, action=one) for one in LOOKS))
    add_user(world.app, "eve@example.com", "auditor")
    asked = {**STREAM, "group": "siem"}
    assert "INDIAN-NOTE" in with_token(world.app).get(f"{API}/stream.parked", params=asked).text
    eve = with_token(world.app, "eve@example.com").get(f"{API}/stream.parked", params=asked)
    assert "row.update" in eve.text
    assert "NOTE" not in eve.text
    with pytest.raises(Forbidden, match="needs audit"):
        world.perform("stream.retry", stream="audit", group="siem")
