"""Pages fit a phone, stand still while late parts come, and log nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import DESK, PHONE, Enter
from e2e.pages.menu import PAGES, settle

SHIFTS = """window.shifted = 0;
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) window.shifted += one.value;
}).observe({ type: "layout-shift", buffered: true });"""
TOO_WIDE = """() => {
  const root = document.scrollingElement;
  return root.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("body *")]
    .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
    .map((one) => one.tagName + "." + one.className).slice(0, 5);
}"""


def test_no_page_scrolls_sideways_on_a_phone(enter: Enter) -> None:
    page = enter(viewport=PHONE, has_touch=True, is_mobile=True)
    wide: dict[str, list[str]] = {}
    for path in PAGES:
        page.goto(path)
        settle(page)
        if found := page.evaluate(TOO_WIDE):
            wide[path] = found
    assert wide == {}


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("path", ["/s/shop/orders", "/s/shop/orders/91", "/s/shop/orders/~dashboard"])
def test_what_comes_late_moves_nothing(enter: Enter, viewport: dict[str, int], path: str) -> None:
    page = enter(viewport=viewport)
    page.add_init_script(SHIFTS)
    page.goto(path)
    page.wait_for_load_state("networkidle")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert shifted(page) < 0.01


def shifted(page: Page) -> float:
    """Return how far things have moved, two frames from now."""
    return float(
        page.evaluate(
            "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(shifted))))"
        )
    )
