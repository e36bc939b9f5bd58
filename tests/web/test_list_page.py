"""The list page over HTTP: chips, columns, sort, pages, many rows, and the filter builder, with scripts off."""

from __future__ import annotations

import html
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.role import Grant, Role
from tests.web.world import PASSWORD, csrf, served, signed_in

TABLES = """
create table customers (id integer primary key, name text not null, country text);
create table orders (id integer primary key, number text not null unique, customer_id integer references customers,
  status text not null check (status in ('pending', 'paid', 'shipped')), total decimal(10, 2) not null, note text);
create table items (id integer primary key, order_id integer not null references orders, quantity integer not null);
create table coupons (id integer primary key, code text);
create table "Odd, `Names`" (id integer primary key, "a,b" text, "c.d" text, "<i>" text);
insert into customers values (1, 'Priya <b>Raman</b>', 'IN'), (2, 'Ilse van Dijk', 'NL'), (3, 'Bo', 'CH');
insert into orders select value, 'A-' || value, 1 + value % 3, iif(value % 2, 'paid', 'pending'), value * 1.5,
  iif(value % 4, 'n' || value, null) from generate_series(1, 120);
insert into items select value, value, value % 5 from generate_series(1, 120);
insert into "Odd, `Names`" values (1, 'one', 'two', '<script>');
"""
ORDERS = "/s/shop/orders"


@pytest.fixture
def nexus(tmp_path: Path) -> Iterator[Nexus]:
    series = "with recursive n(value) as (select 1 union all select value + 1 from n where value < 120) select * from n"
    tables = TABLES.replace("generate_series(1, 120)", f"({series})")
    with served(tmp_path, tables) as app:
        yield app


@pytest.fixture
def browser(nexus: Nexus) -> TestClient:
    return signed_in(nexus)


def numbers(page: str) -> list[str]:
    """Return the orders on a page, as they stand."""
    return re.findall(r"class=nx-grid__pk[^>]*>(A-\d+)<", page)


def link(page: str, name: str) -> str:
    """Return where the link called *name* goes."""
    found = re.search(rf'<a[^>]*href="([^"]*)"[^>]*aria-label="{re.escape(name)}"', page)
    assert found is not None, name
    return html.unescape(found[1])


# ── rows, pages, order ───────────────────────────────────────────────────────────────────────


def test_pages_go_on_back_and_to_the_last_one(browser: TestClient) -> None:
    first = browser.get(ORDERS, params={"sort": "id"}).text
    assert numbers(first) == [f"A-{n}" for n in range(1, 51)]
    second = browser.get(link(first, "Next page")).text
    assert numbers(second)[0] == "A-51"
    assert "Rows 51–100" in second
    assert numbers(browser.get(link(second, "Previous page")).text) == numbers(first)
    last = browser.get(link(first, "Last page")).text
    assert numbers(last) == [f"A-{n}" for n in range(71, 121)]
    assert 'aria-label="Next page"' not in last
    assert numbers(browser.get(link(last, "Previous page")).text)[-1] == "A-70"


def test_the_last_page_of_a_sort_with_empty_values_ends_with_them(browser: TestClient) -> None:
    asked = {"sort": "note", "fields": "number,note", "after": "last", "limit": "40"}
    last = browser.get(ORDERS, params=asked).text
    assert len(numbers(last)) == 40
    assert numbers(last)[-1] == "A-120"
    assert last.count('class="nx-null"') == 30


def test_a_page_is_jumped_to_where_it_is_asked_for(browser: TestClient) -> None:
    page = browser.get(ORDERS, params={"sort": "id", "page": "3", "limit": "20"}).text
    assert numbers(page) == [f"A-{n}" for n in range(41, 61)]
    assert "Rows 41–60" in page
    beyond = browser.get(ORDERS, params={"page": "900"})
    assert beyond.status_code == 200
    assert "does not go this far" in beyond.text


def test_several_columns_sort_and_say_their_rank(browser: TestClient) -> None:
    page = browser.get(ORDERS, params={"sort": "status,-total"}).text
    assert numbers(page)[:2] == ["A-119", "A-117"]
    heads = re.findall(r'<th scope="col"[^>]*aria-sort="(\w+)"', page)
    assert heads.count("ascending") == heads.count("descending") == 1
    assert "Status, ascending + 1" in page


