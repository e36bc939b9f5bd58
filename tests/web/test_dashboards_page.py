"""Dashboards over HTTP: drawn under the reader's rights, filtered by the address, drilled, kept, edited, deleted."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pytest
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.actions.house.boards import Boards
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.role import Grant, Role
from nexus_admin.kernel.options import Options
from nexus_admin.testing.widgets import Inspection
from nexus_admin.web.extension_files import address_of
from nexus_admin.web.pages.dashboards import page as dashboards
from tests.web.world import PASSWORD, csrf, served, signed_in

SYSTEM = Actor.system("test")
TABLES = """
create table customers (id integer primary key, name text not null, country text);
create table orders (id integer primary key, number text not null, customer_id integer not null references customers,
  status text not null check (status in ('open', 'paid')), total decimal(10, 2) not null, placed_on date not null);
insert into customers values (1, 'Priya', 'IN'), (2, 'Ilse', 'NL');
insert into orders values (1, 'A-1', 1, 'open', 481.85, '2026-01-05'), (2, 'A-2', 2, 'paid', 79.42, '2026-01-20'),
  (3, 'A-3', 2, 'paid', 12.5, '2026-02-02');
"""
BOARD = """title = "Sales"
source = "shop"
[[filters]]
field = "status"
[[filters]]
field = "placed_on"
kind = "period"
[[widgets]]
widget = "bar"
title = "By status"
[widgets.options]
resource = "orders"
by = "status"
[[widgets]]
widget = "bar"
title = "By country"
[widgets.options]
resource = "customers"
by = "country"
[[widgets]]
widget = "time_series"
title = "Over time"
[widgets.options]
resource = "orders"
time = "placed_on"
grain = "day"
"""
BROKEN_WIDGET = """
from nexus_admin.sdk import Widget, hookimpl

def draw(options, results):
    raise RuntimeError("a bug")

@hookimpl
def nexus_widgets():
    return [Widget(name="gauge", title="Gauge", draw=draw)]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "dashboards").mkdir()
    (tmp_path / "dashboards/sales.toml").write_text(BOARD)
    gauge = tmp_path / "widgets/gauge"
    (gauge / "templates").mkdir(parents=True)
    (gauge / "widget.toml").write_text('name = "gauge"\n')
    (gauge / "__init__.py").write_text(BROKEN_WIDGET)
    (gauge / "templates/widget.html").write_text("<p>never</p>")
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.executescript(TABLES)
    return tmp_path


@pytest.fixture
def nexus(project: Path) -> Iterator[Nexus]:
    urls = (("shop", str(project / "shop.db")),)
    app = Nexus(options=Options(project, urls, str(project / "nexus.db"), allow_writes=True, environ={}))
    app.start()
    app.kernel.access.users.create("ada@example.com", password=PASSWORD, roles=("owner",), by=SYSTEM)
    yield app
    app.kernel.stop()


@pytest.fixture
def browser(nexus: Nexus) -> TestClient:
    return signed_in(nexus, "ada@example.com")


def narrowed(nexus: Nexus) -> TestClient:
    """A reader of Dutch orders only, who may not know of totals."""
    rule = {"field": "customer.country", "op": "eq", "value": "NL"}
    grants = (
        *(
            Grant(source="shop", resource="orders", action=name, rows=rule, fields={"total": "hidden"})
            for name in ("row.list", "row.read", "query.run")
        ),
        Grant(source="nexus", action="dashboard.view"),
    )
    nexus.kernel.access.roles.save(Role(name="dutch", grants=grants), by=SYSTEM)
    nexus.kernel.access.users.create("bo@example.com", password=PASSWORD, roles=("dutch",), by=SYSTEM)
    return signed_in(nexus, "bo@example.com")


def part(page: str, name: str) -> str:
    """The widget with the id *name*."""
    found = re.search(rf'<section class="nx-widget" id="{name}".*?</section>', page, re.S)
    assert found is not None
    return found[0]


