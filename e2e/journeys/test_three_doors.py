"""The example has something of each kind that one can build: a table, a dashboard, a page of its own."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from e2e.pages.form import FormPage
from e2e.pages.lists import ListPage
from e2e.pages.toast import toast, undo


@pytest.mark.req("S003-PHIL-05")
def test_a_row_of_a_table_is_made_and_taken_back(page: Page) -> None:
    FormPage(page, "tags").open().fill(name="made by the example").save()
    expect(toast(page, "was made")).to_be_visible()
    undo(page, "was made")
    tags = ListPage(page, "tags").open("search=made by the example")
    expect(tags.rows).to_have_count(0)


@pytest.mark.req("S003-PHIL-05")
def test_the_dashboard_of_customers_follows_its_filter(page: Page) -> None:
    page.goto("/dashboards/customers")
    expect(page.get_by_role("main").locator("[aria-busy=true]")).to_have_count(0)
    card = page.get_by_role("region", name="Customers", exact=True)
    everybody = int(re.sub(r"\D", "", card.locator(".nx-metric__value").inner_text()))
    page.goto("/dashboards/customers?f.country=DE")
    expect(page.get_by_role("main").locator("[aria-busy=true]")).to_have_count(0)
    some = int(re.sub(r"\D", "", card.locator(".nx-metric__value").inner_text()))
    assert 0 < some < everybody


@pytest.mark.req("S003-PHIL-05")
def test_a_payment_is_found_at_the_refund_desk_and_refunded(page: Page) -> None:
    captured = ListPage(page, "orders").open("filter=status:delivered&sort=number")
    number = captured.cells("Number")[0]
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Refund desk").click()
    expect(page.get_by_role("heading", level=1, name="Refund desk")).to_be_visible()
    page.get_by_label("Order").fill(number)
    page.get_by_role("button", name="Find its payments").click()
    found = page.get_by_role("row", name=re.compile("Captured"))
    found.get_by_role("link", name=number).click()
    page.get_by_role("link", name=re.compile("Refund")).last.click()
    page.get_by_label("Reason").fill("It arrived broken")
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^Refund")).click()
    expect(page.locator(".nx-toast").first).to_be_visible()
    page.goto(f"/x/refunds?order={number.replace('#', '%23')}")
    expect(page.get_by_role("row", name=re.compile(f"{number}.*Refunded")).first).to_be_visible()