def test_columns_are_chosen_also_along_relations(browser: TestClient) -> None:
    page = browser.get(ORDERS, params={"fields": "number,customer.country", "sort": "id"}).text
    assert "Customer › Country" in page
    assert page.count(">NL<td") == 17
    form = browser.get(f"{ORDERS}/~columns").text
    data = {"_csrf": csrf(form), "show": ["number", "total"], "add": "customer.name", "do": "up:customer.name"}
    moved = browser.post(f"{ORDERS}/~columns", data=data).text
    assert re.findall(r'name="show" value="([^"]*)" checked', moved) == ["number", "customer.name", "total"]
    data = {"_csrf": csrf(form), "show": ["number", "customer.name", "total"], "do": "apply", "sort": "-id"}
    applied = browser.post(f"{ORDERS}/~columns", data=data, follow_redirects=False)
    assert applied.headers["location"] == f"{ORDERS}?sort=-id&fields=number,customer.name,total"
    reset = {**data, "show": re.findall(r'value="([^"]*)" checked', form)}
    answer = browser.post(f"{ORDERS}/~columns", data=reset, follow_redirects=False)
    assert answer.headers["location"] == f"{ORDERS}?sort=-id"


def test_the_card_of_a_row_on_a_phone_leads_to_the_row(browser: TestClient) -> None:
    for path in (ORDERS, "/s/shop/items", f"{ORDERS}?fields=status,number"):
        titles = re.findall(r"<td[^>]*data-m=title[^>]*>(<a class=nx-grid__pk)?", browser.get(path).text)
        assert len(titles) == 50, path
        assert all(titles), path


def test_names_that_mean_something_in_an_address_are_columns_like_others(browser: TestClient) -> None:
    path = "/s/shop/Odd~2C~20~60Names~60"
    page = browser.get(path, params={"fields": "id,`a,b`,`c.d`,`<i>`", "sort": "-`a,b`,`c.d`"})
    assert page.status_code == 200
    assert "one" in page.text
    assert "two" in page.text
    assert "&lt;script&gt;" in page.text
    assert "<i>" not in page.text.replace('<i class="', "")
    narrowed = browser.get(path, params={"filter": "`a,b`:one `c.d`:two"}).text
    assert "`a,b`" not in re.findall(r'class="nx-chip__value"[^>]*>([^<]*)<', narrowed)
    assert browser.get(f"{path}/~filter", params={"filter": "`a,b`:one"}).status_code == 200


def test_a_page_of_fifty_rows_is_small(browser: TestClient) -> None:
    assert len(browser.get(ORDERS).content) <= 60_000


# ── chips and states ─────────────────────────────────────────────────────────────────────────


def test_each_part_of_a_filter_is_a_chip_that_can_be_taken_away(browser: TestClient) -> None:
    page = browser.get(ORDERS, params={"filter": "status:paid customer.country:!NL total:>=100"}).text
    assert re.findall(r'class="nx-chip__value"[^>]*>([^<]*)<', page) == ["Paid", "NL", "100"]
    without = html.unescape(re.findall(r'class="nx-chip__x" href="([^"]*)"', page)[1])
    rest = browser.get(without).text
    assert re.findall(r'class="nx-chip__value"[^>]*>([^<]*)<', rest) == ["Paid", "100"]


def test_where_nothing_matches_each_condition_can_be_dropped(browser: TestClient) -> None:
    page = browser.get(ORDERS, params={"filter": "status:shipped total:>1", "search": "A-1"}).text
    assert "No order matches" in page
    assert re.findall(r'class="nx-option" href="([^"]*)"', page)[0].endswith("total%3A%3E1&amp;search=A-1")
    assert "Clear filters" in page


def test_an_empty_table_says_so_and_how_to_begin(browser: TestClient) -> None:
    page = browser.get("/s/shop/coupons").text
    assert "No coupons yet" in page
    assert 'href="/s/shop/coupons/new"' in page


@pytest.mark.parametrize("asked", [{"filter": "totl:>1"}, {"sort": "nope"}, {"fields": "id,nope"}, {"after": "x"}])
def test_what_is_wrong_with_an_address_is_named_and_no_row_is_shown(browser: TestClient, asked: dict[str, str]) -> None:
    answer = browser.get(ORDERS, params=asked)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert numbers(answer.text) == []