def bars(html: str) -> dict[str, str]:
    """What each bar counts, by name."""
    return dict(re.findall(r'<th scope="row"[^>]*title="([^"]*)".*?<data value="([^"]*)"', html, re.S))


def test_the_index_has_files_and_what_can_be_generated(browser: TestClient, project: Path) -> None:
    (project / "dashboards/bad.toml").write_text("titel = 'x'")
    page = browser.get("/dashboards").text
    assert 'href="/dashboards/sales"' in page
    assert 'href="/s/shop/~dashboard"' in page
    assert "dashboards/bad.toml" in page
    assert str(project) not in page


def test_a_dashboard_without_scripts_is_whole_and_keeps_to_the_policy(browser: TestClient) -> None:
    page = browser.get("/dashboards/sales").text
    assert bars(part(page, "w1")) == {"Open": "1", "Paid": "2"}
    assert bars(part(page, "w2")) == {"IN": "1", "NL": "1"}
    assert "nx-tableview" in part(page, "w3")
    assert "aria-busy" not in page
    main = page[page.index("<main") : page.index("</main>")]
    assert Inspection.of(main).wrong == []


def test_filters_of_the_address_reach_the_widgets_that_have_the_field(browser: TestClient) -> None:
    page = browser.get("/dashboards/sales", params={"f.status": "paid", "f.placed_on": "2026-02-01..2026-02-28"}).text
    assert bars(part(page, "w1")) == {"Paid": "1"}
    assert bars(part(page, "w2")) == {"IN": "1", "NL": "1"}
    assert '<option value="paid" selected>' in page
    assert 'data-filters="status placed_on"' in part(page, "w1")


def test_a_widget_that_a_filter_does_not_reach_says_so_also_when_it_comes_alone(browser: TestClient) -> None:
    given = {"f.status": "paid", "f.placed_on": "2026-02-01..2026-02-28"}
    page = browser.get("/dashboards/sales", params=given).text
    assert "Not narrowed by" not in part(page, "w1")
    assert "Not narrowed by Status, Placed on" in part(page, "w2")
    assert "Not narrowed by Status<" in browser.get("/dashboards/sales/~w/2", params={"f.status": "paid"}).text
    assert "Not narrowed by" not in browser.get("/dashboards/sales").text


def test_a_widget_over_a_table_that_one_may_not_see_names_no_other_and_offers_no_second_try(nexus: Nexus) -> None:
    unseen = part(narrowed(nexus).get("/dashboards/sales").text, "w2")
    assert "You cannot see what this is drawn from, or it is not there any more." in unseen
    assert "Did you mean" not in unseen
    assert "orders" not in unseen
    assert "Try again" not in unseen


def test_two_days_of_a_form_become_a_period_in_the_address(browser: TestClient) -> None:
    answer = browser.get(
        "/dashboards/sales", params={"from.placed_on": "2026-02-01", "until.placed_on": "2026-02-28"},
        follow_redirects=False,
    )  # fmt: skip
    assert unquote(answer.headers["location"]) == "/dashboards/sales?f.placed_on=2026-02-01..2026-02-28"


def test_steps_of_time_can_be_chosen_for_all_charts(browser: TestClient) -> None:
    days = part(browser.get("/dashboards/sales").text, "w3")
    months = part(browser.get("/dashboards/sales", params={"grain": "month"}).text, "w3")
    assert ("5 Jan 2026" in days, "Jan 2026" in months, "5 Jan 2026" in months) == (True, True, False)


def test_a_bar_leads_to_exactly_its_rows(browser: TestClient) -> None:
    page = browser.get("/dashboards/sales", params={"f.placed_on": "2026-01-01..2026-01-31"}).text
    links = re.findall(r'<th scope="row".*?href="([^"]+)"', part(page, "w1"), re.S)
    assert len(links) == 2
    for link in links:
        path, _, query = unescape(link).partition("?")
        assert browser.get(f"{path}/~count?{query}").json()["text"] == "1 row"


