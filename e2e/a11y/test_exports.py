"""The pages of an export that is written in the background, on its way and at its end, under axe in both themes."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from e2e.a11y.axe import COLOURS, RULES, findings
from e2e.conftest import Enter
from e2e.server import Served


@pytest.mark.parametrize(("theme", "rules"), [("light", RULES), ("dark", COLOURS)])
def test_the_pages_of_an_export_are_accessible(enter: Enter, served: Served, theme: str, rules: dict[str, str]) -> None:
    queue = served.nexus.kernel.crew.queue
    page = enter(bypass_csp=True)  # axe is put into the page
    page.context.add_cookies([{"name": "nx_theme", "value": theme, "url": page.url}])
    queue.pause("actions")
    try:
        page.goto("/s/shop/orders/~exports?filter=status:delivered")
        page.get_by_label("In the background").check()
        page.get_by_role("button", name="Export").click()
        expect(page.get_by_text("It begins as soon as a worker is free.")).to_be_visible()
        wrong = findings(page, rules)
    finally:
        queue.resume("actions")
    expect(page.get_by_text("Ready.")).to_be_visible()
    wrong += findings(page, rules)
    page.get_by_role("link", name="Export", exact=True).click()
    expect(page.get_by_role("heading", name="Your exports of this table")).to_be_visible()
    wrong += findings(page, rules)
    assert wrong == []
