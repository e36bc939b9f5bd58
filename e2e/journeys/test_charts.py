"""Charts are there at once, for everybody; the chart library comes when somebody comes near."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e.a11y.axe import RULES, findings
from e2e.conftest import PHONE, Enter
from e2e.visual.test_steadiness import SHIFTS, shifted

BOARD = "/s/shop/orders/~dashboard"
NAMED = re.compile(r"^(?P<when>[^:]+): (?P<count>[\d,]+)$")


def course(page: Page) -> Locator:
    """The widget with a chart."""
    return page.get_by_role("region", name="Orders over time")


def rows_behind_a_mark(page: Page) -> None:
    """A mark of the picture says a number, and leads to a list of as many rows."""
    mark = course(page).locator("[data-picture] a").nth(1)
    said = NAMED.match(mark.locator("title").text_content() or "")
    assert said is not None
    mark.click()
    expect(page.get_by_role("group", name="Filters")).to_be_visible()
    counted = page.request.get(page.url.replace("?", "/~count?how=exact&")).json()
    assert counted["text"] == f"{said['count']} rows"


@pytest.fixture
def asked(page: Page) -> list[str]:
    """The addresses that the page asked for."""
    found: list[str] = []
    page.on("request", lambda one: found.append(one.url))
    return found


def library(asked: list[str]) -> list[str]:
    return [url for url in asked if "plotly" in url]


@pytest.mark.req("S003-PHIL-10", "S003-WIDG-02")
def test_without_scripts_charts_are_seen_and_lead_to_their_rows(enter: Enter) -> None:
    page = enter(java_script_enabled=False)
    page.goto(BOARD)
    picture = course(page).get_by_role("group", name=re.compile(r"^Orders by "))
    expect(picture.locator("path").first).to_be_visible()
    expect(picture.locator("text").first).to_be_visible()
    assert [box for box in widths(page) if box < 100] == []
    rows_behind_a_mark(page)


def widths(page: Page) -> list[float]:
    """How wide each picture is, in pixels."""
    boxes = [one.bounding_box() for one in page.locator("[data-picture]").all()]
    return [box["width"] if box else 0 for box in boxes]


@pytest.mark.req("S003-KPI-04")
def test_the_library_is_fetched_when_a_pointer_comes_and_nothing_moves(page: Page, asked: list[str]) -> None:
    page.add_init_script(SHIFTS)
    page.goto(BOARD)
    page.mouse.move(2, 2)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)
    assert library(asked) == []
    before = course(page).locator("[data-chart]").bounding_box()
    course(page).locator("h2").hover()
    expect(course(page).locator(".js-plotly-plot .scatterlayer path").first).to_be_visible()
    expect(course(page).locator("[data-picture]")).to_have_count(0)
    assert len(library(asked)) == 2  # its script and its rules
    assert course(page).locator("[data-chart]").bounding_box() == before
    assert shifted(page) < 0.01


def test_the_library_is_fetched_when_the_focus_comes(page: Page, asked: list[str]) -> None:
    page.goto(BOARD)
    page.wait_for_load_state("networkidle")
    assert library(asked) == []
    page.get_by_label("Table view of Orders over time").focus()
    expect(course(page).get_by_role("img", name=re.compile(r"^Orders by "))).to_be_visible()
    assert library(asked)


def test_the_library_is_fetched_by_a_tap_beside_the_marks(enter: Enter) -> None:
    page = enter(viewport=PHONE, has_touch=True, is_mobile=True)
    page.goto(BOARD)
    page.wait_for_load_state("networkidle")
    course(page).scroll_into_view_if_needed()
    expect(course(page).locator("[data-picture]")).to_be_visible()
    course(page).locator("h2").tap()
    expect(course(page).locator(".js-plotly-plot")).to_be_visible()


def test_a_mark_of_the_picture_leads_to_its_rows_before_the_library_has_come(page: Page) -> None:
    page.route("**/plotly*.js", lambda route: None)  # it never comes
    page.goto(BOARD)
    rows_behind_a_mark(page)


def test_the_picture_and_what_takes_its_place_are_accessible(enter: Enter) -> None:
    page = enter(bypass_csp=True)  # axe is put into the page
    page.goto("/dashboards/sales")
    page.wait_for_load_state("networkidle")
    assert findings(page, RULES) == []
    page.locator(".nx-widget:has([data-picture])").first.hover()
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    assert findings(page, RULES) == []


def test_the_figure_in_the_middle_of_a_donut_is_as_dark_as_text_and_light_in_the_dark(page: Page) -> None:
    for theme in ("light", "dark"):
        page.context.add_cookies([{"name": "nx_theme", "value": theme, "url": page.url}])
        page.goto("/dashboards/sales")
        donut = page.get_by_role("region", name="Revenue by channel")
        figure = donut.locator("svg text :text-matches('^€')")
        expect(figure).to_be_visible()
        text = donut.get_by_role("heading").evaluate("(one) => getComputedStyle(one).color")
        expect(figure).to_have_css("fill", text)