def test_one_widget_comes_alone_and_says_what_it_asks(browser: TestClient) -> None:
    alone = browser.get("/dashboards/sales/~w/1", params={"f.status": "open"}).text
    assert alone.lstrip().startswith("<section")
    assert bars(alone) == {"Open": "1"}
    (query,) = browser.get("/dashboards/sales/~query/1", params={"f.status": "open"}).json()["queries"]
    assert (query["resource"], query["filter"]) == ("orders", {"field": "status", "op": "eq", "value": "open"})
    assert browser.get("/dashboards/sales/~w/9").status_code == 404
    assert browser.get("/dashboards/sales/~w/x").status_code == 400


def test_what_is_slow_comes_after_the_page_where_scripts_run(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dashboards, "BUDGET", 0.0)
    browser.cookies.set("nx_zone", "Europe/Paris")
    page = browser.get("/dashboards/sales", params={"f.status": "open", "fresh": "1"}).text
    late = re.findall(r'data-fragment="([^"]+)"', page)
    assert late
    assert all("f.status=open" in one for one in late)
    assert "nx-skeleton" in page
    alone = browser.get(unescape(late[-1])).text
    assert "aria-busy" not in alone
    assert "data-fragment" not in browser.get("/dashboards/sales", params={"whole": "1"}).text


def test_every_figure_is_the_readers_own_and_the_page_says_so(nexus: Nexus, browser: TestClient) -> None:
    assert "You see a part" not in browser.get("/dashboards/sales").text
    reader = narrowed(nexus)
    page = reader.get("/dashboards/sales").text
    assert bars(part(page, "w1")) == {"Paid": "2"}
    assert "nx-widget__error" in part(page, "w2")
    assert "You see a part" in page
    made = reader.get("/s/shop/orders/~dashboard").text
    assert "Total" not in made
    assert reader.get("/s/shop/customers/~dashboard").status_code == 404


def test_who_may_see_nothing_of_a_source_does_not_learn_of_its_dashboards(nexus: Nexus) -> None:
    nexus.kernel.access.roles.save(
        Role(name="none", grants=(Grant(source="nexus", action="dashboard.view"),)), by=SYSTEM
    )
    nexus.kernel.access.users.create("cy@example.com", password=PASSWORD, roles=("none",), by=SYSTEM)
    reader = signed_in(nexus, "cy@example.com")
    assert "Sales" not in reader.get("/dashboards").text
    assert reader.get("/dashboards/sales").status_code == 404
    nexus.kernel.access.roles.save(Role(name="none", grants=()), by=SYSTEM)
    assert reader.get("/dashboards").status_code == 403


def test_a_write_moves_the_bar_at_once(browser: TestClient) -> None:
    before = browser.get("/dashboards/sales").text
    assert bars(part(before, "w1"))["Open"] == "1"
    token = csrf(browser.get("/s/shop/orders/2/edit").text)
    browser.post("/s/shop/orders/2/edit", data={"_csrf": token, "was.status": "paid", "value.status": "open"})
    assert bars(part(browser.get("/dashboards/sales").text, "w1")) == {"Open": "2", "Paid": "1"}


def test_a_generated_one_is_kept_edited_and_deleted(browser: TestClient, nexus: Nexus) -> None:
    page = browser.get("/s/shop/orders/~dashboard").text
    kept = browser.post("/s/shop/orders/~dashboard", data={"_csrf": csrf(page)})
    assert kept.url.path == "/dashboards/shop-orders"
    toml = browser.get("/dashboards/shop-orders/~toml").text
    assert 'source = "shop"' in toml
    form = browser.get("/dashboards/shop-orders/~edit").text
    version = re.search(r'name="version" value="(\d+)"', form)
    assert version is not None
    sent = {"_csrf": csrf(form), "version": version[1], "toml": toml.replace("Orders at a glance", "Mine")}
    assert "<title>Mine" in browser.post("/dashboards/shop-orders/~edit", data=sent).text
    late = browser.post("/dashboards/shop-orders/~edit", data=sent)
    assert (late.status_code, "Somebody else has saved" in late.text) == (422, True)
    wrong = browser.post(
        "/dashboards/shop-orders/~edit", data={**sent, "toml": toml.replace('by = "status"', 'by = "stats"')}
    )
    assert "Did you mean &#39;status&#39;?" in wrong.text
    browser.post("/dashboards/shop-orders/~delete", data={"_csrf": csrf(form)})
    assert browser.get("/dashboards/shop-orders").status_code == 404


