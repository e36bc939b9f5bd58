"""What others have just changed, under axe: tints, marks, messages and faces, in every theme."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from e2e.a11y.axe import COLOURS, RULES, findings
from e2e.conftest import Enter
from e2e.journeys.test_live import ADDRESS, CUSTOMERS, followed
from e2e.pages.lists import ListPage
from e2e.server import Served
from nexus_admin.domain.action import Call
from nexus_admin.domain.target import Target


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_axe_finds_nothing_in_what_others_changed(enter: Enter, served: Served, theme: str) -> None:
    actor = served.nexus.kernel.access.actor_of_user(served.account("ben").id)
    assert actor is not None

    def does(verb: str, key: str | None = None, **values: str) -> str:
        call = Call(f"row.{verb}", Target("shop", "customers", key), {"values": values} if values else {}, actor)
        return str(served.nexus.kernel.perform(call).key)

    def new(number: int) -> str:
        return does("create", name=f"Axel {number}", email=f"axel{number}{theme}@example.com", **ADDRESS)

    one, two, three = (new(number) for number in range(3))
    page, other = enter(bypass_csp=True), enter(served.account("cem"))
    page.context.add_cookies([{"name": "nx_theme", "value": theme, "url": page.url}])
    ListPage(page, "customers").open(f"search={theme}@&fields=name,city")
    followed(page, served, CUSTOMERS)
    new(4)
    does("update", two, name="Nobody", email=f"{theme}.nobody@example.com")
    does("delete", three)
    for mark in ("tr.is-away", "tr.is-gone", "[data-live-new]:not([hidden])"):
        expect(page.locator(mark)).to_have_count(1)
    does("update", one, city="Bergen")
    expect(page.locator("td.is-fresh")).to_have_count(1)
    wrong = [one for rules in (COLOURS, RULES) for one in findings(page, rules)]
    page.goto(f"/s/shop/customers/{one}")
    followed(page, served, f"{CUSTOMERS}/{one}")
    other.goto(f"/s/shop/customers/{one}")
    expect(page.get_by_role("img", name="Also on this record: Cem")).to_be_visible()
    does("update", one, city="Oslo")
    expect(page.locator("[data-live-toast]")).to_be_visible()
    assert [*wrong, *(one for rules in (COLOURS, RULES) for one in findings(page, rules))] == []
