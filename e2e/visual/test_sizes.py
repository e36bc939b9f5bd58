"""Pages on every width from 360 px up: nothing is wider than the window, and what one needs is there."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from e2e.conftest import Enter
from e2e.pages.menu import settle
from e2e.visual.test_steadiness import TOO_WIDE

SIZES = {"small phone": (360, 740), "phone": (390, 844), "tablet": (768, 1024), "small desk": (1024, 768),
         "desk": (1440, 900), "wide": (2560, 1440)}  # fmt: skip
KINDS = ("/", "/s/shop/orders", "/s/shop/orders/81", "/s/shop/orders/81/edit", "/dashboards/sales",
         "/access/roles/editor", "/audit", "/sources/shop")  # fmt: skip


@pytest.mark.req("S003-THEME-08")
@pytest.mark.parametrize("size", SIZES)
def test_the_layout_fits(enter: Enter, size: str) -> None:
    width, height = SIZES[size]
    page = enter(viewport={"width": width, "height": height})
    menu = page.get_by_role("navigation", name="Main")
    for path in KINDS:
        page.goto(path)
        settle(page)
        assert page.evaluate(TOO_WIDE) == [], path
        head = page.get_by_role("heading", level=1)
        expect(head).to_be_in_viewport()
        opens = page.get_by_role("button", name="Open navigation")
        expect(opens).to_be_visible(visible=width < 768)
        if width < 768:
            expect(menu).not_to_be_in_viewport()
            opens.click()
        expect(menu).to_be_in_viewport()


MOVES = """() => [...document.querySelectorAll("*")].filter((one) => {
  const said = getComputedStyle(one);
  const ms = (one) => parseFloat(one) * (one.includes("ms") ? 1 : 1000);
  const longest = (text) => Math.max(...text.split(",").map(ms));
  return longest(said.transitionDuration) > 1 || longest(said.animationDuration) > 1;
}).map((one) => one.tagName + "." + one.className).slice(0, 5)"""


@pytest.mark.req("S003-THEME-05")
def test_nothing_moves_for_those_who_asked_for_less_of_it(enter: Enter) -> None:
    calm, lively = enter(reduced_motion="reduce"), enter(reduced_motion="no-preference")
    for path in KINDS:
        calm.goto(path)
        settle(calm)
        assert calm.evaluate(MOVES) == [], path
    lively.goto("/s/shop/orders")
    settle(lively)
    assert lively.evaluate(MOVES)  # else the test would look at nothing
