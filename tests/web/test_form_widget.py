"""A form on a dashboard: it adds rows or changes one, under the rights of whoever looks at it."""

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
from tests.web.world import PASSWORD, TABLES, csrf, served, signed_in

SYSTEM = Actor.system("test")
SENT = {"X-Nexus-Request": "1", "X-Nexus-Fragment": "entry-w1 nx-toasts"}
ORDERS = """title = "Desk"
source = "shop"
[[widgets]]
widget = "form"
title = "A phone order"
[widgets.options]
resource = "orders"
fields = ["number", "customer_id"]
presets = { total = 10.5, number = "P-" }
button = "Take it"
[[widgets]]
widget = "metric_card"
title = "Orders"
[widgets.options]
resource = "orders"
[[widgets]]
widget = "metric_card"
title = "Customers"
[widgets.options]
resource = "customers"
"""
ONE = """title = "One"
source = "shop"
[[widgets]]
widget = "form"
title = "Ilse"
[widgets.options]
resource = "customers"
action = "update"
key = "2"
fields = ["country"]
"""


@pytest.fixture
def nexus(tmp_path: Path) -> Iterator[Nexus]:
    boards = tmp_path / "project" / "dashboards"
    boards.mkdir(parents=True)
    (boards / "desk.toml").write_text(ORDERS, encoding="utf-8")
    (boards / "one.toml").write_text(ONE, encoding="utf-8")
    with served(tmp_path, TABLES, project=tmp_path / "project") as app:
        yield app


def sent(page: str, **values: str) -> dict[str, Any]:
    """Return what a browser sends of the form on *page*, with *values* typed in."""
    form = re.search(r'<form class="nx-entryform".*?</form>', page, re.S)
    assert form is not None
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", form[0]):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name is not None:
            found.setdefault(name[1], []).append(value[1] if value else "")
    return found | {f"value.{name}": text for name, text in values.items()}


def role(nexus: Nexus, *grants: Grant) -> Any:
    access = nexus.kernel.access
    access.roles.save(Role(name="desk", grants=(Grant(source="nexus", action="dashboard.view"), *grants)), by=SYSTEM)
    access.users.create("eve@example.com", password=PASSWORD, roles=("desk",), by=SYSTEM)
    return signed_in(nexus, "eve@example.com")


def may(action: str, resource: str, **more: Any) -> Grant:
    return Grant(source="shop", resource=resource, action=action, **more)


def stored(folder: Path, sql: str) -> Any:
    with sqlite3.connect(folder / "shop.db") as connection:
        return connection.execute(sql).fetchone()


@pytest.mark.req("S003-WIDG-05")
def test_a_form_adds_a_row_and_the_dashboard_comes_back_with_the_way_back(nexus: Nexus, tmp_path: Path) -> None:
    ada = signed_in(nexus)
    page = ada.get("/dashboards/desk?whole=1").text
    form = sent(page, number="P-9", customer_id="2")
    assert form["value.total"] == ["10.5"], "a preset that is not filled in goes along unseen"
    assert 'id="f-w1-number" name="value.number"' in page
    assert 'value="P-"' in page, "a preset of a field that is filled in stands in it at first"
    answer = ada.post("/s/shop/orders/new", data=form, follow_redirects=False)
    assert answer.headers["location"] == "/dashboards/desk#w1"
    back = ada.get("/dashboards/desk?whole=1").text
    assert "Order P-9 was made." in back
    assert stored(tmp_path, "select number, customer_id, total from orders where id = 4") == ("P-9", 2, 10.5)
    undo = re.search(r'<form data-undo.*?name="entry" value="([^"]+)"', back, re.S)
    assert undo is not None
    gone = ada.post("/s/shop/~undo", data={"_csrf": csrf(back), "entry": undo[1], "back": "/dashboards/desk"})
    assert gone.url.path == "/dashboards/desk"
    assert stored(tmp_path, "select count(*) from orders") == (3,)


