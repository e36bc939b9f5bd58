"""The menu is kept, and still it is everybody's own, and follows what changes."""

from __future__ import annotations

import re

from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.role import Grant, Role
from tests.web.test_main_job import PASSWORD, browser, nexus, shop, signed_in

__all__ = ["browser", "nexus", "shop"]
SYSTEM = Actor.system("test")


def entries(client: TestClient, path: str = "/s/shop/customers") -> list[str]:
    page = client.get(path).text
    menu = page[page.index('<aside class="nx-sidebar"') : page.index("</aside>")]
    return re.findall(r'href="(/s/shop/[^"]+)"', menu)


def clerk(nexus: Nexus, *tables: str, rows: dict[str, object] | None = None) -> None:
    grants = [Grant(source="shop", resource=name, action=action, rows=rows) for name in tables
              for action in ("row.list", "row.read")]  # fmt: skip
    nexus.kernel.access.roles.save(Role(name="clerk", grants=tuple(grants)), by=SYSTEM)


def test_who_sees_less_gets_a_menu_of_their_own(nexus: Nexus, browser: TestClient) -> None:
    clerk(nexus, "customers")
    nexus.kernel.access.users.create("bo@example.com", password=PASSWORD, roles=("clerk",), by=SYSTEM)
    bo = signed_in(nexus, "bo@example.com")
    for _ in range(2):
        assert entries(browser) == ["/s/shop/customers", "/s/shop/orders"]
        assert entries(bo) == ["/s/shop/customers"]
    assert "ada@example.com" in browser.get("/").text
    assert "ada@example.com" not in bo.get("/").text


def test_a_right_that_changes_changes_the_menu_at_once(nexus: Nexus) -> None:
    clerk(nexus, "customers", "orders")
    nexus.kernel.access.users.create("bo@example.com", password=PASSWORD, roles=("clerk",), by=SYSTEM)
    bo = signed_in(nexus, "bo@example.com")
    assert entries(bo) == ["/s/shop/customers", "/s/shop/orders"]
    clerk(nexus, "customers")
    assert entries(bo) == ["/s/shop/customers"]


def test_the_open_page_is_marked_and_folds_are_remembered(browser: TestClient) -> None:
    def current(path: str) -> list[str]:
        return re.findall(r'class="nx-nav__item" href="([^"]+)"[^>]*aria-current', browser.get(path).text)

    assert current("/s/shop/orders") == ["/s/shop/orders"]
    assert current("/s/shop/customers") == ["/s/shop/customers"]
    assert 'data-nav-fold="shop" open' in browser.get("/s/shop/orders").text
    browser.cookies.set("nx_folded", "shop")
    assert 'data-nav-fold="shop" open' not in browser.get("/s/shop/orders").text
