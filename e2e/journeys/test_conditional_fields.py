"""A field comes and goes while somebody fills in a form, by the condition that a file lays over it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from playwright.sync_api import expect

from e2e.conftest import Enter
from e2e.pages.signing import sign_in
from e2e.server import serve

TABLES = """
create table orders (id integer primary key, number text not null unique,
  status text not null check (status in ('open', 'paid', 'refunded')), refund_reason text not null default '');
insert into orders values (1, 'A-1', 'open', '');
"""


@pytest.mark.req("S003-CRUD-03")
def test_a_field_comes_and_goes_with_what_is_chosen(visit: Enter, tmp_path: Path) -> None:
    resources = tmp_path / "project" / "resources" / "small"
    resources.mkdir(parents=True)
    (resources / "orders.toml").write_text(
        '[fields.refund_reason]\nvisible_when = "status:refunded"\n', encoding="utf-8"
    )
    with sqlite3.connect(tmp_path / "small.db") as connection:
        connection.executescript(TABLES)
    with serve(tmp_path, tmp_path / "small.db", project=tmp_path / "project") as running:
        page = visit(base_url=running.url)
        sign_in(page, running.account())
        page.goto("/s/small/orders/1/edit")
        reason = page.get_by_label("Refund reason")
        expect(reason).to_be_hidden()
        page.get_by_label("Refunded").check()
        expect(reason).to_be_visible()
        reason.fill("Broken.")
        page.get_by_label("Paid").check()
        expect(reason).to_be_hidden()
        expect(reason).to_be_disabled()
        page.get_by_label("Refunded").check()
        expect(reason).to_have_value("Broken.")
        page.get_by_role("button", name="Save changes").click()
        expect(page.locator("[data-field=refund_reason]")).to_contain_text("Broken.")
        plain = visit(base_url=running.url, java_script_enabled=False)
        sign_in(plain, running.account("plain"))
        plain.goto("/s/small/orders/new")
        expect(plain.get_by_label("Refund reason")).to_be_visible()
