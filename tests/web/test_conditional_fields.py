"""Fields that are there only under a condition: in records and forms, judged by the server at every door."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nexus_admin import Nexus
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.role import Grant, Role
from tests.web.world import PASSWORD, csrf, served, signed_in

TABLES = """
create table orders (id integer primary key, number text not null unique,
  status text not null default 'open' check (status in ('open', 'paid', 'refunded')), refund_reason text,
  refund_note text, total integer);
insert into orders values (1, 'A-1', 'open', null, null, 10), (2, 'A-2', 'refunded', 'It came late.', null, 20);
"""
FILE = """[fields.refund_reason]
visible_when = "status:refunded"
[fields.refund_note]
visible_when = "status:refunded total:>100"
"""
API = "/api/v1/shop/orders"


@pytest.fixture
def nexus(tmp_path: Path) -> Iterator[Nexus]:
    resources = tmp_path / "project" / "resources" / "shop"
    resources.mkdir(parents=True)
    (resources / "orders.toml").write_text(FILE, encoding="utf-8")
    with served(tmp_path, TABLES, project=tmp_path / "project") as app:
        yield app


def stored(folder: Path, key: int) -> Any:
    with sqlite3.connect(folder / "shop.db") as connection:
        return connection.execute(
            "select status, refund_reason, refund_note from orders where id = ?", (key,)
        ).fetchone()


def there(page: str) -> dict[str, bool]:
    """Return the fields of a form on *page*, each with whether it is there."""
    return {name: not gone for name, gone in re.findall(r'class="nx-field[^>]*data-of="(\w+)"( data-unseen)?', page)}


@pytest.mark.req("S003-CRUD-03")
def test_a_record_shows_a_field_where_its_condition_holds(nexus: Nexus) -> None:
    ada = signed_in(nexus)
    assert "It came late." in ada.get("/s/shop/orders/2").text
    assert 'data-field="refund_reason"' not in ada.get("/s/shop/orders/1").text
    assert 'data-field="refund_note"' not in ada.get("/s/shop/orders/2").text
    assert ada.get(f"{API}/2").json()["refund_reason"] == "It came late.", "it is no right: programs have the row"


@pytest.mark.req("S003-CRUD-03")
def test_a_form_marks_what_is_not_there_and_is_told_of_it_while_somebody_types(nexus: Nexus, tmp_path: Path) -> None:
    ada = signed_in(nexus)
    page = ada.get("/s/shop/orders/1/edit").text
    assert {name for name, shown in there(page).items() if not shown} == {"refund_reason", "refund_note"}
    assert there(ada.get("/s/shop/orders/2/edit").text)["refund_reason"]
    assert not there(ada.get("/s/shop/orders/new").text)["refund_reason"], "its default says open"
    assert there(ada.get("/s/shop/orders/new?set.status=refunded").text)["refund_reason"]
    form = {"_csrf": csrf(page), "value.status": "refunded", "value.total": "200"}
    assert ada.post("/s/shop/orders/1/~unseen", data=form).json() == {"unseen": []}
    assert ada.post("/s/shop/orders/~unseen", data=form | {"value.total": "x"}).json() == {"unseen": ["refund_note"]}
    assert stored(tmp_path, 1) == ("open", None, None)


@pytest.mark.req("S003-CRUD-03")
def test_what_is_not_there_is_never_written(nexus: Nexus, tmp_path: Path) -> None:
    ada = signed_in(nexus)
    token = csrf(ada.get("/s/shop/orders/1/edit").text)
    form = {
        "_csrf": token,
        "was.status": "open",
        "value.status": "paid",
        "was.refund_reason": "",
        "value.refund_reason": "No.",
    }
    assert ada.post("/s/shop/orders/1/edit", data=form, follow_redirects=False).status_code == 303
    assert stored(tmp_path, 1) == ("paid", None, None), "a form without scripts sends it all the same"
    answer = ada.patch(f"{API}/1", json={"refund_reason": "No."}, headers={"X-CSRF-Token": token})
    assert answer.status_code == 422
    assert "It is only there where status:refunded." in answer.text
    both = {"status": "refunded", "refund_reason": "Yes."}
    assert ada.patch(f"{API}/1", json=both, headers={"X-CSRF-Token": token}).status_code == 200
    assert stored(tmp_path, 1) == ("refunded", "Yes.", None)
    ada.post("/s/shop/orders/new", data={"_csrf": token, "value.number": "B", "value.refund_reason": "No."})
    assert stored(tmp_path, 3) == ("open", None, None)


@pytest.mark.req("S003-CRUD-03", "S003-SEC-10")
def test_a_condition_over_a_hidden_field_tells_nothing_of_it(nexus: Nexus) -> None:
    access, system = nexus.kernel.access, Actor.system("test")
    grants = [Grant(source="shop", resource="orders", action=one, fields={"status": "masked"})
              for one in ("row.list", "row.read", "row.update")]  # fmt: skip
    access.roles.save(Role(name="desk", grants=grants), by=system)
    access.users.create("eve@example.com", password=PASSWORD, roles=("desk",), by=system)
    eve = signed_in(nexus, "eve@example.com")
    assert there(eve.get("/s/shop/orders/1/edit").text)["refund_reason"]
    assert there(eve.get("/s/shop/orders/2/edit").text)["refund_reason"]


@pytest.mark.req("S003-CRUD-03")
def test_a_condition_that_needs_more_than_the_row_is_left_out_and_said(tmp_path: Path) -> None:
    resources = tmp_path / "project" / "resources" / "shop"
    resources.mkdir(parents=True)
    (resources / "orders.toml").write_text('[fields.total]\nvisible_when = "stauts:open"', encoding="utf-8")
    with served(tmp_path, TABLES, project=tmp_path / "project") as app:
        schema = app.kernel.sources.get("shop").schema
        assert "visible_when" not in schema.resource("orders").by_name["total"].options
        assert any("orders.total: " in one and "status" in one for one in schema.unsure)
