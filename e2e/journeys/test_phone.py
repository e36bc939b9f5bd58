"""Somebody works on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import PHONE, Enter
from e2e.pages.form import FormPage
from e2e.pages.lists import ListPage
from e2e.pages.toast import toast, undo


@pytest.fixture
def phone(enter: Enter) -> Page:
    """A signed-in phone."""
    return enter(viewport=PHONE, has_touch=True, is_mobile=True)


def test_from_the_menu_to_a_card_to_a_change_and_back(phone: Page) -> None:
    menu = phone.get_by_role("navigation", name="Main")
    expect(menu).not_to_be_in_viewport()
    phone.get_by_role("button", name="Open navigation").click()
    expect(menu).to_be_in_viewport()
    menu.get_by_role("link", name=re.compile("^Categories")).click()
    expect(phone.get_by_role("heading", level=1, name="Categories")).to_be_visible()
    expect(menu).not_to_be_in_viewport()

    cards = ListPage(phone, "categories").rows
    first, second = cards.nth(0).bounding_box(), cards.nth(1).bounding_box()
    assert first is not None
    assert second is not None
    assert first["width"] <= PHONE["width"]
    assert second["y"] >= first["y"] + first["height"] - 1
    cards.nth(3).get_by_role("link").first.click()
    before = phone.get_by_role("heading", level=1).inner_text()
    phone.get_by_role("link", name=re.compile("^Edit( E)?$")).click()
    form = FormPage(phone, "categories").fill(name="Changed on a phone")
    form.save()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Changed on a phone")
    undo(phone, "was saved")
    expect(toast(phone, "Taken back")).to_be_visible()
    expect(phone.get_by_role("heading", level=1)).to_have_text(before)


def test_what_was_done_lately_and_when_is_seen_whole_on_home(phone: Page) -> None:
    form = FormPage(phone, "categories", 2).open().fill(name="What keeps you warm and dry on the longest of days")
    form.save()
    expect(toast(phone, "was saved")).to_be_visible()
    phone.goto("/")
    recent = phone.get_by_role("region", name="Recent")
    first, card = recent.locator("time").first.bounding_box(), recent.bounding_box()
    assert first is not None
    assert card is not None
    assert first["x"] + first["width"] <= card["x"] + card["width"]


def test_a_card_without_an_amount_shows_no_currency_either(phone: Page) -> None:
    phone.goto("/theme/gallery?part=composites")
    units = "cells => cells.map(one => getComputedStyle(one, '::before').content)"
    shown = phone.locator("td[data-unit]").evaluate_all(units)
    assert shown == ['"€"', '"€"', '"€"', "none"]


def test_cards_are_ticked_and_the_bar_covers_none_of_them(phone: Page) -> None:
    cards = ListPage(phone, "customers").open("limit=25").rows
    cards.nth(2).locator("td").first.click(position={"x": 30, "y": 20})  # beside the box, in its cell
    expect(cards.nth(2)).to_have_attribute("aria-selected", "true")
    cards.nth(4).get_by_role("checkbox").tap()
    bar = phone.get_by_role("region", name="Selection")
    expect(bar.get_by_role("status")).to_have_text("2 selected")

    for button in bar.get_by_role("button").all():
        box = button.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]
    last = cards.last
    last.scroll_into_view_if_needed()
    phone.get_by_role("region", name="Customers").evaluate("box => box.scrollTo(0, box.scrollHeight)")
    lowest, over = last.bounding_box(), bar.bounding_box()
    assert lowest is not None
    assert over is not None
    assert lowest["y"] + lowest["height"] <= over["y"] + 1

    bar.get_by_role("button", name="Select all that match").tap()
    expect(bar.get_by_role("status")).to_have_text("All that match are selected")
    bar.get_by_role("button", name="Clear selection").tap()
    expect(bar).to_be_hidden()


def test_no_field_in_focus_lies_under_the_bar_that_saves(phone: Page) -> None:
    phone.goto("/s/shop/orders/7/edit")
    FormPage(phone, "orders").fill(note="Seen")
    bar = phone.get_by_role("button", name="Save changes")
    expect(bar).to_be_visible()
    over = phone.locator(".nx-savebar").bounding_box()
    assert over is not None
    phone.locator("[name='value.number']").focus()
    for _ in range(14):
        phone.keyboard.press("Tab")
        field = phone.locator(":focus")
        box = field.bounding_box()
        assert box is not None
        assert box["y"] + min(box["height"], 40) <= over["y"], field.get_attribute("name")
