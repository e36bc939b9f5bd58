"""Getting in: the first owner, a second factor, a token, and nothing at all to begin with."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import httpx2
import pyotp
from playwright.sync_api import Page, expect

from e2e.conftest import DESK, Enter
from e2e.pages.signing import sign_in
from e2e.server import PASSWORD, Served, serve

TABLES = """
create table authors (id integer primary key, name text not null);
create table books (id integer primary key, title text not null, author_id integer not null references authors);
insert into authors values (1, 'Ursula K. Le Guin'), (2, 'Italo Calvino');
insert into books values (1, 'The Dispossessed', 1), (2, 'Invisible Cities', 2);
"""


def test_from_the_set_up_link_to_the_pages_of_a_first_database(visit: Enter, files: Path) -> None:
    with sqlite3.connect(files / "library.db") as connection:
        connection.executescript(TABLES)
    connection.close()
    with serve(files, project=files) as empty:
        page = visit(base_url=empty.url)
        page.goto(f"/set-up/{empty.nexus.kernel.access.setup.issue()}")
        page.get_by_label("Name").fill("Ada")
        page.get_by_label("Email").fill("ada@example.com")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Create the owner").click()
        expect(page.get_by_role("heading", level=1, name="Connect a database")).to_be_visible()
        page.get_by_label("Connection URL, or the path of a SQLite file").fill(str(files / "library.db"))
        page.get_by_role("button", name="Connect").click()
        expect(page.get_by_role("heading", level=1, name="library")).to_be_visible()
        page.goto("/s/library/books")
        expect(page.get_by_role("row", name=re.compile("Invisible Cities"))).to_contain_text("Italo Calvino")
        expect(page.get_by_text("Read only")).to_be_visible()
        expect(page.get_by_role("link", name="New book")).to_have_count(0)
        page.context.close()


def test_a_second_factor_is_set_up_and_asked_for(visit: Enter, enter: Enter, served: Served) -> None:
    account = served.account("rosa")
    page = enter(account)
    page.goto("/account/security")
    page.get_by_role("button", name="Set up").click()
    secret = page.locator("#nx-secret").inner_text().replace(" ", "")
    code = pyotp.TOTP(secret)
    page.get_by_label("Six digit code").fill(code.now())
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", level=1, name="Keep these recovery codes")).to_be_visible()
    recovery = page.locator("#nx-codes").get_by_role("listitem").first.inner_text()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("Second factor is on")).to_be_visible()

    again = visit()
    sign_in(again, account)
    expect(again.get_by_role("heading", level=1, name="Enter your code")).to_be_visible()
    again.set_viewport_size({"width": 320, "height": 640})
    last = again.get_by_label("Digit 6").bounding_box() or {}
    assert last["x"] + last["width"] <= 300, "six digits have room on the smallest phone"
    again.set_viewport_size(DESK)
    assert again.request.get("/s/shop/orders", max_redirects=0).status == 303
    again.get_by_text("Use a recovery code").click()
    again.get_by_label("Recovery code").fill(recovery)
    again.get_by_role("button", name="Continue with it").click()
    again.goto("/s/shop/orders")
    expect(again.get_by_role("grid")).to_be_visible()


def test_a_token_that_was_just_made_opens_the_api_as_far_as_it_may(page: Page, served: Served) -> None:
    page.goto("/account/security")
    page.get_by_text("New token").click()
    page.get_by_label("What it is for").fill("Nightly export")
    page.get_by_label("Only these").check()
    page.get_by_label("row.list", exact=True).check()
    page.get_by_role("button", name="Make the token").click()
    token = page.locator("#nx-token").inner_text()
    with httpx2.Client(base_url=served.url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
        assert client.get("/api/v1/shop/tags").status_code == 200
        assert client.post("/api/v1/shop/tags", json={"name": "from outside"}).status_code == 403
    page.goto("/account/security")
    expect(page.locator("#nx-token")).to_have_count(0)
    page.get_by_role("row", name=re.compile("Nightly export")).get_by_role("button", name="Revoke").click()
    with httpx2.Client(base_url=served.url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
        assert client.get("/api/v1/shop/tags").status_code == 401
