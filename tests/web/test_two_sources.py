"""Two databases of different engines at once, and one dashboard over both."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from nexus_admin import Nexus
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.role import Grant, Role
from nexus_admin.kernel.options import Options
from tests.web.world import PASSWORD, signed_in

SYSTEM = Actor.system("test")
BOARD = """title = "Both"
source = "shop"
[[widgets]]
widget = "bar"
title = "Orders by status"
[widgets.options]
resource = "orders"
by = "status"
[[widgets]]
widget = "bar"
title = "Tickets by state"
[widgets.options]
source = "desk"
resource = "tickets"
by = "state"
"""
NEAR = """title = "Nearly"
source = "shop"
[[widgets]]
widget = "bar"
title = "Tickets by state"
[widgets.options]
source = "deks"
resource = "tickets"
by = "state"
"""


@pytest.fixture
def both(tmp_path: Path, new_postgres_url: str) -> Iterator[Nexus]:
    """Return a desk over two databases; ada owns it, bo may see one of them."""
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.executescript(
            "create table orders (id integer primary key, status text not null);"
            "insert into orders (status) values ('open'), ('shipped'), ('shipped');"
        )
    engine = sa.create_engine(new_postgres_url)
    with engine.begin() as there:
        there.execute(sa.text("create table tickets (id serial primary key, state text not null)"))
        there.execute(sa.text("insert into tickets (state) values ('waiting'), ('solved'), ('solved'), ('solved')"))
    engine.dispose()
    (tmp_path / "dashboards").mkdir()
    (tmp_path / "dashboards/both.toml").write_text(BOARD)
    (tmp_path / "dashboards/near.toml").write_text(NEAR)
    urls = (("shop", str(tmp_path / "shop.db")), ("desk", new_postgres_url))
    app = Nexus(options=Options(tmp_path, urls, str(tmp_path / "nexus.db"), environ={}))
    app.start()
    access = app.kernel.access
    access.users.create("ada@example.com", password=PASSWORD, roles=("owner",), by=SYSTEM)
    shop = [Grant(source="shop", resource="*", action=action) for action in ("row.*", "query.run")]
    grants = (*shop, Grant(source="nexus", action="dashboard.view"))
    access.roles.save(Role(name="sales", grants=grants), by=SYSTEM)
    access.users.create("bo@example.com", password=PASSWORD, roles=("sales",), by=SYSTEM)
    yield app
    app.kernel.stop()


@pytest.mark.req("S003-ARCH-04")
def test_one_dashboard_shows_what_is_in_two_databases_to_those_who_may_see_both(both: Nexus) -> None:
    ada = signed_in(both)
    for path in ("/s/shop/orders", "/s/desk/tickets"):
        assert ada.get(path).status_code == 200
    page = ada.get("/dashboards/both").text
    assert "nx-widget__error" not in page
    assert "/s/shop/orders?filter=status" in page
    assert "/s/desk/tickets?filter=state" in page
    less = signed_in(both, "bo@example.com").get("/dashboards/both").text
    assert "/s/shop/orders?filter=status" in less
    assert "solved" not in less.lower()


def test_a_widget_over_a_source_that_one_may_not_know_of_says_what_one_over_none_says(both: Nexus) -> None:
    bo = signed_in(both, "bo@example.com")
    said = {path: bo.get(f"/dashboards/{path}").text for path in ("both", "both/~w/2", "near/~w/1")}
    for path, text in said.items():
        assert "You cannot see what this is drawn from, or it is not there any more." in text, path
        assert "has no table" not in text
        assert "Did you mean" not in text
