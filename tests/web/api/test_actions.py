"""Actions of extensions for programs: done under the same rights and with the same entry as by their buttons."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.audit.query import AuditQuery
from nexus_admin.domain.role import Grant
from tests.kernel.world import plugin
from tests.web.api.world import add_role, add_user, with_token
from tests.web.world import served, signed_in

CODE = '''
from datetime import date
from decimal import Decimal
from pydantic import BaseModel, Field
from nexus_admin.sdk import Action, Refused, hookimpl

class Line(BaseModel):
    cents: int = Field(gt=0)

class Discount(BaseModel):
    lines: list[Line]

class Sum(BaseModel):
    numbers: list[Decimal]

def discount(unit, data):
    """Take something off an order."""
    order = unit.rows().one()
    off = sum(one.cents for one in data.lines) / Decimal(100)
    if off > order["total"]:
        raise Refused("That is more than it costs.")
    unit.rows().update(total=order["total"] - off)
    return {"left": order["total"] - off, "on": date(2026, 3, 1)}

def add(unit, data):
    """Add numbers up."""
    return {"sum": sum(data.numbers)}

@hookimpl
def nexus_actions():
    return [
        Action("deals.discount", Discount, discount, "Discount...", resource="orders"),
        Action("deals.add", Sum, add, "Add", on="house", writes=False, transaction=False),
    ]
'''
ROW = "/api/v1/shop/orders/1"


@pytest.fixture
def nexus(tmp_path: Path) -> Iterator[Nexus]:
    plugin(tmp_path, "deals", CODE)
    with served(tmp_path, project=tmp_path) as app:
        yield app


@pytest.fixture
def ada(nexus: Nexus) -> TestClient:
    return with_token(nexus)


def total(folder: Path) -> float:
    with sqlite3.connect(folder / "shop.db") as connection:
        return float(connection.execute("select total from orders where id = 1").fetchone()[0])


def test_a_row_s_action_is_done_whole_or_not_at_all_and_once_for_a_key(
    nexus: Nexus, ada: TestClient, tmp_path: Path
) -> None:
    body = {"lines": [{"cents": 100}, {"cents": 50}]}
    done = ada.post(f"{ROW}/actions/deals.discount", json=body, headers={"Idempotency-Key": "k"})
    assert (done.status_code, done.json()) == (200, {"result": {"left": "480.35", "on": "2026-03-01"}})
    again = ada.post(f"{ROW}/actions/deals.discount", json=body, headers={"Idempotency-Key": "k"})
    assert again.json() == done.json()
    assert total(tmp_path) == 480.35
    wrong = ada.post(f"{ROW}/actions/deals.discount", json={"lines": [{"cents": "many"}]})
    assert (wrong.status_code, list(wrong.json()["errors"])) == (422, ["lines.0.cents"])
    refused = ada.post(f"{ROW}/actions/deals.discount", json={"lines": [{"cents": 99_999_999}]})
    assert (refused.status_code, refused.json()["detail"]) == (409, "That is more than it costs.")
    assert total(tmp_path) == 480.35
    entries = nexus.kernel.ledger.find(AuditQuery(actions=("deals.discount",), limit=9)).entries
    assert [(one.outcome, one.via) for one in entries] == [("failed", "rest"), ("invalid", "rest"), ("done", "rest")]
    assert ada.post(f"/api/v1/audit/{entries[-1].id}/undo").status_code == 200
    assert total(tmp_path) == 481.85


def test_one_that_belongs_to_no_row_is_called_like_a_function(ada: TestClient) -> None:
    answer = ada.post("/api/v1/actions/deals.add", json={"numbers": ["0.1", 0.2]})
    assert answer.json() == {"result": {"sum": "0.3"}}
    told = {one["name"]: one for one in ada.get("/api/v1/actions").json()["actions"]}
    assert (told["deals.add"]["title"], told["deals.add"]["about"]) == ("Add", "Add numbers up.")


@pytest.mark.parametrize("name", ["deals.add", "row.update", "deals.discuont"])
def test_only_what_a_row_has_a_button_for_is_there(ada: TestClient, name: str) -> None:
    answer = ada.post(f"{ROW}/actions/{name}", json={})
    assert answer.status_code == 404
    assert f"There is no action called '{name}'" in answer.json()["detail"]


def test_the_page_of_a_row_s_action_asks_which_one(nexus: Nexus) -> None:
    page = signed_in(nexus).get("/s/shop/orders/1/~do")
    assert page.status_code == 400
    assert "Say in ?action= what to do with this order. There is: " in page.text
    assert "deals.discount" in page.text


def test_rights_hold_and_what_is_not_theirs_is_not_told(nexus: Nexus, tmp_path: Path) -> None:
    rule = {"field": "customer.country", "op": "eq", "value": "NL"}
    looking = [Grant(source="shop", resource="orders", action=one, rows=rule) for one in ("row.list", "row.read")]
    updating = Grant(source="shop", resource="orders", action="row.update", rows=rule)
    add_role(nexus, "looker", *looking)
    add_role(nexus, "dealer", *looking, updating, Grant(source="shop", resource="orders", action="deals.discount"))
    for name in ("looker", "dealer"):
        add_user(nexus, f"{name}@example.com", name)
    looker, dealer = (with_token(nexus, f"{name}@example.com") for name in ("looker", "dealer"))
    body = {"lines": [{"cents": 100}]}
    assert looker.post("/api/v1/shop/orders/2/actions/deals.discount", json=body).status_code == 404
    assert looker.post("/api/v1/actions/deals.add", json={"numbers": []}).status_code == 404
    assert "deals" not in looker.get("/api/openapi.json").text
    assert looker.get("/api/v1/shop").json()["resources"][0]["actions"] == []
    assert dealer.post("/api/v1/shop/orders/2/actions/deals.discount", json=body).status_code == 200
    assert dealer.post(f"{ROW}/actions/deals.discount", json=body).status_code == 404, "a row outside their rule"
    assert total(tmp_path) == 481.85
    stranger = TestClient(nexus)
    assert stranger.post(f"{ROW}/actions/deals.discount", json=body).status_code == 401
    assert stranger.get("/api/v1/actions").status_code == 401


def test_the_description_has_each_with_what_it_takes(ada: TestClient) -> None:
    told = ada.get("/api/openapi.json").json()
    schemathesis.openapi.from_dict(told).validate()
    one = told["paths"]["/api/v1/shop/orders/{key}/actions/deals.discount"]["post"]
    assert one["summary"] == "Take something off an order."
    shape = one["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    lines = told["components"]["schemas"][shape]["properties"]["lines"]
    inner = told["components"]["schemas"][lines["items"]["$ref"].rpartition("/")[2]]
    assert inner["properties"]["cents"]["exclusiveMinimum"] == 0
    assert "/api/v1/actions/deals.add" in told["paths"]
    assert "/api/v1/shop/customers/{key}/actions/deals.discount" not in told["paths"]