def test_one_of_a_file_is_duplicated_into_one_of_your_own(browser: TestClient) -> None:
    assert 'href="/dashboards/~new?from=sales"' in browser.get("/dashboards/sales").text
    form = browser.get("/dashboards/~new", params={"from": "sales"}).text
    text = unescape(form.partition("<textarea")[2].partition(">")[2].partition("</textarea>")[0])
    assert text.startswith('name = "sales-copy"')
    kept = browser.post("/dashboards/~new", data={"_csrf": csrf(form), "version": "0", "toml": text})
    assert str(kept.url).endswith("/dashboards/sales-copy")
    assert kept.text.count("data-alone") == browser.get("/dashboards/sales").text.count("data-alone") > 0


def test_a_files_name_cannot_be_taken(browser: TestClient) -> None:
    form = browser.get("/dashboards/~new").text
    sent = {"_csrf": csrf(form), "version": "0", "toml": f'name = "sales"\n{BOARD}'}
    answer = browser.post("/dashboards/~new", data=sent)
    assert answer.status_code == 422
    assert "dashboards/sales.toml holds a dashboard" in answer.text
    assert browser.get("/dashboards/sales/~edit").status_code == 409


def test_a_widget_that_raises_is_named_and_takes_nothing_down(browser: TestClient, nexus: Nexus, project: Path) -> None:
    file = project / "dashboards/sales.toml"
    file.write_text(f'{BOARD}[[widgets]]\nwidget = "gauge"\ntitle = "Broken"\n')
    page = browser.get("/dashboards/sales").text
    assert bars(part(page, "w1")) == {"Open": "1", "Paid": "2"}
    assert "The widget &#39;gauge&#39; failed" in part(page, "w4")
    assert "a bug" not in page
    assert "a bug" in nexus.kernel.hooks.statuses["widgets/gauge"].error


def test_a_file_that_changes_is_read_again(nexus: Nexus, project: Path) -> None:
    boards = nexus.kernel.services.get(Boards)
    assert boards.declared()[0]["sales"].dashboard.title == "Sales"
    (project / "dashboards/sales.toml").write_text(BOARD.replace("Sales", "All sales"))
    assert boards.declared()[0]["sales"].dashboard.title == "All sales"


def test_a_widgets_picture_is_served_and_nothing_else_of_its_folder(nexus: Nexus, project: Path) -> None:
    (project / "widgets/gauge/static").mkdir()
    (project / "widgets/gauge/static/dial.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    address = address_of(nexus.kernel, "widgets/gauge", "dial.svg")
    anybody = TestClient(nexus, base_url="http://testserver")
    answer = anybody.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert "immutable" in answer.headers["cache-control"]
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    for name in ("..%2Fwidget.toml", "%2e%2e%2f__init__.py", "none.svg"):
        assert anybody.get(f"/x/static/widgets/gauge/0/{name}", follow_redirects=False).status_code == 404


def test_moments_that_stand_for_days_are_said_as_in_the_list(tmp_path: Path) -> None:
    days = ", ".join(f"({number}, 'n{number}', '2019-03-0{number} 00:00:00')" for number in range(1, 5))
    visits = (
        f"create table visits (id integer primary key, name text, seen timestamp); insert into visits values {days}"
    )
    with served(tmp_path, tables=visits) as nexus:
        page = signed_in(nexus).get("/s/shop/visits/~dashboard").text
    assert "4 Mar 2019" in page
    assert "4 Mar 2019, 00:00" not in page
