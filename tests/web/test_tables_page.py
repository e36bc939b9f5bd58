"""A table is configured by clicking: what will change is shown first, and all of it is undone."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.domain.resource import Resource
from tests.web.test_main_job import csrf, signed_in
from tests.web.test_sources_page import browser, connect, nexus, shop

__all__ = ["browser", "nexus", "shop"]
PAGE = "/sources/shop/tables/orders"


class Form(HTMLParser):
    """The form of the page as a browser would send it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        name = given.get("name") or ""
        if tag == "select":
            self._select = name
        elif tag == "option" and "selected" in given:
            self._select, key = "", self._select
            self.values[key] = "\0"
        elif tag == "input" and name and (given.get("type") != "checkbox" or "checked" in given):
            self.values[name] = given.get("value") or ""

    def handle_data(self, data: str) -> None:
        for name, value in self.values.items():
            if value == "\0":
                self.values[name] = data.strip()


def form(browser: TestClient, **changed: str | None) -> dict[str, str]:
    values = Form(browser.get(PAGE).text).values
    for name, value in changed.items():
        name = name.replace("__", ".")
        if value is None:
            values.pop(name, None)
        else:
            values[name] = value
    return values


def orders(nexus: Nexus) -> Resource:
    return nexus.kernel.sources.get("shop").schema.resource("orders")


@pytest.fixture
def page(nexus: Nexus, browser: TestClient, shop: Any) -> TestClient:
    connect(nexus, browser, str(shop), name="shop")
    return browser


def test_what_will_change_is_shown_first_and_then_changed_and_undone(page: TestClient, nexus: Nexus) -> None:
    before = orders(nexus)
    values = form(page, title="Sales", f1__title="No.", f3__hidden="1", f3__help="Paid or open.", icon="truck")
    asked = page.post(PAGE, data={**values, "do": "review"}).text
    told = re.findall(
        r'rowheader">([^<]*)</span><span role="cell"><del>([^<]*)</del></span><span role="cell"><ins>([^<]*)', asked
    )
    assert ("Name", "Orders", "Sales") in told
    assert ("Number: label", "Number", "No.") in told
    assert ("Status: tucked away", "no", "yes") in told
    assert len(told) == 5
    assert orders(nexus) == before
    again = Form(asked.partition('class="nx-page__body')[2]).values
    done = page.post(PAGE, data={**again, "do": "save"}).text
    now = orders(nexus)
    assert (now.title, now.icon, now.field("number").title) == ("Sales", "truck", "No.")
    assert (now.field("status").tucked, now.field("status").comment) == (True, "Paid or open.")
    entry = re.search(r'action="/s/nexus/~undo".*?name="entry" value="(\w+)"', done, re.DOTALL)
    assert entry is not None
    page.post("/s/nexus/~undo", data={"_csrf": csrf(done), "entry": entry[1], "back": PAGE})
    assert orders(nexus) == before


def test_nothing_is_clicked_where_nothing_was_changed(page: TestClient, nexus: Nexus) -> None:
    before = nexus.kernel.sources.status("shop").overrides
    assert "Nothing changed." in page.post(PAGE, data={**form(page), "do": "save"}).text
    assert nexus.kernel.sources.status("shop").overrides == before


def test_columns_go_by_their_places_and_what_is_emptied_goes_back(page: TestClient, nexus: Nexus) -> None:
    found = orders(nexus).title
    values = form(page, title="Sales", f0__place="", f1__place="2", f3__place="1", f2__place="")
    page.post(PAGE, data={**values, "do": "save"})
    assert orders(nexus).list_fields == ("status", "number")
    page.post(PAGE, data={**form(page, title=""), "do": "save"})
    assert orders(nexus).title == found
    assert orders(nexus).list_fields == ("status", "number")
    asked = page.post(PAGE, data={**form(page), "do": "forget"}).text
    assert "as it was found" in asked
    assert orders(nexus).list_fields == ("status", "number")
    page.post(PAGE, data={**form(page), "do": "forget", "sure": "1"})
    assert "status" in orders(nexus).list_fields
    assert orders(nexus).list_fields != ("status", "number")


def test_a_guessed_relation_is_shown_with_what_speaks_for_it_and_can_be_refused(page: TestClient, nexus: Nexus) -> None:
    assert "100 %" in page.get(PAGE).text
    page.post(PAGE, data={**form(page, r__customer=None), "do": "save"})
    assert orders(nexus).field("customer_id").relation is None
    page.post(PAGE, data={**form(page, r__customer="1"), "do": "save"})
    assert orders(nexus).field("customer_id").relation == "customer"


def test_hostile_names_stay_text_and_others_may_not(page: TestClient, nexus: Nexus) -> None:
    page.post(PAGE, data={**form(page, title="<img src=x>"), "do": "save"})
    assert "<img src=x>" not in page.get(PAGE).text
    assert page.post(PAGE, data={**form(page, f1__kind="mony"), "do": "save"}).status_code == 422
    bo = signed_in(nexus, "bo@example.com")
    assert bo.get(PAGE).status_code == 403


@pytest.mark.req("S003-CRUD-03")
def test_headings_order_conditions_and_read_only_are_clicked(nexus: Nexus, page: TestClient) -> None:
    names = [one.name for one in orders(nexus).fields]
    first, last = names[0], names[-1]
    at = len(names) - 1
    answer = page.post(PAGE, data=form(page, **{
        f"f{at}.order": "1", f"f{at}.group": "Money", f"f{at}.read_only": "1",
        f"f{at}.visible_when": f"{first}:>1", "do": "save",
    }))  # fmt: skip
    assert answer.status_code == 200, answer.text
    field = orders(nexus).fields[0]
    assert field.name == last
    assert (field.options["group"], field.options["visible_when"], field.writable) == ("Money", f"{first}:>1", False)
    assert f'name="value.{last}"' not in page.get("/s/shop/orders/new").text
    wrong = page.post(PAGE, data=form(page, **{"f1.visible_when": "nonsense:1", "do": "save"}))
    assert wrong.status_code == 422
    assert "nonsense" in wrong.text


@pytest.mark.req("S003-CRUD-03")
def test_a_computed_field_is_added_changed_and_taken_away(nexus: Nexus, page: TestClient) -> None:
    made = {"new.name": "twice", "new.computed": "id * 2", "do": "save"}
    assert page.post(PAGE, data=form(page, **made)).status_code == 200
    field = orders(nexus).field("twice")
    assert (field.kind, field.askable, field.writable) == ("integer", True, False)
    at = [one.name for one in orders(nexus).fields].index("twice")
    review = page.post(PAGE, data=form(page, **{f"f{at}.computed": "id * 3", "do": "review"})).text
    assert "id * 2" in review
    assert "id * 3" in review
    page.post(PAGE, data=form(page, **{f"f{at}.computed": "id * 3", "do": "save"}))
    assert orders(nexus).field("twice").computed == "id * 3"
    for name, formula, said in (
        ("twice", "id", "a name of its own"),
        ("x", "idd * 2", "Did you mean"),
        ("x", "", "computed from"),
    ):
        answer = page.post(PAGE, data=form(page, **{"new.name": name, "new.computed": formula, "do": "save"}))
        assert answer.status_code == 422
        assert said in answer.text
    page.post(PAGE, data=form(page, **{f"f{at}.computed": "", "do": "save"}))
    assert "twice" not in orders(nexus).by_name