def test_a_script_gets_the_list_without_the_frame(browser: TestClient) -> None:
    part = browser.get(ORDERS, headers={"X-Nexus-Fragment": "list"}).text
    assert "<html" not in part
    assert 'id="list"' in part
    assert len(numbers(part)) == 50


def test_a_row_is_shown_in_short_beside_the_list(browser: TestClient) -> None:
    part = browser.get(f"{ORDERS}/7/~peek", headers={"X-Nexus-Fragment": "drawer"}).text
    assert "<html" not in part
    assert "A-7" in part
    assert "Ilse van Dijk" in part
    assert "<html" in browser.get(f"{ORDERS}/7/~peek").text


# ── many rows ────────────────────────────────────────────────────────────────────────────────


def rows(tmp_path: Path, sql: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        return connection.execute(sql).fetchall()


def test_ticked_rows_are_edited_together_and_taken_back_together(
    browser: TestClient, nexus: Nexus, tmp_path: Path
) -> None:
    token = csrf(browser.get(ORDERS).text)
    chosen = {"_csrf": token, "keys": ["1", "2", "3"], "do": "edit", "field": "status"}
    asked = browser.post(f"{ORDERS}/~bulk", data=chosen).text
    assert "Edit 3 orders" in asked
    data = {**chosen, "value.status": "shipped", "confirm": "1"}
    browser.post(f"{ORDERS}/~bulk", data=data)
    assert rows(tmp_path, "select id from orders where status = 'shipped'") == [(1,), (2,), (3,)]
    (past,) = nexus.kernel.ledger.history("shop", "orders", "2")
    assert past.entry.action == "rows.update"
    browser.post("/s/shop/~undo", data={"_csrf": token, "entry": past.entry.id})
    assert rows(tmp_path, "select count(*) from orders where status = 'shipped'") == [(0,)]


def test_all_that_match_are_deleted_after_their_number_was_shown(browser: TestClient, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("delete from items")
    token = csrf(browser.get(ORDERS).text)
    chosen = {"_csrf": token, "everything": "1", "filter": "total:<=15", "do": "delete"}
    asked = browser.post(f"{ORDERS}/~bulk", data=chosen).text
    assert "Delete 10 orders?" in asked
    assert 'name="expected" value="10"' in asked
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("insert into orders values (500, 'A-500', 1, 'paid', 1, null)")
    late = browser.post(f"{ORDERS}/~bulk", data={**chosen, "expected": "10", "confirm": "1"})
    assert late.status_code == 409
    assert "10 rows were shown, but 11 match now" in late.text
    browser.post(f"{ORDERS}/~bulk", data={**chosen, "expected": "11", "confirm": "1"})
    assert rows(tmp_path, "select count(*) from orders where total <= 15") == [(0,)]


def test_one_row_that_others_hold_keeps_all_of_them(browser: TestClient, tmp_path: Path) -> None:
    token = csrf(browser.get(ORDERS).text)
    data = {"_csrf": token, "keys": ["1", "2"], "do": "delete", "confirm": "1"}
    answer = browser.post(f"{ORDERS}/~bulk", data=data)
    assert answer.status_code == 409
    assert rows(tmp_path, "select count(*) from orders") == [(120,)]


def test_ticked_rows_are_exported_with_the_columns_that_are_shown(browser: TestClient) -> None:
    token = csrf(browser.get(ORDERS).text)
    data = {"_csrf": token, "keys": ["3", "5"], "do": "export", "fields": "number,customer.country", "sort": "-id"}
    answer = browser.post(f"{ORDERS}/~bulk", data=data)
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.text.replace("\r", "").splitlines()[1:] == ["A-5,CH", "A-3,IN"]


def test_nothing_ticked_is_said(browser: TestClient) -> None:
    token = csrf(browser.get(ORDERS).text)
    answer = browser.post(f"{ORDERS}/~bulk", data={"_csrf": token, "do": "delete"})
    assert answer.status_code == 400
    assert "No row was ticked" in answer.text


def test_who_may_only_look_is_offered_nothing_else_and_can_do_nothing_else(nexus: Nexus, tmp_path: Path) -> None:
    grants = tuple(Grant(source="shop", resource="*", action=name) for name in ("row.list", "row.read"))
    system = Actor.system("test")
    nexus.kernel.access.roles.save(Role(name="looks", grants=grants), by=system)
    nexus.kernel.access.users.create("bo@example.com", password=PASSWORD, roles=("looks",), by=system)
    browser = signed_in(nexus, "bo@example.com")
    page = browser.get(ORDERS).text
    assert 'value="delete"' not in page
    assert "/new" not in page
    data = {"_csrf": csrf(page), "keys": ["1"], "do": "delete", "confirm": "1"}
    assert browser.post(f"{ORDERS}/~bulk", data=data).status_code == 403
    assert rows(tmp_path, "select count(*) from orders where id = 1") == [(1,)]


# ── the filter builder ───────────────────────────────────────────────────────────────────────


def fields_of(page: str) -> dict[str, list[str]]:
    """Return what the builder's form would send."""
    form = page[page.index('id="nx-filter"') :]
    form = form[: form.index("</form>")]
    sent: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input(?![^>]*type="checkbox")[^>]*name="([^"]*)" value="([^"]*)"', form):
        sent.setdefault(name, []).append(html.unescape(value))
    for name, value in re.findall(r'type="checkbox"[^>]*name="([^"]*)" value="([^"]*)" checked', form):
        sent.setdefault(name, []).append(html.unescape(value))
    for name, inner in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.findall(r'value="([^"]*)" selected', inner) or re.findall(r'value="([^"]*)"', inner)[:1]
        sent.setdefault(name, []).append(html.unescape(chosen[0]))
    return sent


FILTERS = [
    "status:paid",
    "status:(paid, shipped) total:10..20",
    "total:>100 or (customer.country:NL not note:null)",
    "items.any(quantity:>3)",
    "items.none(quantity:>3) items.count:>=2",
    "items.count(quantity:>1):1..3",
    "not (status:paid or total:<10)",
    "raman status:!paid",
    "customer.country:@me.country",
    r'note:"a, b" note:!(x, "y, z")',
]


@pytest.mark.parametrize("text", FILTERS)
def test_the_builder_sends_back_the_filter_that_it_was_given(browser: TestClient, text: str) -> None:
    page = browser.get(f"{ORDERS}/~filter", params={"filter": text, "sort": "-id"}).text
    sent = fields_of(page)
    assert sent["text"] == [text]
    sent["do"] = ["refresh"]
    again = fields_of(browser.post(f"{ORDERS}/~filter", data=sent).text)
    assert again["text"][0].replace("(", "").replace(")", "").split() == text.replace("(", "").replace(")", "").split()
    sent["do"] = ["apply"]
    answer = browser.post(f"{ORDERS}/~filter", data=sent, follow_redirects=False)
    assert answer.status_code == 303
    assert "sort=-id" in answer.headers["location"]


def test_a_filter_is_put_together_without_scripts(browser: TestClient) -> None:
    sent = fields_of(browser.get(f"{ORDERS}/~filter").text)
    (first,) = [name for name in sent if name.startswith("field.")]
    sent = fields_of(browser.post(f"{ORDERS}/~filter", data={**sent, first: "items.quantity", "do": "refresh"}).text)
    assert sent["over." + next(iter(name for name in sent if name.startswith("over."))).split(".")[1]] == ["items"]
    value = next(name for name in sent if name.startswith("value.") and "field." + name[6:] in sent)
    sent[value], sent["op." + value[6:]] = ["3"], ["gt"]
    page = browser.post(f"{ORDERS}/~filter", data={**sent, "do": "add:0"}).text
    sent = fields_of(page)
    assert sent["text"] == ["items.any(quantity:>3)"]
    empty = next(name for name in sent if name.startswith("field.") and sent[name] == [""])
    sent = fields_of(browser.post(f"{ORDERS}/~filter", data={**sent, empty: "status", "do": "refresh"}).text)
    sent["value." + empty[6:]] = ["paid"]
    applied = browser.post(f"{ORDERS}/~filter", data={**sent, "do": "apply"}, follow_redirects=False)
    assert applied.headers["location"] == f"{ORDERS}?filter=items.any%28quantity%3A%3E3%29+status%3Apaid"
    assert set(numbers(browser.get(applied.headers["location"]).text)) == {f"A-{n}" for n in range(9, 121, 10)}


def test_text_that_was_typed_goes_before_what_was_clicked(browser: TestClient) -> None:
    sent = fields_of(browser.get(f"{ORDERS}/~filter", params={"filter": "status:paid"}).text)
    again = fields_of(
        browser.post(f"{ORDERS}/~filter", data={**sent, "text": "total:>5 note:null", "do": "refresh"}).text
    )
    assert [values for name, values in again.items() if name.startswith("field.")] == [["total"], ["note"]]


def test_a_text_that_cannot_be_read_is_named_and_kept(browser: TestClient) -> None:
    sent = fields_of(browser.get(f"{ORDERS}/~filter", params={"filter": "status:paid"}).text)
    answer = browser.post(f"{ORDERS}/~filter", data={**sent, "text": "totl:>5", "do": "apply"})
    assert answer.status_code == 400
    assert "Did you mean &#39;total&#39;?" in answer.text
    assert 'value="totl:&gt;5"' in answer.text
    bad = browser.get(f"{ORDERS}/~filter", params={"filter": "totl:>5"})
    assert bad.status_code == 400
    assert 'value="totl:&gt;5"' in bad.text


def test_fields_are_found_along_relations_and_values_among_those_there_are(browser: TestClient) -> None:
    found = browser.get(f"{ORDERS}/~fields", params={"q": "quan"}).json()["options"]
    assert ("items.quantity", "Items › Quantity") in [(one["value"], one["label"]) for one in found]
    single = browser.get(f"{ORDERS}/~fields", params={"q": "quan", "one": "1"}).json()["options"]
    assert single == []
    values = browser.get("/s/shop/customers/~values", params={"field": "country", "q": "n"}).json()["options"]
    assert {one["value"] for one in values} >= {"IN", "NL"}


def test_what_may_not_be_read_is_not_offered_anywhere(nexus: Nexus) -> None:
    rule = {"field": "country", "op": "eq", "value": "NL"}
    grants = (
        Grant(source="shop", resource="orders", action="row.list", fields={"total": "hidden", "note": "masked"}),
        Grant(source="shop", resource="customers", action="row.list", rows=rule, fields={"name": "hidden"}),
    )
    system = Actor.system("test")
    nexus.kernel.access.roles.save(Role(name="narrow", grants=grants), by=system)
    nexus.kernel.access.users.create("bo@example.com", password=PASSWORD, roles=("narrow",), by=system)
    browser = signed_in(nexus, "bo@example.com")
    found = browser.get(f"{ORDERS}/~fields").json()["options"]
    assert {"total", "note", "customer.name", "items.quantity"}.isdisjoint(one["value"] for one in found)
    values = browser.get("/s/shop/customers/~values", params={"field": "country"}).json()["options"]
    assert [one["value"] for one in values] == ["NL"]
    assert browser.get("/s/shop/customers/~values", params={"field": "name", "q": ""}).json()["options"] == []
    for asked in ("total:>1", "customer.name:Bo", "note:n1", "items.any(quantity:>1)"):
        assert browser.get(ORDERS, params={"filter": asked}).status_code == 400
        assert browser.get(f"{ORDERS}/~filter", params={"filter": asked}).status_code == 400
    assert browser.get(ORDERS, params={"fields": "number,customer.name"}).status_code == 400
    page = browser.get(ORDERS, params={"fields": "number,note"}).text
    assert "nx-masked" in page
    assert ">n1<" not in page


def test_what_the_builder_has_no_input_for_is_kept_as_text(browser: TestClient) -> None:
    asked = 'status:paid note:!""'
    page = browser.get(f"{ORDERS}/~filter", params={"filter": asked}).text
    assert "has no input here" in page
    sent = fields_of(page)
    assert (sent["text"], sent["text.was"]) == ([asked], [""])
    again = fields_of(browser.post(f"{ORDERS}/~filter", data={**sent, "do": "drop:1"}).text)
    assert again["text"] == [asked]
    answer = browser.post(f"{ORDERS}/~filter", data={**again, "do": "apply"}, follow_redirects=False)
    assert html.unescape(answer.headers["location"]).endswith("status%3Apaid+note%3A%21%22%22")


def test_a_currency_that_a_title_names_stands_there_once(tmp_path: Path) -> None:
    tables = (
        'create table strikes (id integer primary key, name text, "Cost $" decimal(8, 2), price_usd decimal(8, 2));'
    )
    with served(tmp_path, tables + "insert into strikes values (1, 'Gull', 4175, 3);") as app:
        page = signed_in(app).get("/s/shop/strikes").text
        assert "<span>Cost $</span>" in page
