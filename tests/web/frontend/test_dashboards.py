"""Dashboards in a browser: charts drawn under the policy, marks that lead to their rows, tables without scripts."""

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from nexus_admin.domain.widget import Placement
from tests.dashboards.memory import Memory
from tests.dashboards.test_draw import BY_STATUS, COURSE, dashboard, painter
from tests.dashboards.test_templates import view
from tests.web.frontend.conftest import DIST, Site, until

STACKED = Placement(
    widget="time_series",
    title="Orders by status",
    options={"resource": "orders", "time": "placed_at", "grain": "month", "by": "status", "kind": "bar"},
)
BARS = ".barlayer .point path"


def body(html: str) -> str:
    icons = json.loads((DIST / "manifest.json").read_text())["icons.svg"]
    return html[html.index("<main") :].replace("/icons.svg", f"/dist/{icons}")


def shown(world: Memory, *placed: Placement) -> str:
    return body(view(painter(world).draw(dashboard(*placed))))


def exactly_one_group(world: Memory, page: Page) -> None:
    """The list that *page* went to has the rows of one status and one month."""
    address = urlsplit(page.url)
    rows = world.behind(f"{address.path}?{address.query}")
    assert rows
    assert len({row["status"] for row in rows}) == 1
    assert len({(row["placed_at"].year, row["placed_at"].month) for row in rows}) == 1
    assert list(parse_qs(address.query)) == ["filter"]


@pytest.mark.req("S003-WIDG-02", "S003-WIDG-12")
def test_a_click_on_a_mark_leads_to_exactly_its_rows(site: Site, watched: Page) -> None:
    world = Memory()
    site.page("/s/shop/orders", "<p>rows</p>")
    watched.goto(site.page("/", shown(world, STACKED)))
    watched.locator("h2").hover()
    until(watched, f"document.querySelectorAll('{BARS}').length > 8")
    box = watched.locator(BARS).nth(8).bounding_box()
    assert box is not None
    watched.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    watched.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    watched.wait_for_url("**/s/shop/orders?*")
    exactly_one_group(world, watched)


def test_the_chart_library_comes_when_somebody_comes_near_and_draws_over_the_picture(site: Site, watched: Page) -> None:
    asked: list[str] = []
    watched.on("request", lambda one: asked.append(one.url))
    watched.goto(site.page("/", shown(Memory(), STACKED, COURSE)))
    expect(watched.get_by_role("group", name="Orders by month")).to_have_count(2)
    expect(watched.locator("[data-picture]")).to_have_count(2)
    watched.mouse.move(1, 1)
    watched.wait_for_load_state("networkidle")
    assert [url for url in asked if "plotly" in url] == []
    before = watched.locator("#w1 [data-picture] rect").first.bounding_box()
    watched.locator("#w1").hover()
    expect(watched.locator("#w1 .js-plotly-plot")).to_be_visible()
    expect(watched.locator("#w1 [data-picture]")).to_have_count(0)
    expect(watched.locator("#w2 [data-picture]")).to_be_visible()
    assert before == pytest.approx(watched.locator(f"#w1 {BARS}").first.bounding_box(), abs=2)
    expect(watched.locator("#w1 [role=img]")).to_have_attribute("aria-label", re.compile(r"^Cancelled by month"))


def test_a_pointer_that_passes_by_fetches_nothing(site: Site, watched: Page) -> None:
    watched.goto(site.page("/", shown(Memory(), COURSE)))
    until(watched, "document.querySelector('[data-chart]')._x_dataStack !== undefined")
    watched.clock.install()
    watched.locator("h2").hover()
    watched.mouse.move(1, 1)
    watched.clock.run_for(1000)
    expect(watched.locator("[data-picture]")).to_be_visible()
    expect(watched.locator("script[src*=plotly]")).to_have_count(0)


def test_the_picture_of_a_chart_stays_where_the_library_does_not_come(
    site: Site, watched: Page, trouble: list[str]
) -> None:
    watched.route("**/plotly*.js", lambda route: route.abort())
    watched.goto(site.page("/", shown(Memory(), COURSE)))
    with watched.expect_event("requestfailed"):
        watched.locator("summary").focus()
    expect(watched.locator("[data-picture]")).to_be_visible()
    expect(watched.locator("[aria-busy]")).to_have_count(0)
    trouble.clear()


def test_the_table_view_opens_with_a_key_and_lies_over_the_chart(site: Site, watched: Page) -> None:
    watched.goto(site.page("/", shown(Memory(), COURSE)))
    summary = watched.locator("summary")
    expect(watched.locator("details table")).to_be_hidden()
    summary.focus()
    until(watched, "document.querySelector('.scatterlayer path') !== null")
    watched.keyboard.press("Enter")
    expect(watched.locator("details table")).to_be_visible()
    expect(watched.locator("details tbody tr").first.locator("a")).to_have_attribute(
        "href", re.compile(r"^/s/shop/orders\?filter=")
    )


def test_without_scripts_there_are_bars_lines_and_tables(site: Site, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.page("/", shown(Memory(), BY_STATUS, COURSE)))
    expect(page.locator("#w1 tbody tr")).to_have_count(4)
    expect(page.locator("#w2 [data-picture] path").first).to_be_visible()
    page.locator("#w2 summary").click()
    expect(page.locator("#w2 details table")).to_be_visible()
    context.close()


@pytest.mark.req("S003-WIDG-02")
def test_without_scripts_a_mark_leads_to_exactly_its_rows(site: Site, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page, world = context.new_page(), Memory()
    site.page("/s/shop/orders", "<p>rows</p>")
    page.goto(site.page("/", shown(world, STACKED)))
    page.locator("[data-picture] a").nth(8).click()
    page.wait_for_url("**/s/shop/orders?*")
    exactly_one_group(world, page)
    context.close()


def test_a_widget_that_is_not_drawn_yet_comes_by_itself(site: Site, watched: Page) -> None:
    world = Memory()
    board = dashboard(BY_STATUS, COURSE)
    outline = painter(world).outline(board)

    def alone(query: dict[str, str]) -> str:
        html = shown(world, BY_STATUS)
        return html[html.index("<section") : html.index("</section>") + len("</section>")]

    site.answers["/w1"] = alone
    html = view(outline, fragment_of=lambda one: f"/{one.id}" if one.id == "w1" else None)
    watched.goto(site.page("/", body(html)))
    expect(watched.locator("#w1 tbody tr")).to_have_count(4)
    expect(watched.locator("#w2 [aria-busy]")).to_be_visible()
