"""Two people at once: what one changes appears where the other looks, without a reload and without anything moving."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import count

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from e2e.conftest import Enter
from e2e.pages.form import FormPage
from e2e.pages.lists import ListPage
from e2e.pages.toast import toast, undo
from e2e.server import Account, Served
from nexus_admin.domain.action import Call
from nexus_admin.domain.target import Target
from nexus_admin.web.live.wire import GAP

PLACES = """() => [...document.querySelectorAll("h1, .nx-grid tbody tr, dt, .nx-widget, .nx-editform .nx-field")]
  .filter((one) => !one.closest("details:not([open])"))
  .map((one) => { const box = one.getBoundingClientRect(); return `${one.tagName} ${box.x} ${box.y}` })"""
CUSTOMERS = "rows/shop/customers"
ADDRESS = {"street": "Main Street 1", "postal_code": "1000", "country": "NO", "city": "Oslo"}
_numbers = count(1)

Does = Callable[..., str]


@pytest.fixture
def ben(served: Served) -> Account:
    return served.account("ben")


@pytest.fixture
def does(served: Served, ben: Account) -> Does:
    """What Ben does in a browser of his own: `does("update", key, city="Rome")`; returns the row's key."""

    def doing(verb: str, key: str | None = None, **values: str) -> str:
        actor = served.nexus.kernel.access.actor_of_user(ben.id)
        assert actor is not None
        given = {**ADDRESS, **values} if verb == "create" else values
        call = Call(f"row.{verb}", Target("shop", "customers", key), {"values": given} if given else {}, actor)
        done = served.nexus.kernel.perform(call)
        return str(done.key)

    return doing


@pytest.fixture
def words() -> str:
    """A name that no other customer has."""
    return f"Quillon{next(_numbers)}"


@pytest.fixture
def customer(does: Does, words: str) -> str:
    return does("create", name=f"{words} One", email=f"{words}@example.com")


def blocked(page: Page) -> Page:
    """Let no WebSocket through, as some networks do."""

    def refuse(route: WebSocketRoute) -> None:
        route.close(code=1011)

    page.context.route_web_socket(re.compile("/live$"), refuse)
    return page


def followed(page: Page, served: Served, topic: str) -> None:
    """Wait until a page follows *topic*."""
    for _ in range(500):
        if served.nexus.live.followers.at(topic):
            return
        page.wait_for_timeout(20)
    raise AssertionError(f"Nobody follows {topic}.")


@pytest.mark.req("S003-STACK-11", "S003-ROAD-17")
@pytest.mark.parametrize("way", ["websocket", "server-sent events"])
def test_a_list_shows_what_somebody_else_does(
    enter: Enter, served: Served, does: Does, customer: str, words: str, way: str
) -> None:
    page = enter() if way == "websocket" else blocked(enter())
    rows = ListPage(page, "customers").open(f"search={words}&fields=name,city")
    expect(rows.rows).to_have_count(1)
    followed(page, served, CUSTOMERS)
    before = page.evaluate(PLACES)
    does("update", customer, city="Bergen")
    expect(rows.row(words)).to_contain_text("Bergen")
    expect(page.locator("td.is-fresh")).to_have_count(1)
    expect(page.locator("#nx-live-said")).to_contain_text("Ben changed a row")
    second = does("create", name=f"{words} Two", email=f"{words}2@example.com", city="Turku")
    link = page.get_by_role("link", name="1 new row – show")
    expect(link).to_be_visible()
    assert page.evaluate(PLACES) == before
    link.click()
    expect(rows.rows).to_have_count(2)
    expect(link).to_be_hidden()
    before = page.evaluate(PLACES)
    does("delete", second)
    gone = rows.row(f"{words} Two")
    expect(gone).to_contain_text("Deleted")
    expect(gone).to_have_class(re.compile("is-gone"))
    does("update", customer, name="Somebody Else", email=f"else{customer}@example.com")
    expect(page.locator("tr.is-away")).to_contain_text("No longer in this list")
    assert page.evaluate(PLACES) == before


@pytest.mark.req("S003-STACK-11")
@pytest.mark.parametrize("way", ["websocket", "server-sent events"])
def test_a_record_shows_who_changed_what_and_takes_it_back(
    enter: Enter, served: Served, does: Does, ben: Account, customer: str, way: str
) -> None:
    page = enter() if way == "websocket" else blocked(enter())
    page.goto(f"/s/shop/customers/{customer}")
    followed(page, served, f"{CUSTOMERS}/{customer}")
    form = FormPage(enter(ben), "customers", customer).open()
    here = page.get_by_role("img", name="Also on this record: Ben")
    expect(here).to_have_text("B")
    before = page.evaluate(PLACES)
    form.fill(city="Bergen").save()
    expect(page.locator("dd[data-field=city]")).to_contain_text("Bergen")
    expect(toast(page, "Ben changed City.")).to_be_visible()
    assert page.evaluate(PLACES) == before
    page.keyboard.press("Control+z")  # takes back one's own doing alone
    undo(page, "Ben changed City.")
    expect(toast(page, "Taken back.")).to_be_visible()
    expect(page.locator("dd[data-field=city]")).to_contain_text("Oslo")
    form.page.goto("/")
    expect(here).to_be_hidden()


