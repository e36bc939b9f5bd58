"""The pages of those who run the house: where one is can be seen, and what is long leaves room for the rest."""

from __future__ import annotations

from playwright.sync_api import expect

from e2e.conftest import PHONE, Enter
from e2e.server import Served

LONG = "the export that runs each night for the warehouse in Rotterdam and the one in Gdańsk, and " * 2


def test_a_long_menu_begins_where_one_is_and_so_do_tabs_on_a_phone(enter: Enter) -> None:
    page = enter(viewport={"width": 1280, "height": 480})
    page.goto("/theme")
    expect(page.get_by_role("navigation", name="Main").get_by_role("link", name="Theme")).to_be_in_viewport(ratio=1)
    page = enter(viewport=PHONE, has_touch=True)
    page.goto("/brokers/store")
    tabs = page.get_by_role("navigation", name="Brokers")
    expect(tabs.get_by_role("link", name="Store")).to_be_in_viewport(ratio=1)


def test_a_long_name_leaves_the_button_beside_it_in_sight(enter: Enter, served: Served) -> None:
    kernel, account = served.nexus.kernel, served.account("sam")
    kernel.access.tokens.create(account.id, LONG.strip())
    for size in ({"width": 1280, "height": 800}, PHONE):
        page = enter(account, viewport=size)
        page.goto("/account/security")
        page.get_by_role("button", name="Revoke").scroll_into_view_if_needed()
        assert page.evaluate("[...document.querySelectorAll('.nx-card__scroll')].every((one) => !one.scrollLeft)")
        page.goto("/access/tokens")
        row = page.locator("tbody tr").filter(has_text=LONG[:40])
        row.get_by_role("button", name="Revoke").scroll_into_view_if_needed()
        assert page.locator(".nx-gridwrap").evaluate("(one) => one.scrollWidth <= one.clientWidth")
