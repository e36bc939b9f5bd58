"""Somebody changes rows, and takes it back."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from e2e.conftest import Enter
from e2e.pages.form import FormPage, pick
from e2e.pages.lists import ListPage
from e2e.pages.toast import toast, undo


def test_a_row_is_opened_edited_saved_and_taken_back(page: Page) -> None:
    page.goto("/s/shop/customers")
    ListPage(page, "customers").rows.first.get_by_role("link").first.click()
    page.goto("/s/shop/customers/11")
    before = page.get_by_role("heading", level=1).inner_text()
    page.get_by_role("link", name="Edit E", exact=True).click()
    FormPage(page, "customers").fill(name="Ada Lovelace", city="Turin")
    expect(page.get_by_role("region", name="Save")).to_contain_text("2 unsaved changes")
    FormPage(page, "customers").save()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ada Lovelace")
    expect(page.get_by_role("main")).to_contain_text("Turin")

    undo(page, "Ada Lovelace was saved")
    expect(toast(page, "Taken back")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text(before)


def test_a_cell_of_a_list_is_changed_in_its_place_and_has_the_focus_again(page: Page) -> None:
    customers = ListPage(page, "customers").open("sort=id&fields=name,city,country")
    cells = customers.rows.nth(13).locator("td")
    city, country = cells.nth(2), cells.nth(3)
    page.locator("#nx-live-said").wait_for(state="attached")  # what follows others is there, and listens
    page.evaluate("window.sameDocument = true")
    before = city.inner_text()
    city.dblclick()
    expect(city.get_by_label("City")).to_be_focused()
    page.keyboard.type("Nowhere")
    page.keyboard.press("Escape")
    expect(city).to_have_text(before)
    expect(city).to_be_focused()
    page.keyboard.press("Enter")
    expect(city.get_by_label("City")).to_be_focused()
    page.keyboard.type("Turin on the Po")
    page.keyboard.press("Tab")
    expect(city).to_have_text("Turin on the Po")
    expect(country.get_by_label("Country")).to_be_focused()
    expect(toast(page, "was saved")).to_be_visible()
    page.keyboard.press("Enter")  # nothing was typed
    expect(country).to_be_focused()
    assert page.evaluate("window.sameDocument")

    undo(page, "was saved")
    expect(page).to_have_url(re.compile(r"/customers\?sort=id&fields="))
    expect(city).to_have_text(before)


def test_a_long_text_has_no_room_in_its_cell_and_opens_over_the_list(page: Page) -> None:
    cell = ListPage(page, "products").open("sort=id&fields=name,description").rows.nth(4).locator("td").nth(2)
    page.locator("#nx-live-said").wait_for(state="attached")
    cell.click()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("Edit Description")
    page.get_by_role("textbox", name="Description").fill("Warm and dry.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(toast(page, "was saved")).to_be_visible()
    expect(cell).to_have_text("Warm and dry.")
    expect(cell).to_be_focused()


def test_f2_adds_to_a_text_and_the_hint_of_the_last_column_is_seen(page: Page) -> None:
    cell = ListPage(page, "customers").open("sort=id&fields=name,city").rows.nth(27).locator("td").nth(2)
    page.locator("#nx-live-said").wait_for(state="attached")
    before = cell.inner_text()
    cell.click()
    page.keyboard.press("F2")
    expect(cell.get_by_label("City")).to_be_focused()
    page.keyboard.type(" and on")
    expect(cell.get_by_label("City")).to_have_value(f"{before} and on")
    hint, table = cell.locator(".nx-cellhint").bounding_box(), cell.locator("xpath=ancestor::table").bounding_box()
    assert hint
    assert table
    assert hint["x"] + hint["width"] <= table["x"] + table["width"]


def test_a_saved_row_that_leaves_the_list_shows_what_was_saved_and_has_the_focus_when_taken_back(page: Page) -> None:
    customers = ListPage(page, "customers").open("sort=id&fields=name,city,country")
    country = customers.rows.nth(29).locator("td").nth(3).inner_text()
    customers = ListPage(page, "customers").open(f"sort=-id&fields=name,city,country&filter=country:{country}")
    row = customers.rows.nth(2)
    page.locator("#nx-live-said").wait_for(state="attached")
    cell = row.locator("td").nth(3)
    cell.dblclick()
    cell.get_by_label("Country").fill("IS")
    page.keyboard.press("Enter")
    expect(row.get_by_text("No longer in this list")).to_be_visible()
    expect(cell).to_have_text("IS")

    undo(page, "was saved")
    expect(toast(page, "Taken back")).to_be_visible()
    expect(cell).to_have_text(country)
    expect(cell).to_be_focused()


def test_a_cell_that_is_saved_by_nobody_any_more_says_so_and_keeps_what_was_typed(enter: Enter) -> None:
    page = enter()
    city = ListPage(page, "customers").open("sort=id&fields=name,city").rows.nth(19).locator("td").nth(2)
    page.locator("#nx-live-said").wait_for(state="attached")
    city.dblclick()
    expect(city.get_by_label("City")).to_be_focused()
    page.context.clear_cookies()
    city.get_by_label("City").fill("Nowhere")
    page.keyboard.press("Enter")
    expect(toast(page, "It was not saved")).to_be_visible()
    expect(city.get_by_label("City")).to_have_value("Nowhere")


def test_a_cell_that_is_saved_but_cannot_be_read_again_is_not_called_unsaved(page: Page) -> None:
    city = ListPage(page, "customers").open("sort=id&fields=name,city").rows.nth(23).locator("td").nth(2)
    page.locator("#nx-live-said").wait_for(state="attached")
    page.evaluate("""() => {
      const real = window.fetch, broken = { ok: false, status: 503, text: async () => "" }
      window.fetch = async (...asked) => {
        const answer = await real(...asked)
        return asked[1]?.method === "POST" ? { ...broken, url: answer.url } : answer
      }
    }""")
    city.dblclick()
    city.get_by_label("City").fill("Kept")
    with page.expect_event("load"):  # the list as it is by now
        page.keyboard.press("Enter")
    expect(city).to_have_text("Kept")
    expect(toast(page, "It was not saved")).to_have_count(0)


def test_a_cell_that_somebody_else_changed_meanwhile_is_compared_and_nothing_overwritten(enter: Enter) -> None:
    page, other = enter(), enter()
    customers = ListPage(page, "customers").open("sort=id&fields=name,city")
    page.locator("#nx-live-said").wait_for(state="attached")
    city = customers.rows.nth(17).locator("td").nth(2)
    city.dblclick()
    expect(city.get_by_label("City")).to_be_focused()
    FormPage(other, "customers", customers.rows.nth(17).get_attribute("data-row")).open().fill(city="Theirs").save()
    expect(toast(other, "was saved")).to_be_visible()
    city.get_by_label("City").fill("Mine")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Somebody else changed this too")
    expect(page.get_by_role("main")).to_contain_text("Theirs")


def test_a_field_that_cannot_be_is_said_where_it_stands(page: Page) -> None:
    form = FormPage(page, "orders", 31).open()
    number = form.field("Number")
    taken = ListPage(page, "orders").open("sort=number").cells("Number")[0]
    form.open().fill(number=taken).save()
    expect(page.get_by_role("alert")).to_contain_text("1 field needs a look")
    expect(number).to_have_attribute("aria-invalid", "true")
    expect(number).to_have_value(taken)


def test_a_row_is_made_with_a_picker_and_another_after_it(page: Page) -> None:
    page.goto("/s/shop/orders/41?tab=items")
    page.get_by_role("region", name="Items").get_by_role("link", name="Add").click()
    expect(page.get_by_role("heading", level=1, name="New order item")).to_be_visible()
    expect(page.get_by_role("combobox", name="Order")).not_to_have_value("")
    pick(page.get_by_role("main"), "Product", "tundra", "Tundra")
    form = FormPage(page, "order_items").fill(unit_price="7.25", quantity="3")
    page.get_by_role("button", name="Save and add another").click()
    expect(page.get_by_role("heading", level=1, name="New order item")).to_be_visible()
    expect(form.field("Unit price")).to_have_value("")
    undo(page, "Order item")
    expect(toast(page, "Taken back")).to_be_visible()


def test_a_row_with_others_hanging_on_it_is_deleted_and_comes_back_whole(page: Page) -> None:
    page.goto("/s/shop/orders/51")
    title = page.get_by_role("heading", level=1).inner_text().removeprefix("Order ")
    page.get_by_role("button", name="Actions").click()
    page.get_by_role("menuitem", name="Delete…").click()
    impact = page.get_by_role("region", name="What it does to other rows")
    expect(impact.get_by_role("row").filter(has_text="items")).to_contain_text("Deleted too")
    page.get_by_role("button", name=f"Delete {title}").click()
    expect(page).to_have_url(re.compile("/s/shop/orders$"))
    expect(toast(page, f"{title} was deleted")).to_be_visible()

    undo(page, f"{title} was deleted")
    expect(toast(page, "Taken back")).to_be_visible()
    page.goto("/s/shop/orders/51?tab=items")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Order {title}")
    expect(page.get_by_role("region", name="Items").locator("tbody").get_by_role("row")).not_to_have_count(0)


def test_two_people_change_the_same_field_and_the_second_one_chooses(page: Page, enter: Enter) -> None:
    other = enter()
    mine, theirs = FormPage(page, "customers", 61).open(), FormPage(other, "customers", 61).open()
    theirs.fill(city="Ghent", street="Rue Neuve 4").save()
    expect(toast(other, "was saved")).to_be_visible()

    mine.fill(city="Bruges").save()
    expect(page.get_by_role("heading", level=1)).to_have_text("Somebody else changed this too")
    clash = page.get_by_role("row", name=re.compile("^City"))
    expect(clash.get_by_label("Ghent")).not_to_be_checked()
    expect(clash.get_by_label("Bruges")).to_be_checked()
    page.get_by_role("button", name="Save what is chosen").click()
    expect(toast(page, "was saved")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Bruges")
    expect(page.get_by_role("main")).to_contain_text("Rue Neuve 4")


def test_fields_that_only_one_of_two_people_changed_are_merged(page: Page, enter: Enter) -> None:
    other = enter()
    mine, theirs = FormPage(page, "customers", 62).open(), FormPage(other, "customers", 62).open()
    theirs.fill(city="Namur").save()
    expect(toast(other, "was saved")).to_be_visible()
    mine.fill(street="Rue Haute 9").save()
    expect(toast(page, "was saved")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Namur")
    expect(page.get_by_role("main")).to_contain_text("Rue Haute 9")


def test_many_rows_are_edited_at_once_and_taken_back_as_one(page: Page) -> None:
    staff = ListPage(page, "staff").open("sort=id&fields=name,warehouse")
    names = [one.split("\n")[0] for one in staff.cells("Name")[:3]]
    before = staff.cells("Warehouse")
    staff.tick(*names)
    chosen = page.get_by_role("region", name="Selection")
    expect(chosen).to_contain_text("3 selected")
    chosen.get_by_role("button", name="Edit field").click()
    page.get_by_label("Field", exact=True).select_option("Warehouse")
    page.get_by_role("main").get_by_label("Warehouse").fill("Ghent 9")
    page.get_by_role("button", name="Change 3 staff").click()
    expect(toast(page, "Warehouse changed in 3")).to_be_visible()
    assert staff.cells("Warehouse")[:4] == ["Ghent 9"] * 3 + before[3:4]
    undo(page, "Warehouse changed in 3")
    expect(toast(page, "Taken back")).to_be_visible()
    assert staff.cells("Warehouse") == before