@pytest.mark.req("S003-WIDG-05")
def test_what_is_wrong_stands_at_its_field_with_a_script_and_without(nexus: Nexus) -> None:
    ada = signed_in(nexus)
    form = sent(ada.get("/dashboards/desk?whole=1").text, number="A-1", customer_id="2")
    plain = ada.post("/s/shop/orders/new", data=form)
    assert plain.status_code == 422
    assert "<html" in plain.text
    assert 'name="entry.back" value="/dashboards/desk#w1"' in plain.text, (
        "the whole form still goes back to the dashboard"
    )
    assert 'value="10.5"' in plain.text
    scripted = ada.post("/s/shop/orders/new", data=form, headers=SENT)
    assert scripted.status_code == 422
    assert "<html" not in scripted.text
    assert 'id="entry-w1"' in scripted.text
    assert re.search(r'id="f-w1-number"[^>]*aria-invalid="true"', scripted.text)
    again = sent(scripted.text, number="A-77")
    assert ada.post("/s/shop/orders/new", data=again, headers=SENT).status_code == 200


@pytest.mark.req("S003-WIDG-05")
def test_a_script_is_sent_the_fresh_form_and_knows_which_widgets_to_ask_anew(nexus: Nexus) -> None:
    ada = signed_in(nexus)
    page = ada.get("/dashboards/desk?whole=1").text
    assert 'data-over="shop/orders" data-alone="/dashboards/desk/~w/2"' in page
    answer = ada.post("/s/shop/orders/new", data=sent(page, number="P-9", customer_id="2"), headers=SENT)
    assert 'id="entry-w1"' in answer.text
    assert "P-9 was made" in answer.text
    assert 'aria-busy="true"' in answer.text, "the other widgets were not drawn for it"
    assert ">4<" in ada.get("/dashboards/desk/~w/2").text


@pytest.mark.req("S003-WIDG-05")
def test_a_form_changes_one_row(nexus: Nexus, tmp_path: Path) -> None:
    ada = signed_in(nexus)
    form = sent(ada.get("/dashboards/one?whole=1").text, country="BE")
    assert form["was.country"] == ["NL"]
    answer = ada.post("/s/shop/customers/2/edit", data=form, follow_redirects=False)
    assert answer.headers["location"] == "/dashboards/one#w1"
    assert stored(tmp_path, "select country from customers where id = 2") == ("BE",)


@pytest.mark.req("S003-WIDG-05")
def test_who_may_not_write_is_told_so_and_who_may_not_know_of_the_table_is_not(nexus: Nexus) -> None:
    eve = role(nexus, may("row.list", "orders"), may("row.read", "orders"))
    page = eve.get("/dashboards/desk?whole=1").text
    assert "You may not add orders here." in page
    assert "nx-entryform" not in page
    assert "customers" not in eve.get("/dashboards/one?whole=1").text.casefold()
    assert "You cannot see what this is drawn from" in eve.get("/dashboards/one?whole=1").text


@pytest.mark.req("S003-WIDG-05")
def test_what_its_viewer_may_not_write_is_not_in_it(nexus: Nexus) -> None:
    grants = [may(action, "customers") for action in ("row.list", "row.read")]
    narrowed = may("row.create", "orders", fields={"total": "read"})
    eve = role(nexus, *grants, may("row.update", "customers", fields={"country": "read"}),
               may("row.list", "orders"), may("row.read", "orders"), narrowed)  # fmt: skip
    assert "You may not fill in Total, which this form sets." in eve.get("/dashboards/desk?whole=1").text
    assert "You may not fill in any field of this form on Customers." in eve.get("/dashboards/one?whole=1").text


def test_where_a_form_goes_back_to_is_a_page_of_ours(nexus: Nexus) -> None:
    ada = signed_in(nexus)
    form = sent(ada.get("/dashboards/desk?whole=1").text, number="P-9", customer_id="2")
    form["entry.back"] = "https://evil.example/"
    answer = ada.post("/s/shop/orders/new", data=form, follow_redirects=False)
    assert answer.headers["location"] == "/"


def test_a_form_is_checked_with_its_dashboard(nexus: Nexus) -> None:
    ada = signed_in(nexus)
    wrong = ORDERS.replace('"customer_id"', '"custmer_id"').replace('title = "Desk"', 'name = "other"\ntitle = "Other"')
    page = ada.get("/dashboards/~new").text
    answer = ada.post("/dashboards/~new", data={"_csrf": csrf(page), "toml": wrong, "version": "0"})
    assert "Did you mean" in answer.text
    assert "customer_id" in answer.text
    asked = ada.get("/dashboards/desk/~query/1").json()["queries"][0]
    assert (asked["action"], asked["fields"], asked["presets"]["number"]) == (
        "row.create",
        ["number", "customer_id"],
        "P-",
    )
