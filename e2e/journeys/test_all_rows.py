"""Somebody scrolls through a hundred thousand rows: by the bar, by keys, on a phone, and without scripts."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e.a11y.axe import RULES, findings
from e2e.conftest import PHONE, Enter
from e2e.pages.signing import sign_in
from e2e.server import Served, serve

ROWS = 100_000
MAKE = f"""
create table events (id integer primary key, name text not null, place text not null);
with recursive n(at) as (select 1 union all select at + 1 from n where at < {ROWS})
insert into events select at, 'E-' || at, case when at % 1000 then 'north' else 'south' end from n;
"""
BOARD = """title = "Events"
source = "log"
[[filters]]
field = "place"
kind = "text"
[[widgets]]
widget = "table"
title = "Every event"
width = 12
height = 8
[widgets.options]
resource = "events"
columns = ["name", "place"]
sort = ["id"]
rows = "all"
"""


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A log of a hundred thousand events with a dashboard of all of them."""
    folder: Path = tmp_path_factory.mktemp("log")
    (folder / "dashboards").mkdir()
    (folder / "dashboards/all.toml").write_text(BOARD)
    with sqlite3.connect(folder / "log.db") as connection:
        connection.executescript(MAKE)
    with serve(folder, folder / "log.db", project=folder) as running:
        yield running


@pytest.fixture
def open_log(visit: Enter, log: Served) -> Callable[..., Page]:
    """Open the dashboard: `open_log()`, or with Playwright's options for a context."""

    def opening(address: str = "/dashboards/all", **options: object) -> Page:
        page = visit(base_url=log.url, **options)
        sign_in(page, log.account())
        page.goto(address)
        return page

    return opening


def table(page: Page) -> Locator:
    return page.get_by_role("region", name="Every event")


def shown(page: Page, name: str) -> Locator:
    return table(page).get_by_role("link", name=name, exact=True)


def scroll(page: Page, part: float) -> None:
    table(page).locator("[data-box]").evaluate("(box, part) => { box.scrollTop = part * box.scrollHeight }", part)


def few(page: Page) -> None:
    """There are rows in the page, but never a hundred."""
    assert 5 < table(page).locator("tbody tr").count() < 100


@pytest.mark.req("S003-WIDG-13", "S003-CHAL-03")
def test_the_bar_leads_to_any_of_a_hundred_thousand_rows(open_log: Callable[..., Page]) -> None:
    page = open_log()
    grid = table(page).get_by_role("grid")
    expect(grid).to_have_attribute("aria-rowcount", re.compile(r"-1|100001"))
    expect(grid.get_by_role("row", name="E-1 North")).to_have_attribute("aria-rowindex", "2")
    assert grid.get_by_role("row", name="E-1 North").bounding_box()["height"] == 40  # type: ignore[index]
    few(page)
    scroll(page, 0.5)
    expect(shown(page, "E-50001")).to_be_in_viewport()
    few(page)
    scroll(page, 1)
    expect(shown(page, "E-100000")).to_be_in_viewport()
    expect(table(page).get_by_text("100,000 rows", exact=True)).to_be_visible()
    expect(grid).to_have_attribute("aria-rowcount", "100001")
    few(page)
    page.get_by_label("Place").fill("south")
    page.keyboard.press("Enter")
    expect(table(page).get_by_text("100 rows", exact=True)).to_be_visible()
    expect(shown(page, "E-1000")).to_be_in_viewport()


@pytest.mark.req("S003-WIDG-13")
def test_keys_go_on_where_rows_come_and_go(open_log: Callable[..., Page]) -> None:
    page = open_log()
    expect(table(page).get_by_role("grid")).to_be_visible()
    table(page).get_by_role("gridcell", name="E-1", exact=True).focus()
    page.keyboard.press("ArrowDown")
    expect(table(page).get_by_role("gridcell", name="E-2", exact=True)).to_be_focused()
    page.keyboard.press("PageDown")
    page.keyboard.press("ArrowRight")
    focused = page.locator("td:focus")
    expect(focused).to_have_text("North")
    place = int(focused.locator("xpath=..").get_attribute("aria-rowindex") or 0)
    assert 5 < place < 30
    page.keyboard.press("Control+End")
    expect(shown(page, "E-100000")).to_be_in_viewport()
    expect(page.locator("td:focus")).to_have_text("South")
    scroll(page, 0.3)
    expect(shown(page, "E-30001")).to_be_in_viewport()
    page.keyboard.press("Control+Home")
    expect(table(page).get_by_role("gridcell", name="E-1", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/s/log/events/1$"))


@pytest.mark.req("S003-WIDG-13")
def test_rows_that_do_not_come_are_said_and_asked_for_again(open_log: Callable[..., Page]) -> None:
    page = open_log()
    expect(shown(page, "E-1")).to_be_visible()
    page.route("**/~w/1*", lambda route: route.fulfill(status=403, body=""))
    scroll(page, 0.7)
    expect(table(page).get_by_role("status")).to_have_text("Some rows did not come.")
    page.unroute("**/~w/1*")
    table(page).get_by_role("button", name="Try again").click()
    expect(shown(page, "E-70001")).to_be_in_viewport()
    expect(table(page).get_by_role("button", name="Try again")).to_be_hidden()


def test_without_scripts_one_page_leads_to_the_next(open_log: Callable[..., Page]) -> None:
    page = open_log("/dashboards/all?whole=1", java_script_enabled=False)
    expect(table(page).get_by_role("row")).to_have_count(51)
    table(page).get_by_role("link", name="Next rows").click()
    expect(shown(page, "E-51")).to_be_visible()
    expect(table(page).get_by_text("51–100")).to_be_visible()
    table(page).get_by_role("link", name="First rows").click()
    expect(shown(page, "E-1")).to_be_visible()


def test_axe_finds_nothing_in_the_middle_of_it(open_log: Callable[..., Page]) -> None:
    page = open_log(bypass_csp=True)
    expect(shown(page, "E-1")).to_be_visible()
    scroll(page, 0.5)
    expect(shown(page, "E-50001")).to_be_in_viewport()
    assert findings(page, RULES) == []


def test_on_a_phone_the_columns_stay_readable(open_log: Callable[..., Page]) -> None:
    page = open_log(viewport=PHONE)
    expect(shown(page, "E-1")).to_be_visible()
    scroll(page, 0.5)
    expect(shown(page, "E-50001")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
