"""Somebody adds a row on a dashboard: what else shows the table follows, and it is taken back from where they are."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import Enter
from e2e.journeys.test_dashboards import widget
from e2e.pages.signing import sign_in
from e2e.pages.toast import toast, undo
from e2e.server import Served

BOARD = "/dashboards/customers"


def fill(page: Page, name: str) -> None:
    form = widget(page, "A new customer")
    email = f"{name.casefold().replace(' ', '.')}@example.com"
    for label, text in (
        ("Name", name),
        ("Email", email),
        ("Street", "Kade 1"),
        ("Postal code", "1011"),
        ("City", "Delft"),
    ):
        form.get_by_label(label).fill(text)


@pytest.mark.req("S003-WIDG-05")
def test_a_row_is_added_without_leaving_the_dashboard(page: Page) -> None:
    page.goto(BOARD)
    form, newest = widget(page, "A new customer"), widget(page, "Newest customers")
    fill(page, "Nora Form")
    form.get_by_label("Country").evaluate("input => { input.removeAttribute('maxlength'); input.value = 'Dutch' }")
    form.get_by_role("button", name="Add customer").click()
    expect(form.get_by_label("Country")).to_be_focused()
    expect(form.locator(".nx-field__error").last).to_contain_text("At most 2 characters")
    expect(form.get_by_label("Name")).to_have_value("Nora Form")
    form.get_by_label("Country").fill("NL")
    form.get_by_role("button", name="Add customer").click()
    expect(toast(page, "Customer Nora Form was made.")).to_be_visible()
    expect(form.get_by_label("Name")).to_be_focused()
    expect(form.get_by_label("Name")).to_have_value("")
    expect(newest.get_by_role("row", name=re.compile("^Nora Form"))).to_be_visible()
    undo(page, "Nora Form")
    expect(toast(page, "Taken back.")).to_be_visible()
    expect(page).to_have_url(re.compile(BOARD))
    expect(widget(page, "Newest customers")).not_to_contain_text("Nora Form")


@pytest.mark.req("S003-WIDG-05")
def test_without_scripts_the_dashboard_comes_back(visit: Enter, served: Served) -> None:
    page = visit(java_script_enabled=False)
    sign_in(page, served.account())
    page.goto(f"{BOARD}?whole=1")
    fill(page, "Otto Plain")
    page.get_by_role("button", name="Add customer").click()
    expect(page).to_have_url(re.compile(BOARD))
    expect(toast(page, "Customer Otto Plain was made.")).to_be_visible()
    undo(page, "Otto Plain")
    expect(toast(page, "Taken back.")).to_be_visible()
