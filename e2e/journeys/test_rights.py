"""An owner makes a role by clicks, and whoever holds it sees no more than it gives."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from e2e.conftest import Enter
from e2e.pages.lists import ListPage
from e2e.pages.toast import toast
from e2e.server import Served


def test_a_role_with_fewer_rows_and_columns_sees_less_everywhere(page: Page, enter: Enter, served: Served) -> None:
    account = served.account("bo", roles=("viewer",))
    others = ListPage(page, "orders").open("filter=-channel:phone").cells("Number")[0]
    ListPage(page, "orders").open("filter=channel:phone")
    phone = page.locator("#nx-count")
    expect(phone).to_have_text(re.compile("rows"))
    rows = phone.inner_text()
    mine = ListPage(page, "orders").cells("Number")[0]

    make_phone_desk(page)
    give_only(page, account.email, "Phone desk")

    bo = enter(account)
    menu = bo.get_by_role("navigation", name="Main")
    expect(menu.get_by_role("link", name=re.compile("^Orders"))).to_be_visible()
    expect(menu.get_by_role("link", name=re.compile("^(Staff|Payments|Access)"))).to_have_count(0)
    orders = ListPage(bo, "orders").open()
    orders.expect_count(rows)
    expect(bo.get_by_role("columnheader", name=re.compile("^Total"))).to_have_count(0)
    expect(orders.row(mine)).to_have_count(1)
    expect(bo.get_by_role("link", name="New order")).to_have_count(0)

    orders.search(others)
    expect(orders.rows).to_have_count(0)
    orders.open("filter=total:>1")
    expect(bo.get_by_role("alert")).to_be_visible()
    expect(orders.rows).to_have_count(0)
    orders.open().row(mine).get_by_role("link", name=mine).click()
    expect(bo.get_by_role("heading", level=1)).to_have_text(f"Order {mine}")
    expect(bo.get_by_role("main").get_by_text("Total", exact=True)).to_have_count(0)
    assert bo.goto("/s/shop/staff").status == 404

    found = bo.request.get("/s/shop/orders/~pick", params={"q": others}).json()
    assert found["options"] == []
    bo.goto("/s/shop/orders/~dashboard")
    bar = bo.get_by_role("region", name="Orders by channel").get_by_role("row", name=re.compile("^Phone"))
    expect(bar.get_by_role("cell").last).to_have_text(rows.split()[0])
    expect(bo.get_by_text("You see a part")).to_be_visible()
    expect(bo.get_by_role("row", name=re.compile("^(Web|Store)"))).to_have_count(0)
    expect(bo.get_by_role("region", name=re.compile(r"\b[Tt]otal\b"))).to_have_count(0)


def make_phone_desk(page: Page) -> None:
    """Make a role that sees orders by phone without their total, and looks at dashboards."""
    page.goto("/access")
    page.get_by_role("link", name="New role").first.click()
    page.get_by_label("Title").fill("Phone desk")
    page.get_by_label("Name", exact=True).fill("phone-desk")
    page.get_by_role("button", name="Go on").click()
    for what in ("Orders, See", "Orders, Query", "Dashboard, view"):
        page.get_by_role("button", name=f"{what}: not allowed").click()
        expect(page.get_by_role("button", name=re.compile(f"{what}: (?!not)"))).to_be_visible()
    page.get_by_role("button", name="Orders", exact=True).click()
    pane = page.get_by_role("complementary", name="Orders for Phone desk")
    pane.get_by_label("Sees and edits rows where").fill("channel:phone")
    pane.get_by_label("Total", exact=True).select_option("hidden")
    expect(pane.get_by_role("status")).to_contain_text(" of ")
    pane.get_by_role("button", name="Close").press("Enter")
    expect(page.get_by_role("button", name="Orders", exact=True)).to_be_focused()
    page.get_by_role("button", name="Save the new role…").click()
    page.get_by_role("button", name=re.compile("^Save")).click()
    expect(toast(page, "Phone desk is saved")).to_be_visible()


def give_only(page: Page, email: str, role: str) -> None:
    """Give somebody this role instead of those that they have."""
    page.goto(f"/access/users?q={email}")
    page.get_by_role("row", name=re.compile(email)).get_by_role("link").click()
    for ticked in page.locator("input[name=roles]:checked").all():
        ticked.uncheck()
    page.get_by_label(role).check()
    page.get_by_role("button", name="Give these roles").click()
    expect(page.locator("[data-toast]")).to_be_visible()
