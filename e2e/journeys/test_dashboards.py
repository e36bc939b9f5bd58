"""Somebody looks at a dashboard and goes from a bar to its rows."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect


def widget(page: Page, title: str) -> Locator:
    """Return a widget once it is drawn."""
    found = page.get_by_role("region", name=title)
    expect(found.locator("[aria-busy=true]")).to_have_count(0)
    return found


def test_a_bar_leads_to_as_many_rows_as_it_counts(page: Page) -> None:
    page.goto("/s/shop/orders")
    page.get_by_role("link", name="Dashboard", exact=True).click()
    bar = widget(page, "Orders by channel").get_by_role("row", name=re.compile("^Store"))
    count = bar.get_by_role("cell").last.inner_text()
    bar.get_by_role("link", name="Store").click()
    expect(page.locator("#nx-count")).to_have_text(f"{count} rows")
    expect(page.get_by_role("group", name="Filters")).to_contain_text("Store")


def test_a_filter_of_a_dashboard_goes_along_to_the_rows(page: Page) -> None:
    page.goto("/s/shop/orders/~dashboard")
    page.get_by_role("form", name="Dashboard filters").get_by_label("Status").select_option("Cancelled")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("cancelled"))
    bar = widget(page, "Orders by channel").get_by_role("row", name=re.compile("^Web"))
    count = bar.get_by_role("cell").last.inner_text()
    bar.get_by_role("link", name="Web").click()
    expect(page.locator("#nx-count")).to_have_text(f"{count} rows")


def test_the_example_dashboard_draws_every_widget(page: Page) -> None:
    page.goto("/dashboards")
    page.get_by_role("link", name=re.compile("^Sales")).click()
    expect(page.get_by_role("heading", level=1, name="Sales")).to_be_visible()
    for drawn in page.locator(".nx-widget").all():  # what is below comes when somebody looks there, and long enough
        drawn.scroll_into_view_if_needed()
        expect(drawn.locator("[aria-busy=true]")).to_have_count(0)
    expect(page.get_by_role("main").locator("[aria-busy=true]")).to_have_count(0)
    expect(page.locator(".nx-widget__error")).to_have_count(0)