def test_a_record_says_that_it_was_deleted_and_that_it_is_back(
    enter: Enter, served: Served, does: Does, customer: str
) -> None:
    page = enter()
    page.goto(f"/s/shop/customers/{customer}")
    followed(page, served, f"{CUSTOMERS}/{customer}")
    does("delete", customer)
    undo(page, "Ben deleted this record.")
    expect(page.get_by_role("heading", level=1)).to_contain_text("One")


def test_a_form_says_that_somebody_saved_before_one_does(
    enter: Enter, served: Served, does: Does, customer: str
) -> None:
    page = enter()
    form = FormPage(page, "customers", customer).open().fill(city="Paris")
    followed(page, served, f"{CUSTOMERS}/{customer}")
    before = page.evaluate(PLACES)
    does("update", customer, city="Bergen")
    expect(toast(page, "Ben saved this")).to_contain_text(re.compile(r"Ben saved this \d s ago"))
    expect(toast(page, "Ben saved this")).to_contain_text(re.compile(r"[1-9] s ago"))
    expect(form.field("City")).to_have_value("Paris")
    assert page.evaluate(PLACES) == before
    form.save()
    expect(page.get_by_role("heading", level=1)).to_contain_text("changed")


@pytest.mark.parametrize("way", ["websocket", "server-sent events"])
def test_widgets_over_what_was_changed_are_drawn_anew(enter: Enter, served: Served, does: Does, way: str) -> None:
    page = enter() if way == "websocket" else blocked(enter())
    page.goto("/dashboards/customers?whole=1")
    widget = page.locator(f'.nx-widget[data-live="{CUSTOMERS}"]').first
    expect(widget).to_be_visible()
    followed(page, served, CUSTOMERS)
    before = page.evaluate(PLACES)
    number = next(_numbers)
    with page.expect_response(re.compile("/~w/")) as asked:
        does("create", name=f"Counted {number}", email=f"counted{number}@example.com")
    assert asked.value.ok
    expect(page.locator(".nx-widget[aria-busy]")).to_have_count(0)
    assert page.evaluate(PLACES) == before


def test_whoever_may_not_see_the_row_sees_nothing_of_it(
    enter: Enter, served: Served, does: Does, customer: str, words: str
) -> None:
    page = enter(served.account("vic", roles=("viewer",)))
    rows = ListPage(page, "customers").open(f"search={words}&fields=name,city")
    followed(page, served, CUSTOMERS)
    does("update", customer, city="Bergen")
    expect(rows.row(words)).to_contain_text("Bergen")
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)


def test_pages_go_on_following_after_the_connection_was_lost(
    enter: Enter, served: Served, does: Does, customer: str, words: str
) -> None:
    page = enter()
    rows = ListPage(page, "customers").open(f"search={words}&fields=name,city")
    followed(page, served, CUSTOMERS)
    loop = served.nexus.live._loop
    assert loop is not None
    for connection in served.nexus.live.followers:
        loop.call_soon_threadsafe(connection.end, 1012)
    does("update", customer, city="Bergen")  # while nobody listens
    expect(rows.row(words)).to_contain_text("Bergen")


def test_after_too_much_to_be_told_the_list_looks_anew_and_says_that_there_may_be_more(
    enter: Enter, served: Served, does: Does, customer: str, words: str
) -> None:
    page = enter()
    rows = ListPage(page, "customers").open(f"search={words}&fields=name,city")
    followed(page, served, CUSTOMERS)
    loop = served.nexus.live._loop
    assert loop is not None
    with served.nexus.kernel.sources.get("shop").write() as connection:  # which nobody is told of
        connection.exec_driver_sql(f"update customers set city = 'Bergen' where id = {customer}")
    for one in served.nexus.live.followers.at(CUSTOMERS):
        loop.call_soon_threadsafe(one.offer, GAP)
    expect(rows.row(words)).to_contain_text("Bergen")
    page.get_by_role("link", name="There may be new rows – show").click()
    expect(page.get_by_role("link", name="There may be new rows – show")).to_be_hidden()
