"""Computed fields through the doors: shown, sorted and filtered by, and hidden with what they are made of."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nexus_admin import Nexus
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.role import Grant, Role
from tests.web.world import PASSWORD, csrf, served, signed_in

SYSTEM = Actor.system("test")
TABLES = """
create table customers (id integer primary key, first_name text not null, last_name text, country text);
create table orders (id integer primary key, number text not null unique,
  customer_id integer not null references customers, quantity integer not null, unit_price decimal(10, 2) not null);
insert into customers values (1, 'Priya', 'Raman', 'IN'), (2, 'Ilse', null, 'NL');
insert into orders values (1, 'A-1', 1, 2, 481.85), (2, 'A-2', 2, 1, 79.42), (3, 'A-3', 2, 3, 12.5);
"""
CUSTOMERS = """list = ["full_name", "orders_count", "spent", "country"]
[fields.full_name]
computed = "{first_name} {last_name}"
help = "As it stands on letters."
[fields.orders_count]
computed = "orders.count"
title = "Orders"
[fields.spent]
computed = "orders.sum(unit_price)"
"""
ORDERS = """[fields.total]
computed = "quantity * unit_price"
kind = "money"
unit = "EUR"
[fields.who]
computed = "{customer.first_name} in {customer.country}"
"""
API = "/api/v1/shop"


@pytest.fixture
def nexus(tmp_path: Path) -> Iterator[Nexus]:
    with served(tmp_path, TABLES, project=project(tmp_path)) as app:
        yield app


def project(folder: Path, customers: str = CUSTOMERS, orders: str = ORDERS) -> Path:
    resources = folder / "project" / "resources" / "shop"
    resources.mkdir(parents=True)
    (resources / "customers.toml").write_text(customers, encoding="utf-8")
    (resources / "orders.toml").write_text(orders, encoding="utf-8")
    return folder / "project"


def rows(browser: Any, path: str) -> list[dict[str, Any]]:
    answer = browser.get(f"{API}/{path}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["rows"]
    return found


def eve(nexus: Nexus, *grants: Grant) -> Any:
    access = nexus.kernel.access
    access.roles.save(Role(name="desk", grants=grants), by=SYSTEM)
    access.users.create("eve@example.com", password=PASSWORD, roles=("desk",), by=SYSTEM)
    return signed_in(nexus, "eve@example.com")


def may(resource: str, **more: Any) -> list[Grant]:
    return [
        Grant(source="shop", resource=resource, action=one, **more) for one in ("row.list", "row.read", "rows.export")
    ]


@pytest.mark.req("S003-CRUD-03")
def test_lists_records_exports_and_the_api_show_what_is_computed(nexus: Nexus) -> None:
    ada = signed_in(nexus)
    assert rows(ada, "customers?fields=full_name,orders_count,spent") == [
        {"full_name": "Priya Raman", "orders_count": 1, "spent": "481.85"},
        {"full_name": "Ilse", "orders_count": 2, "spent": "91.92"},
    ]
    assert ada.get(f"{API}/orders/1").json()["total"] == "963.70"
    assert ada.get(f"{API}/orders/1").json()["who"] == "Priya in IN"
    assert rows(ada, "orders?fields=customer.full_name&limit=1") == [{"customer.full_name": "Priya Raman"}]
    page = ada.get("/s/shop/customers").text
    assert "Priya Raman" in page
    assert 'data-field="spent"' in ada.get("/s/shop/customers/2").text
    assert "91.92" in ada.get("/s/shop/customers/2").text
    exported = ada.get("/s/shop/customers/~export?format=csv")
    assert "Priya Raman" in exported.text, exported.text[:300]


def test_a_sum_has_as_many_digits_as_what_is_summed(nexus: Nexus, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("delete from orders")
        connection.executemany(
            "insert into orders (number, customer_id, quantity, unit_price) values (?, 2, 1, ?)",
            [("D-1", 0.1), ("D-2", 0.2)],
        )
    assert [one["spent"] for one in rows(signed_in(nexus), "customers?fields=spent&sort=id")][1] == "0.30"


@pytest.mark.req("S003-CRUD-03")
def test_what_sql_computes_is_sorted_filtered_and_grouped_by(nexus: Nexus) -> None:
    ada = signed_in(nexus)
    assert [one["id"] for one in rows(ada, "orders?sort=-total&limit=2")] == [1, 2]
    after = ada.get(f"{API}/orders?sort=-total&limit=1").json()["next"]
    assert [one["id"] for one in rows(ada, f"orders?sort=-total&limit=1&after={after}")] == [2]
    assert [one["id"] for one in rows(ada, "orders?filter=total:>50 total:<500")] == [2]
    assert [one["id"] for one in rows(ada, "orders?filter=customer.full_name:~raman")] == [1]
    assert [one["id"] for one in rows(ada, "customers?filter=orders.any(total:>900)")] == [1]
    asked = {"source": "shop", "resource": "orders", "measures": [{"fn": "sum", "field": "total", "as": "all"}],
             "dimensions": [{"field": "customer.full_name", "as": "who"}], "sort": ["who"]}  # fmt: skip
    answer = ada.post("/api/v1/query", json=asked, headers={"X-CSRF-Token": csrf(ada.get("/s/shop/orders/new").text)})
    assert answer.status_code == 200, answer.text
    assert answer.json()["rows"] == [["Ilse", "116.92"], ["Priya Raman", "963.70"]], answer.text


@pytest.mark.req("S003-CRUD-03")
def test_what_other_rows_are_needed_for_is_shown_and_not_asked_for(nexus: Nexus) -> None:
    ada = signed_in(nexus)
    for wrong in ("customers?sort=orders_count", "customers?filter=orders_count:>1", "orders?filter=customer.spent:>1"):
        assert ada.get(f"{API}/{wrong}").status_code == 400
    page = ada.get("/s/shop/customers").text
    assert "sort=full_name" in page
    assert "sort=orders_count" not in page


@pytest.mark.req("S003-CRUD-03", "S003-SEC-10")
def test_who_may_not_read_a_source_may_not_know_of_what_it_makes(nexus: Nexus) -> None:
    browser = eve(
        nexus, *may("customers", fields={"last_name": "hidden"}), *may("orders", fields={"unit_price": "masked"})
    )
    assert set(rows(browser, "customers")[0]) == {"id", "first_name", "country", "orders_count"}
    assert "total" not in rows(browser, "orders")[0]
    assert browser.get(f"{API}/customers?filter=full_name:~raman").status_code == 400
    assert browser.get(f"{API}/orders?sort=customer.full_name").status_code == 400
    names = {one["name"] for one in browser.get(f"{API}").json()["resources"][0]["fields"]}
    assert not names & {"full_name", "spent", "total"}
    assert "Raman" not in browser.get("/s/shop/customers").text


@pytest.mark.req("S003-CRUD-03", "S003-SEC-10")
def test_a_figure_counts_the_rows_that_its_reader_may_see(nexus: Nexus) -> None:
    only = {"field": "number", "op": "eq", "value": "A-2"}
    browser = eve(nexus, *may("customers"), *may("orders", rows=only))
    found = {one["full_name"]: (one["orders_count"], one["spent"]) for one in rows(browser, "customers")}
    assert found == {"Priya Raman": (0, None), "Ilse": (1, "79.42")}
    assert browser.get(f"{API}/customers/2").json()["orders_count"] == 1


@pytest.mark.req("S003-CRUD-03", "S003-SEC-10")
def test_a_figure_of_a_table_that_is_not_theirs_is_no_field(nexus: Nexus) -> None:
    browser = eve(nexus, *may("customers"))
    assert set(rows(browser, "customers")[0]) == {"id", "first_name", "last_name", "country", "full_name"}


@pytest.mark.req("S003-CRUD-03")
def test_nobody_writes_what_is_computed_and_writing_the_rest_goes_on(nexus: Nexus, tmp_path: Path) -> None:
    ada = signed_in(nexus)
    page = ada.get("/s/shop/orders/1/edit").text
    token = {"X-CSRF-Token": csrf(page)}
    assert 'name="value.total"' not in page
    assert "Computed: quantity * unit_price" in page
    refused = ada.patch(f"{API}/orders/1", json={"total": "1"}, headers=token)
    assert refused.status_code in (403, 422)
    row = ada.get(f"{API}/orders/1")
    changed = ada.patch(f"{API}/orders/1", json={"quantity": 3}, headers={**token, "If-Match": row.headers["etag"]})
    assert changed.json()["total"] == "1445.55"
    made = ada.post(
        f"{API}/orders", json={"number": "B", "customer_id": 2, "quantity": 1, "unit_price": "2.50"}, headers=token
    )
    assert (made.status_code, made.json()["total"]) == (201, "2.50")
    ada.post("/s/shop/customers/2/delete", data={"_csrf": csrf(page)})
    ada.delete(f"{API}/orders/1", headers=token)
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        assert connection.execute("select count(*) from orders where id = 1").fetchone() == (0,)


@pytest.mark.req("S003-CRUD-03")
@pytest.mark.parametrize(
    ("file", "said"),
    [
        ('[fields.x]\ncomputed = "{first_name"', "has no other"),
        ('[fields.country]\ncomputed = "{first_name}"', "a computed field needs another"),
    ],
)
def test_a_formula_that_cannot_be_read_is_said_with_its_file(tmp_path: Path, file: str, said: str) -> None:
    with served(tmp_path, TABLES, project=project(tmp_path, customers=file)) as app:
        page = signed_in(app).get("/sources/shop").text
    assert "customers.toml" in page
    assert said in page


@pytest.mark.req("S003-CRUD-03")
def test_a_formula_over_what_went_leaves_its_field_out_and_says_so(tmp_path: Path) -> None:
    with served(tmp_path, TABLES, project=project(tmp_path, customers='[fields.x]\ncomputed = "{frist_name}"')) as app:
        schema = app.kernel.sources.get("shop").schema
        assert "x" not in schema.resource("customers").by_name
        assert any("customers.x: " in one and "first_name" in one for one in schema.unsure)


PLUGIN = """from dataclasses import replace
from nexus_admin.sdk import Field, hookimpl

@hookimpl
def nexus_resource(resource):
    if resource.name != "orders":
        return None
    return replace(resource, fields=(*resource.fields, Field("pair", "Pair", "", computed="{number}/{quantity}")))
"""


@pytest.mark.req("S003-CRUD-03")
def test_an_extension_declares_a_computed_field(tmp_path: Path) -> None:
    folder = project(tmp_path) / "plugins" / "pairs"
    folder.mkdir(parents=True)
    (folder / "plugin.toml").write_text('name = "pairs"\ntitle = "Pairs"\nversion = "1.0"\napi = 1\n', encoding="utf-8")
    (folder / "__init__.py").write_text(PLUGIN, encoding="utf-8")
    with served(tmp_path, TABLES, project=tmp_path / "project") as app:
        found = rows(signed_in(app), "orders?filter=pair:A-1/2")
    assert [one["pair"] for one in found] == ["A-1/2"]
