"""What is wrong is said at its field, in our words, and the hands stay on the keys."""

from __future__ import annotations

import re

from playwright.sync_api import Page, Route, expect

from e2e.conftest import Enter
from e2e.pages.lists import ListPage


def test_an_empty_field_says_itself_what_is_missing(visit: Enter) -> None:
    page = visit()
    page.goto("/sign-in")
    email, password = page.get_by_label("Email"), page.get_by_label("Password")
    expect(email).to_be_focused()
    page.keyboard.press("Enter")
    expect(email).to_have_accessible_description("This has to be filled in.")
    expect(password).to_have_attribute("aria-invalid", "true")
    expect(email).to_be_focused()
    page.keyboard.type("ana")
    expect(email).to_have_accessible_description(re.compile("one looks like ana@example.com"))
    page.keyboard.type("@example.com")
    expect(email).not_to_have_attribute("aria-invalid", "true")
    expect(email).to_have_accessible_description("")


def test_what_a_field_says_is_in_the_words_of_the_server(visit: Enter) -> None:
    page = visit()
    page.route("**/~complaints", _in_german)
    page.goto("/sign-in")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Email")).to_have_accessible_description("Das muss ausgefüllt werden.")


def test_without_the_servers_words_the_browser_says_it(visit: Enter) -> None:
    page = visit()
    page.route("**/~complaints", lambda route: route.fulfill(body=""))
    page.goto("/sign-in")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Email")).to_have_accessible_description(re.compile("fill", re.IGNORECASE))


def _in_german(route: Route) -> None:
    answer = route.fetch()
    text = answer.text().replace("This has to be filled in.", "Das muss ausgefüllt werden.")
    route.fulfill(response=answer, body=text)


def _filter_by(page: Page, field: str) -> None:
    """Open the builder and choose *field*, by keys alone; the focus is in the value then."""
    page.keyboard.press("f")
    picker = page.get_by_role("dialog").get_by_role("combobox", name="Field")
    expect(picker).to_be_focused()
    page.keyboard.type(field)
    expect(page.get_by_role("listbox").get_by_role("option").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name="Operator")).to_be_visible()
    expect(picker).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")


def test_a_wrong_condition_stays_in_the_dialog_and_a_right_one_opens_the_list(page: Page) -> None:
    ListPage(page, "products").open()
    _filter_by(page, "Price")
    page.keyboard.type("abc")
    page.keyboard.press("Enter")
    value = page.get_by_role("dialog").get_by_role("textbox", name="Value")
    expect(value).to_have_accessible_description(re.compile("expects"))
    expect(value).to_be_focused()
    expect(page).to_have_url(re.compile(r"/s/shop/products$"))
    page.keyboard.press("Control+a")
    page.keyboard.type("12")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("filter=price"))
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_wrong_text_is_named_below_it(page: Page) -> None:
    ListPage(page, "products").open()
    page.keyboard.press("f")
    text = page.get_by_label("The same as text")
    text.focus()
    page.keyboard.type("pricee:>3")
    page.keyboard.press("Enter")
    expect(text).to_have_accessible_description(re.compile("Did you mean"))
    expect(text).to_be_focused()


def test_escape_closes_a_picker_before_the_dialog_around_it(page: Page) -> None:
    ListPage(page, "products").open()
    page.keyboard.press("f")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("combobox", name="Field")).to_be_focused()
    page.keyboard.type("Price")
    expect(page.get_by_role("listbox").get_by_role("option").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox").get_by_role("option")).to_have_count(0)
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_columns_are_moved_and_ticked_without_losing_the_place(page: Page) -> None:
    ListPage(page, "products").open()
    opener = page.get_by_role("button", name=re.compile("^Columns"))
    opener.focus()
    page.keyboard.press("Enter")
    back = page.get_by_role("button", name="Further back: Name")
    expect(back).to_be_visible()
    back.focus()
    before = page.get_by_role("checkbox", name="Name", exact=True).evaluate("(box) => box.getBoundingClientRect().y")
    page.keyboard.press("Enter")
    moved = f"() => document.querySelector('#nx-columns [value=name]').getBoundingClientRect().y > {before}"
    page.wait_for_function(moved)
    expect(back).to_be_focused()
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()


def test_without_scripts_a_menu_opens_beside_its_button(enter: Enter) -> None:
    page = enter(java_script_enabled=False)
    ListPage(page, "products").open()
    button = page.get_by_role("button", name=re.compile("ascending|descending|Sort|first")).first
    button.click()
    menu = page.get_by_role("menu", name="Sort").bounding_box() or {}
    near = button.bounding_box() or {}
    assert abs(menu["y"] - near["y"] - near["height"]) < 16
    assert menu["x"] < near["x"] + near["width"]
    assert menu["x"] + menu["width"] > near["x"]
    expect(page.locator(".nx-kbd").filter(visible=True)).to_have_count(0)
