"""What a project's file says of a table: the order of its fields, and the headings that they stand under."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from nexus_admin import Nexus
from nexus_admin.data.overlays.overlay import apply
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import SettingError
from nexus_admin.kernel.options import Options
from nexus_admin.testing.schemas import shop
from tests.web.world import PASSWORD, signed_in

FILE = """order = ["paid", "name"]
[fields.total]
group = "Money"
[fields.paid]
group = "Money"
help = "What has come in."
"""


def test_a_form_has_the_order_and_the_headings_of_the_file(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("create table bills (id integer primary key, total int, note text, name text, paid int)")
    (tmp_path / "resources/shop").mkdir(parents=True)
    (tmp_path / "resources/shop/bills.toml").write_text(FILE)
    options = Options(
        tmp_path, (("shop", str(tmp_path / "shop.db")),), str(tmp_path / "n.db"), allow_writes=True, environ={}
    )
    app = Nexus(options=options)
    app.start()
    try:
        app.kernel.access.users.create("ada@example.com", password=PASSWORD, roles=("owner",), by=Actor.system("test"))
        page = signed_in(app)
        form = page.get("/s/shop/bills/new").text
        money = form[form.index("Money</h2>") :].partition("</section>")[0]
        assert re.findall(r'name="value\.(\w+)"', money) == ["paid", "total"]
        assert "What has come in." in money
        rest = re.findall(r'name="value\.(\w+)"', form.replace(money, ""))
        assert rest.index("name") < rest.index("note")
        # What is sent goes where it is named, whatever the order.
        token = re.search(r'name="_csrf" value="([^"]+)"', form)
        assert token is not None
        sent = {"_csrf": token[1], "value.total": "70", "value.paid": "30", "value.name": "Ada", "value.note": "late"}
        assert page.post("/s/shop/bills/new", data=sent, follow_redirects=False).status_code == 303
        saved = page.get("/s/shop/bills/1/edit").text
        assert 'name="was.total" value="70"' in saved
        assert 'name="was.paid" value="30"' in saved
    finally:
        app.kernel.stop()
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        assert connection.execute("select total, note, name, paid from bills").fetchall() == [(70, "late", "Ada", 30)]


def test_an_order_of_fields_that_are_not_there_is_a_mistake_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "orders.toml").write_text('order = ["statsu"]\n')
    with pytest.raises(SettingError, match="Did you mean 'status'"):
        apply(shop().resource("orders"), tmp_path / "orders.toml")
