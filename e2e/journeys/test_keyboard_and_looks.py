"""Somebody works with the keyboard, and chooses how things look."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from e2e.pages.lists import ListPage


def test_the_palette_leads_anywhere_by_keyboard(page: Page) -> None:
    page.keyboard.press("Control+k")
    palette = page.get_by_role("dialog", name="Command palette")
    expect(palette.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("paym")
    expect(palette.get_by_role("option", name=re.compile("^Payments"))).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Payments")).to_be_visible()

    page.keyboard.press("Control+k")
    page.keyboard.type("new tag")
    expect(palette.get_by_role("option", name=re.compile("^New tag"))).to_be_visible()
    page.keyboard.press("Escape")
    expect(palette).to_be_hidden()
    expect(page.get_by_role("heading", level=1, name="Payments")).to_be_visible()


def test_a_list_is_walked_and_opened_by_keyboard(page: Page) -> None:
    orders = ListPage(page, "orders").open("sort=number")
    second = orders.cells("Number")[1]
    page.keyboard.press("/")
    expect(orders.main.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Escape")
    orders.rows.first.get_by_role("link").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Order {second}")


def test_a_theme_is_chosen_and_stays(page: Page) -> None:
    html = page.locator("html")
    page.goto("/s/shop/tags")
    light = page.evaluate("getComputedStyle(document.body).color")
    page.get_by_role("button", name="Theme and density").click()
    page.get_by_role("button", name="Dark").click()
    expect(html).to_have_attribute("data-theme", "dark")
    dark = page.evaluate("getComputedStyle(document.body).color")
    assert dark != light
    page.goto("/s/shop/orders")
    expect(html).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="Theme and density").click()
    page.get_by_role("button", name="High contrast").click()
    expect(html).to_have_attribute("data-theme", "contrast")


def test_a_row_is_looked_at_and_changed_by_keyboard_and_the_list_is_where_it_was(page: Page) -> None:
    orders = ListPage(page, "orders").open("sort=number")
    numbers = orders.cells("Number")
    orders.rows.nth(3).get_by_role("gridcell").nth(4).click()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    for number in numbers[4:6]:
        expect(page.get_by_role("dialog", name=number)).to_be_focused()
        page.keyboard.press("ArrowDown")
    expect(page.get_by_role("dialog", name=numbers[6])).to_be_focused()
    page.keyboard.press("Escape")
    expect(orders.rows.nth(6).locator(":focus")).to_be_visible()

    page.keyboard.press("o")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Order {numbers[6]}")
    page.keyboard.press("e")
    expect(page.get_by_role("textbox", name="Number")).to_be_focused()
    page.get_by_role("textbox", name="Note").fill("By hand")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("was saved")).to_be_visible()
    page.keyboard.press("j")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Order {numbers[7]}")
    page.get_by_role("navigation", name="Breadcrumb").get_by_role("link", name="Orders").click()
    expect(page).to_have_url(re.compile("sort=number"))

    orders.rows.nth(8).hover()
    orders.rows.nth(8).get_by_role("link", name="Edit").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Edit order {numbers[8]}")
    page.go_back()
    page.keyboard.press("/")
    page.keyboard.press("ArrowDown")
    expect(orders.rows.nth(8).locator(":focus")).to_be_visible()


def test_rows_are_found_along_a_relation_by_keyboard(page: Page) -> None:
    ListPage(page, "orders").open()
    page.keyboard.press("f")
    field = page.get_by_role("combobox", name="Field")
    expect(field).to_be_focused()
    page.keyboard.type("country")
    expect(page.get_by_role("listbox").get_by_role("option").first).to_contain_text("Customer › Country")
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name="Operator")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("combobox", name="Value")).to_be_focused()
    page.keyboard.type("DE")
    expect(page.get_by_role("listbox").get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_label("The same as text")).to_have_value("customer.country:DE")

    add = page.get_by_role("button", name="Condition", exact=True)
    add.focus()
    page.keyboard.press("Enter")
    expect(field.nth(1)).to_be_focused()
    page.keyboard.type("tot")
    expect(page.get_by_role("listbox").get_by_role("option").first).to_contain_text("Total")  # before Subtotal
    page.keyboard.press("Enter")
    number = page.get_by_role("textbox", name="Value")
    expect(number).to_be_visible()
    number.focus()
    page.keyboard.type("100")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("filter="))
    expect(page.get_by_role("group", name="Filters").get_by_text("Country")).to_be_visible()


def test_rows_are_sorted_by_two_columns_by_keyboard(page: Page) -> None:
    orders = ListPage(page, "orders").open()
    status, total = (orders.column(name).get_by_role("link").first for name in ("Status", "Total"))
    status.focus()
    page.keyboard.press("Enter")
    expect(orders.column("Status")).to_have_attribute("aria-sort", "ascending")
    expect(status).to_be_focused()
    total.focus()
    page.keyboard.press("Shift+Enter")
    expect(page).to_have_url(re.compile(r"sort=status(%2C|,)total$"))
    expect(total).to_be_focused()
    page.keyboard.press("Shift+Enter")
    expect(page).to_have_url(re.compile(r"sort=status(%2C|,)-total$"))
    expect(orders.column("Total")).to_have_attribute("aria-sort", "descending")


def test_the_cell_in_focus_never_lies_under_the_head_of_its_list(page: Page) -> None:
    orders = ListPage(page, "orders").open()
    page.keyboard.press("j")
    for key, times in (("ArrowDown", 40), ("ArrowUp", 36)):
        for _ in range(times):
            page.keyboard.press(key)
    cell, head = page.locator("td.is-focus").bounding_box(), orders.column("Status").bounding_box()
    assert cell is not None
    assert head is not None
    assert cell["y"] >= head["y"] + head["height"] - 1
