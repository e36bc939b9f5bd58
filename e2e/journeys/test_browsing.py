"""Somebody looks for orders: search, filter, sort, pages, and the way back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from e2e.conftest import Enter
from e2e.pages.form import pick
from e2e.pages.lists import ListPage


@pytest.mark.req("S003-STACK-01")
def test_a_list_is_searched_sorted_and_paged_and_back_works(page: Page) -> None:
    orders = ListPage(page, "orders")
    page.goto("/")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Orders", exact=False).last.click()
    expect(page.get_by_role("heading", level=1, name="Orders")).to_be_visible()
    orders.expect_count("2,000 rows")
    expect(orders.rows).to_have_count(50)

    page.evaluate("window.sameDocument = true")
    orders.column("Total").get_by_role("link").first.click()
    expect(orders.column("Total")).to_have_attribute("aria-sort", "ascending")
    expect(page).to_have_url(re.compile(r"sort=total"))
    orders.column("Total").get_by_role("link").first.click()
    expect(orders.column("Total")).to_have_attribute("aria-sort", "descending")
    totals = [float(one.replace(",", "")) for one in orders.cells("Total")]
    assert totals == sorted(totals, reverse=True)

    page.get_by_role("link", name="Next page").click()
    expect(page.get_by_role("button", name="Page 2")).to_be_visible()
    assert float(orders.cells("Total")[0].replace(",", "")) <= totals[-1]
    assert page.evaluate("window.sameDocument")  # only the list was fetched, three times

    page.go_back()
    expect(page.get_by_role("button", name="Page 1")).to_be_visible()
    assert [float(one.replace(",", "")) for one in orders.cells("Total")] == totals
    page.go_back()
    expect(orders.column("Total")).to_have_attribute("aria-sort", "ascending")
    expect(page).to_have_url(re.compile(r"sort=total(&|$)"))


def test_a_search_narrows_the_rows_and_their_count(page: Page) -> None:
    orders = ListPage(page, "orders").open()
    number = orders.cells("Number")[7]
    orders.search(number)
    orders.expect_count("1 row")
    expect(orders.rows).to_have_count(1)
    page.get_by_role("link", name="Clear the search").click()
    orders.expect_count("2,000 rows")


def test_a_search_that_another_one_overtook_changes_nothing(page: Page) -> None:
    """The server stops a query that its window asks anew; the late answer, an error, must not come into the page."""
    orders = ListPage(page, "orders").open()
    number = orders.cells("Number")[7]
    held: list[Route] = []
    page.route(re.compile("search=overtaken"), lambda route: held.append(route))
    orders.search("overtaken")
    orders.search(number)
    orders.expect_count("1 row")
    held[0].fulfill(content_type="text/html", body="<div id='nx-list'>An earlier answer</div>")
    page.wait_for_function(
        "() => performance.getEntriesByType('resource').some((one) => one.name.includes('overtaken'))"
    )
    expect(page).to_have_url(re.compile("search=%23" + number.lstrip("#")))
    expect(orders.rows).to_have_count(1)
    page.go_back()
    orders.expect_count("2,000 rows")


def test_the_last_page_is_one_click_away(page: Page) -> None:
    orders = ListPage(page, "orders").open("sort=number")
    page.get_by_role("link", name="Last page").click()
    expect(page.get_by_role("link", name="Next page")).to_have_count(0)
    numbers = orders.cells("Number")
    assert numbers == sorted(numbers)
    page.get_by_role("link", name="Previous page").click()
    expect(page.get_by_role("link", name="Next page")).to_be_visible()
    assert orders.cells("Number")[-1] < numbers[0]


def test_the_filter_builder_walks_a_relation_and_tells_what_it_finds(page: Page) -> None:
    orders = ListPage(page, "orders").open()
    orders.main.get_by_role("link", name="Filter", exact=True).click()
    builder = page.get_by_role("dialog")
    pick(builder, "Field", "status", "Status")
    builder.get_by_label("Value").select_option("Delivered")
    expect(builder.get_by_label("The same as text")).to_have_value("status:delivered")
    builder.get_by_role("button", name="Condition", exact=True).click()
    pick(builder.locator(".nx-filters__cond").last, "Field", "customer country", "Customer › Country")
    second = builder.locator(".nx-filters__cond").last
    country = second.locator("input[role=combobox][aria-label=Value]")  # the new condition's, once it is there
    country.fill("DE")
    builder.get_by_role("listbox").get_by_role("option", name="DE").first.click()
    expect(builder.get_by_label("The same as text")).to_have_value("status:delivered customer.country:DE")
    expect(builder.get_by_role("status").first).to_have_text(re.compile(r"^\s*\d{1,3} rows\s*$"))
    found = builder.get_by_role("status").first.inner_text()
    builder.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile("filter=status"))
    orders.expect_count(found)
    expect(orders.main.get_by_role("group", name="Filters").get_by_text("Delivered")).to_be_visible()
    assert set(orders.cells("Status")) == {"Delivered"}

    page.get_by_role("link", name=re.compile("^Remove Customer")).click()
    expect(page).to_have_url(re.compile("filter=status(:|%3A)delivered$"))
    page.go_back()
    orders.expect_count(found)


@pytest.mark.parametrize("wrong", ["totl:>1", "status:("])
def test_a_filter_that_is_wrong_shows_no_rows_and_says_why(page: Page, wrong: str) -> None:
    orders = ListPage(page, "orders").open(f"filter={wrong}")
    expect(orders.main.get_by_role("alert")).to_be_visible()
    expect(orders.rows).to_have_count(0)
    orders.main.get_by_role("link", name="Show all rows").click()
    orders.expect_count("2,000 rows")


def test_columns_are_chosen_and_follow_a_relation(page: Page) -> None:
    orders = ListPage(page, "orders").open()
    page.get_by_role("button", name="Columns").click()
    chooser = page.locator("#nx-columns")
    chooser.get_by_role("checkbox", name="Channel").uncheck()
    pick(chooser, "Another column, along relations", "customer country", "Customer › Country")
    chooser.get_by_role("button", name="Apply").click()
    expect(orders.column("Customer Country").or_(orders.column("Country")).first).to_be_visible()
    expect(page.get_by_role("columnheader", name="Channel")).to_have_count(0)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_a_list_is_sorted_from_its_menu_and_keeps_what_else_was_asked(enter: Enter, scripts: bool) -> None:
    page = enter(java_script_enabled=scripts)
    orders = ListPage(page, "orders").open("filter=status:delivered&limit=25")
    menu = page.locator("[popovertarget=nx-sort]")
    menu.click()
    page.get_by_role("menuitem", name="Total").click()
    expect(orders.column("Total")).to_have_attribute("aria-sort", "ascending")
    expect(page).to_have_url(re.compile(r"filter=status.*sort=total|sort=total.*filter=status"))
    expect(orders.rows).to_have_count(25)
    menu.click()
    page.get_by_role("menuitem", name="Total").click()
    expect(orders.column("Total")).to_have_attribute("aria-sort", "descending")
    totals = [float(one.replace(",", "")) for one in orders.cells("Total")]
    assert totals == sorted(totals, reverse=True)
    menu.click()
    page.get_by_role("menuitem", name="Usual order").click()
    expect(orders.column("Total")).to_have_attribute("aria-sort", "none")
