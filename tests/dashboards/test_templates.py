"""The pages of dashboards, filled in as the web does it."""

import re
from pathlib import Path
from typing import Any

import pytest
from jinja2 import ChoiceLoader, DictLoader, Environment, FileSystemLoader, StrictUndefined

from nexus_admin.actions.house.boards import Board
from nexus_admin.dashboards.drawn import DrawnDashboard
from nexus_admin.dashboards.generate import for_table
from nexus_admin.domain.field_kind import Locale
from nexus_admin.domain.kinds import GRAINS
from nexus_admin.screens.icons import icon
from nexus_admin.sdk import bucket, figure
from nexus_admin.testing.widgets import HOSTILE, Inspection
from nexus_admin.web.pages.dashboards.page import Place
from nexus_admin.web.templating import topics_over
from tests.dashboards.memory import NOW, Memory
from tests.dashboards.test_draw import BY_STATUS, COURSE, NEWEST, REVENUE, STATUS, dashboard, painter

TEMPLATES = Path(__file__).parent.parent.parent / "nexus_admin/web/templates"
BASE = "<title>{% block title %}{% endblock %}</title><main>{% block main %}{% endblock %}</main>"


def page(name: str, **context: Any) -> str:
    loader = ChoiceLoader([DictLoader({"base.html": BASE}), FileSystemLoader(TEMPLATES)])
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    environment.filters["topics_over"] = topics_over
    environment.globals["_"] = lambda text: text
    locale = Locale(sprite="/icons.svg")
    given = {
        "sprite": locale.sprite,
        "figure": figure,
        "bucket": bucket,
        "base": "",
        "csrf": "t",
        "here": "/dashboards",
    }
    return environment.get_template(name).render({
        **given, "icon": lambda name, size="": icon(name, locale, size), **context
    })  # fmt: skip


def view(drawn: DrawnDashboard, **more: Any) -> str:
    """The whole page; by default of a file that nobody may change here, with every widget drawn."""
    board = Board(dashboard(), "project", "dashboards/test.toml")
    known = {"path": "/d/test", "tail": "", "part": (), "may_save": False, "may_delete": False, "grains": GRAINS}
    place = Place(board, "/d/test")
    return page(
        "dashboards/view.html",
        **{"dashboard": drawn, "board": board, "place": place, "fragment_of": lambda _: None, **known, **more},
    )


def test_a_dashboard_is_a_page_that_a_strict_policy_lets_in() -> None:
    drawn = painter(Memory()).draw(dashboard(BY_STATUS, NEWEST, REVENUE, COURSE, filters=(STATUS,)))
    html = view(drawn)
    assert Inspection.of(html).wrong == []
    assert html.count("<section") == 4
    assert 'href="/d/test/~toml"' in html
    assert 'name="f.status"' in html


@pytest.mark.req("S003-WIDG-02")
def test_every_chart_has_a_table_view_that_opens_without_scripts_and_a_sentence() -> None:
    drawn = painter(Memory()).draw(dashboard(COURSE))
    html = view(drawn)
    (details,) = re.findall(r"<details.*?</details>", html, re.S)
    rows = re.findall(r"<tr>.*?</tr>", details, re.S)
    assert drawn.widgets[0].table is not None
    assert len(rows) == len(drawn.widgets[0].table.rows) + 1
    assert "/s/shop/orders?filter=" in details
    assert drawn.widgets[0].summary in html


def test_a_widget_that_failed_says_why_in_its_place() -> None:
    drawn = painter(Memory()).draw(dashboard(BY_STATUS.model_copy(update={"widget": "bars"}), BY_STATUS))
    html = view(drawn, fragment_of=lambda one: f"/d/test/w/{one.id}")
    assert 'href="/d/test#w1"' in html
    assert "There is no widget called &#39;bars&#39;. Did you mean &#39;bar&#39;?" in html


def test_a_waiting_widget_names_the_address_that_draws_it() -> None:
    outline = painter(Memory()).outline(dashboard(BY_STATUS, COURSE))
    html = view(outline, fragment_of=lambda one: f"/d/test/w/{one.id}")
    assert re.findall(r'data-fragment="([^"]+)"', html) == ["/d/test/w/w1", "/d/test/w/w2"]
    assert 'id="w1"' in html


def test_titles_and_filters_with_hostile_text_stay_text() -> None:
    hostile = dashboard(BY_STATUS.model_copy(update={"title": HOSTILE}), COURSE.model_copy(update={"title": HOSTILE}),
                        filters=(STATUS.model_copy(update={"title": HOSTILE}),))  # fmt: skip
    html = view(painter(Memory()).draw(hostile.model_copy(update={"title": HOSTILE, "note": HOSTILE})))
    assert Inspection.of(html).wrong == []
    assert "<img" not in html


def test_a_generated_dashboard_says_so_and_an_empty_one_says_what_to_do() -> None:
    world = Memory()
    html = view(painter(world).draw(for_table(world.schema, "customers", world.run, today=NOW.date())))
    assert "Generated" in html
    assert "This dashboard is empty" in view(painter(world).draw(dashboard()))


def test_the_index_lists_dashboards_generated_ones_and_broken_files() -> None:
    one = {"title": "Sales", "description": "", "source": "shop", "url": "/d/sales"}
    one |= {"widgets": "4 widgets", "origin": "File"}
    html = page(
        "dashboards/index.html",
        dashboards=[one],
        generated=[{"title": "Overview of shop", "source": "shop", "url": "/d/~shop"}],
        may_save=True,
        errors=["bad.toml: title: this is needed and missing."],
    )
    assert "Sales" in html
    assert "4 widgets" in html
    assert "/d/~shop" in html
    assert "bad.toml" in html
    assert "No dashboards yet." in page("dashboards/index.html", dashboards=[], generated=[], errors=[], may_save=False)
