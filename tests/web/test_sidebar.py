"""The menu is kept, and still it is everybody's own, and follows what changes."""

from __future__ import annotations

import re

from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.role import Grant, Role
from nexus_admin.screens.menu import SHOWN, Entry, Group
from nexus_admin.web.sidebar import TOKEN
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


def test_a_page_of_the_house_leaves_the_menu_at_once_with_the_right_to_it(nexus: Nexus) -> None:
    def house(*actions: str) -> None:
        grants = [Grant(source="nexus", action=action) for action in actions]
        nexus.kernel.access.roles.save(Role(name="clerk", grants=tuple(grants)), by=SYSTEM)

    def listed() -> list[str]:
        page = bo.get("/help").text
        return [
            path for path in ("/dashboards", "/audit", "/settings") if f'class="nx-nav__item" href="{path}"' in page
        ]

    house("dashboard.view", "audit.view")
    nexus.kernel.access.users.create("bo@example.com", password=PASSWORD, roles=("clerk",), by=SYSTEM)
    bo = signed_in(nexus, "bo@example.com")
    assert listed() == listed() == ["/dashboards", "/audit"]
    house("dashboard.view")
    assert listed() == ["/dashboards"]
    house()
    assert listed() == []


def test_the_open_page_is_marked_and_folds_are_remembered(browser: TestClient) -> None:
    def current(path: str) -> list[str]:
        return re.findall(r'class="nx-nav__item" href="([^"]+)"[^>]*aria-current', browser.get(path).text)

    assert current("/s/shop/orders") == ["/s/shop/orders"]
    assert current("/s/shop/customers") == ["/s/shop/customers"]
    assert 'data-nav-fold="shop" open' in browser.get("/s/shop/orders").text
    browser.cookies.set("nx_folded", "shop")
    assert 'data-nav-fold="shop" open' not in browser.get("/s/shop/orders").text


def test_many_sources_share_the_menu_and_the_open_one_has_all_its_lines() -> None:
    lines = tuple(Entry(f"T{n}", f"/s/one/t{n}", "table") for n in range(20))
    group = Group("one", "/s/one", "one", lines)
    assert group.room("/", 3) == group.room("/s/one/t3", 12) == SHOWN
    assert len(group.shown("/", group.room("/", 12))) == 6
    assert group.more("/", 6) == 14
    assert len(group.shown("/s/other", group.room("/s/other", 1000))) == 4
    assert group.shown("/s/one/t19", 6)[-1].path == "/s/one/t19"


def test_the_form_of_a_kept_menu_sends_what_this_page_may_send(nexus: Nexus) -> None:
    client = signed_in(nexus, "ada@example.com")
    first, second = client.get("/help").text, client.get("/help").text
    sent = [re.findall(r'name="_csrf" value="([^"]+)"', page)[0] for page in (first, second)]
    assert sent[0] != sent[1]
    assert TOKEN not in second
    assert client.post("/sign-out", data={"_csrf": sent[1]}, follow_redirects=False).status_code == 303


def test_the_menu_and_the_pages_say_the_same_of_how_many_rows_there_are(browser: TestClient) -> None:
    page = browser.get("/").text
    menu, main = page[: page.index("<main")], page[page.index("<main") :]
    counts = re.findall(r'<span class="nx-nav__count">(≈ [\d,]+)</span>', menu)
    assert counts
    for count in counts:
        assert f">{count} rows" in main
        assert f">{count} rows" in browser.get("/s/shop").text
