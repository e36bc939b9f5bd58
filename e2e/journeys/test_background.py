"""Somebody refunds everything of a customer: it goes on by itself, says how far it is, and is taken back as one."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import Enter
from e2e.pages.toast import toast
from e2e.server import Served
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.target import Target
from nexus_admin.sdk import hookwrapper


class Pause:
    """Holds refunds of a customer after the first of four, until the journey goes on."""

    def __init__(self) -> None:
        self.on = threading.Event()

    @hookwrapper
    def nexus_run_action(self, call: Call, run: Callable[[], Any]) -> Generator[None, Any, Any]:
        if call.action == "refunds.customer" and call.follower is not None:
            call.follower.progress(1, 4, "Payment 7")
            self.on.wait(60)
        return (yield)


@pytest.fixture
def held(served: Served) -> Iterator[Pause]:
    pause = Pause()
    served.nexus.kernel.hooks.manager.register(pause, "pause")
    yield pause
    pause.on.set()
    served.nexus.kernel.hooks.manager.unregister(pause)


def customer(served: Served, nth: int) -> str:
    """Return the address of a customer with captured payments."""
    asked = {"filter": "status:captured", "fields": "order.customer_id", "sort": "-id", "limit": 200}
    call = Call("row.list", Target("shop", "payments"), asked, Actor.system("e2e"))
    keys = [str(row["order.customer_id"]) for row in served.nexus.kernel.perform(call).page.rows]
    return f"/s/shop/customers/{list(dict.fromkeys(keys))[nth]}"


def refund(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("link", name=re.compile("Refund everything")).or_(
        page.get_by_role("button", name=re.compile("Refund everything"))
    ).first.click()
    page.get_by_label("Reason").fill("A recall")
    page.get_by_role("button", name=re.compile("Refund everything")).last.click()
    expect(page).to_have_url(re.compile("/background/"))


@pytest.mark.req("S003-CRUD-04")
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_long_action_goes_on_by_itself_and_is_taken_back(
    enter: Enter, served: Served, held: Pause, scripts: bool
) -> None:
    page = enter(java_script_enabled=scripts)
    address = customer(served, 0 if scripts else 1)
    refund(page, address)
    bar = page.get_by_role("progressbar", name="How far it is")
    expect(bar).to_have_attribute("value", "1.0")
    expect(page.get_by_text("1 of 4 · Payment 7")).to_be_visible()
    expect(page.get_by_text("25 %")).to_be_visible()
    held.on.set()
    expect(page.get_by_text(re.compile(r"\d+ rows? changed\."))).to_be_visible()
    expect(bar).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(toast(page, "Taken back.")).to_be_visible()
    expect(page).to_have_url(re.compile(re.escape(address)))


def test_whoever_began_it_stops_it_and_nothing_was_changed(page: Page, served: Served, held: Pause) -> None:
    address = customer(served, 2)
    refund(page, address)
    expect(page.get_by_role("progressbar", name="How far it is")).to_be_visible()
    page.get_by_role("button", name="Stop it").click()
    expect(page.get_by_text("It was stopped before it was done; nothing was changed.")).to_be_visible()
    held.on.set()
    page.get_by_role("link", name="Go back").click()
    expect(page).to_have_url(re.compile(re.escape(address)))
