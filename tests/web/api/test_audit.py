"""The audit over HTTP: found, read, taken back; and no way around the rights on rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.role import Grant
from nexus_admin.domain.target import Target
from tests.web.api.world import add_role, add_user, served, with_token

ORDERS = "/api/v1/shop/orders"
SYSTEM = Actor.system("test")


@pytest.fixture
def nexus(tmp_path: Path) -> Iterator[Nexus]:
    with served(tmp_path) as app:
        yield app


@pytest.fixture
def ada(nexus: Nexus) -> TestClient:
    return with_token(nexus)


def test_what_was_done_is_found_and_read(ada: TestClient) -> None:
    entry = ada.patch(f"{ORDERS}/2", json={"number": "B-2"}).headers["nexus-entry"]
    ada.post(ORDERS, json={"number": "A-1"})
    page = ada.get("/api/v1/audit", params={"action": "row.*", "changing": "true", "facets": "1"}).json()
    assert [one["id"] for one in page["entries"]] == [entry]
    assert page["facets"]["outcomes"] == [["done", 1]]
    one = ada.get(f"/api/v1/audit/{entry}").json()
    assert one["changes"][0]["before"]["number"] == "A-2"
    assert one["via"] == "rest"
    assert one["request"]["id"]
    refused = ada.get("/api/v1/audit", params={"outcome": "invalid"}).json()
    assert len(refused["entries"]) == 1
    assert ada.get("/api/v1/audit/verify").json()["ok"] is True
    assert sum(count for _, count in ada.get("/api/v1/audit/timeline").json()["counts"]) >= 2


def test_pages_of_the_audit_go_on(ada: TestClient) -> None:
    for number in range(5):
        ada.patch(f"{ORDERS}/2", json={"number": f"N-{number}"})
    page = ada.get("/api/v1/audit", params={"changing": "true", "limit": 3}).json()
    rest = ada.get(page["links"]["next"]).json()
    assert (len(page["entries"]), len(rest["entries"]), rest["next"]) == (3, 2, None)


def test_an_entry_is_taken_back_after_a_look(ada: TestClient) -> None:
    entry = ada.patch(f"{ORDERS}/2", json={"number": "B-2"}).headers["nexus-entry"]
    plan = ada.get(f"/api/v1/audit/{entry}/undo").json()
    assert plan["clean"]
    assert plan["steps"][0]["values"] == {"number": "A-2"}
    assert ada.post(f"/api/v1/audit/{entry}/undo").json() == {"undone": entry, "rows": 1}
    assert ada.get(f"{ORDERS}/2").json()["number"] == "A-2"
    assert ada.post(f"/api/v1/audit/{entry}/undo").status_code == 409


def test_what_changed_since_is_a_conflict(ada: TestClient) -> None:
    entry = ada.patch(f"{ORDERS}/2", json={"number": "B-2"}).headers["nexus-entry"]
    ada.patch(f"{ORDERS}/2", json={"number": "C-2"})
    plan = ada.get(f"/api/v1/audit/{entry}/undo").json()
    assert not plan["clean"]
    assert plan["conflicts"][0]["fields"]["number"] == {"left": "B-2", "now": "C-2", "back": "A-2"}
    assert ada.post(f"/api/v1/audit/{entry}/undo").status_code == 409
    assert ada.get(f"{ORDERS}/2").json()["number"] == "C-2"


def test_only_who_may_look_looks(nexus: Nexus) -> None:
    add_user(nexus, "eve@example.com", "editor")
    eve = with_token(nexus, "eve@example.com")
    for path in ("/api/v1/audit", "/api/v1/audit/verify", "/api/v1/audit/timeline", f"/api/v1/audit/{'0' * 26}"):
        assert eve.get(path).status_code == 403
    entry = eve.patch(f"{ORDERS}/2", json={"number": "B-2"}).headers["nexus-entry"]
    done = eve.post(f"/api/v1/audit/{entry}/undo")
    assert done.status_code == 200, done.text
    assert eve.get("/api/v1/audit/nothing/undo").status_code == 404


def test_values_of_rows_show_only_to_those_who_may_read_them(nexus: Nexus, ada: TestClient) -> None:
    rule = {"field": "customer.country", "op": "eq", "value": "NL"}
    seeing = [
        Grant(source="shop", resource="orders", action=name, rows=rule, fields={"total": "hidden"})
        for name in ("row.list", "row.read")
    ]
    add_role(nexus, "auditor", Grant(source="nexus", action="audit.view"), *seeing)
    add_user(nexus, "kim@example.com", "auditor")
    kim = with_token(nexus, "kim@example.com")
    ada.patch(f"{ORDERS}/1", json={"number": "hush-1"})
    ada.patch(f"{ORDERS}/2", json={"number": "dutch-2", "total": 77})
    ada.patch("/api/v1/shop/customers/2", json={"country": "quietland"})
    ada.patch("/api/v1/shop/customers/2", json={"country": "NL"})
    told = kim.get("/api/v1/audit", params={"changing": "true"})
    entries = told.json()["entries"]
    assert len(entries) == 4
    assert "hush" not in told.text
    assert "quietland" not in told.text
    assert "77" not in [str(one["changes"][0]["after"].get("total")) for one in entries]
    (dutch,) = [one for one in entries if one["key"] == "2" and one["resource"] == "orders"]
    assert dutch["changes"][0]["after"]["number"] == "dutch-2"
    assert "hush" not in kim.get(f"/api/v1/audit/{entries[-1]['id']}").text
    assert kim.get("/api/v1/audit", params={"text": "hush"}).json()["entries"] == []


def test_what_was_done_to_the_house_is_previewed_and_taken_back(ada: TestClient, nexus: Nexus) -> None:
    def change(value: str) -> None:
        nexus.kernel.perform(Call("settings.change", Target("nexus"), {"key": "project.name", "value": value}, SYSTEM))

    change("One")
    change("Two")
    first, second = (one["id"] for one in ada.get("/api/v1/audit?action=settings.change").json()["entries"][::-1])
    (step,) = ada.get(f"/api/v1/audit/{second}/undo").json()["steps"]
    assert (step["resource"], step["key"], step["values"]) == ("settings", "project.name", {"value": "One"})
    (conflict,) = ada.get(f"/api/v1/audit/{first}/undo").json()["conflicts"]
    assert conflict["fields"]["value"]["now"] == "Two"
    refused = ada.post(f"/api/v1/audit/{first}/undo")
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert ada.post(f"/api/v1/audit/{second}/undo").json() == {"undone": second, "rows": 1}
    assert nexus.kernel.settings["project.name"] == "One"
