"""Somebody looks at a record: what belongs to it, and what happened to it."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from e2e.pages.form import FormPage
from e2e.pages.toast import toast


def test_a_tab_shows_what_belongs_to_a_row_and_leads_to_its_list(page: Page) -> None:
    page.goto("/s/shop/customers/150")
    tabs = page.get_by_role("navigation", name="Parts of this record")
    orders = tabs.get_by_role("link", name=re.compile("^Orders"))
    count = orders.get_by_role("status")
    expect(count).to_have_text(re.compile(r"^\d+$"))
    found = int(count.inner_text())
    orders.click()
    expect(page).to_have_url(re.compile("tab=orders"))
    expect(orders).to_have_attribute("aria-current", "page")
    related = page.get_by_role("region", name="Orders")
    expect(related.locator("tbody").get_by_role("row")).to_have_count(found)
    related.get_by_role("link", name="Open as list").click()
    expect(page.locator("#nx-count")).to_have_text(f"{found} rows")
    page.go_back()
    page.go_back()
    expect(page.get_by_role("region", name="Details")).to_be_visible()


def test_an_older_change_is_found_in_the_history_and_taken_back(page: Page) -> None:
    form = FormPage(page, "customers", 71)
    page.goto("/s/shop/customers/71")
    before = page.get_by_role("heading", level=1).inner_text()
    for name, city in [("Grace Hopper", "Arlington"), ("Grace Hopper", "New York")]:
        form.open().fill(name=name, city=city).save()
        expect(toast(page, "was saved")).to_be_visible()
    page.get_by_role("navigation", name="Parts of this record").get_by_role("link", name="History").click()
    history = page.get_by_role("region", name="History")
    first = history.get_by_role("listitem").filter(has_text="Grace Hopper").last
    first.get_by_role("link", name="Take back…").click()
    expect(page.get_by_role("alert")).to_contain_text("cannot be taken back as a whole")
    page.get_by_role("link", name="Cancel").click()

    history.get_by_role("listitem").filter(has_text="New York").first.get_by_role("link", name="Take back…").click()
    page.get_by_role("button", name="Take it back").click()
    expect(toast(page, "Taken back")).to_be_visible()
    history.get_by_role("listitem").filter(has_text=before).last.get_by_role("link", name="Take back…").click()
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(before)


def test_next_and_previous_follow_the_list_that_one_came_from(page: Page) -> None:
    page.goto("/s/shop/customers?sort=-name")
    names = page.get_by_role("main").get_by_role("grid").locator("tbody").get_by_role("row")
    second = names.nth(1).get_by_role("link").first.inner_text()
    names.first.get_by_role("link").first.click()
    page.get_by_role("link", name="Next record").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(second)
