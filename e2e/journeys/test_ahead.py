"""The next page of a list is asked for when somebody comes near the way there, and for nobody else."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Request, expect

from e2e.pages.lists import ListPage


def asked(page: Page) -> list[str]:
    """Return a list that grows by the address of each list of orders that is asked for."""
    found: list[str] = []

    def note(request: Request) -> None:
        if re.search(r"/s/shop/orders(\?|$)", request.url):
            found.append(request.url)

    page.on("request", note)
    return found


@pytest.mark.req("S003-CHAL-06")
def test_the_next_page_is_fetched_when_it_is_pointed_at_and_shown_without_asking_again(page: Page) -> None:
    orders = ListPage(page, "orders")
    found = asked(page)
    orders.open("sort=number")
    orders.expect_count("2,000 rows")
    onward = page.get_by_role("link", name="Next page")
    page.wait_for_timeout(500)
    assert len(found) == 1, "a page that nobody came near was fetched"

    first = orders.cells("Number")[0]
    page.evaluate("window.sameDocument = true")
    with page.expect_response(lambda answer: "after=" in answer.url):
        onward.hover()
    assert len(found) == 2
    assert orders.cells("Number")[0] == first, "nothing is shown before the click"
    onward.click()
    expect(page.get_by_role("button", name="Page 2")).to_be_visible()
    assert page.url == found[1]
    assert orders.cells("Number")[0] > first
    assert page.evaluate("window.sameDocument")
    page.wait_for_timeout(500)
    assert len(found) == 2, "the click asked again, or the pointer that stayed fetched one more"
    page.get_by_role("heading", level=1).hover()
    with page.expect_response(lambda answer: "page=3" in answer.url):
        onward.hover()
    page.go_back()
    expect(page.get_by_role("button", name="Page 1")).to_be_visible()


def test_what_was_fetched_ahead_is_dropped_where_somebody_goes_elsewhere(page: Page) -> None:
    orders = ListPage(page, "orders").open("sort=number")
    orders.expect_count("2,000 rows")
    with page.expect_response(lambda answer: "after=" in answer.url):
        page.get_by_role("link", name="Next page").hover()
    orders.column("Total").get_by_role("link").first.click()
    expect(orders.column("Total")).to_have_attribute("aria-sort", "ascending")
    page.get_by_role("link", name="Next page").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Page 2")).to_be_visible()
    totals = [float(one.replace(",", "")) for one in orders.cells("Total")]
    assert totals == sorted(totals)
    assert "sort=total" in page.url
