"""The page of one row: what it shows, what belongs to it, what happened to it, and the ways on and back."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.role import Grant, Role
from tests.web.world import PASSWORD, csrf, served, signed_in

TABLES = """
create table customers (id integer primary key, name text not null, email text, api_token text, note text);
create table orders (id integer primary key, number text not null unique,
  customer_id integer not null references customers,
  status varchar(20) not null default 'pending' check (status in ('pending', 'paid', 'shipped')),
  total decimal(10, 2) not null check (total >= 0), created_at timestamp not null default current_timestamp);
create table items (id integer primary key, order_id integer not null references orders on delete cascade,
  name text not null, quantity integer not null default 1);
create table tags (id integer primary key, name text not null unique);
create table order_tags (order_id integer not null references orders on delete cascade,
  tag_id integer not null references tags on delete cascade, primary key (order_id, tag_id));
insert into customers values (1, 'Priya <b>Raman</b>', 'priya@example.com', 'tok_9f8e7d', null),
  (2, 'Ilse', null, null, 'x');
insert into orders (id, number, customer_id, status, total) values
  (1, 'A-1', 1, 'paid', 481.85), (2, 'A-2', 2, 'paid', 79.42), (3, 'A-3', 2, 'pending', 12.5),
  (4, 'A-4', 2, 'paid', 1);
insert into items (order_id, name) values (1, 'Tent'), (1, 'Stove'), (2, 'Rope');
insert into tags values (1, 'gift'), (2, 'fragile');
insert into order_tags values (1, 1);
"""


@pytest.fixture
def nexus(tmp_path: Path) -> Iterator[Nexus]:
    with served(tmp_path, TABLES) as app:
        yield app


@pytest.fixture
def browser(nexus: Nexus) -> TestClient:
    return signed_in(nexus)


def save(browser: TestClient, path: str, **values: tuple[str, str]) -> str:
    """Change fields by the form: name=(was, now)."""
    data = {"_csrf": csrf(browser.get(f"{path}/edit").text)}
    for name, (was, now) in values.items():
        data |= {f"was.{name}": was, f"value.{name}": now}
    answer = browser.post(f"{path}/edit", data=data)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_a_record_shows_its_values_and_links_to_what_it_points_to(browser: TestClient) -> None:
    page = browser.get("/s/shop/orders/1").text
    assert "<h1" in page
    assert "A-1" in page
    assert re.search(r'href="?/s/shop/customers/1["\s>]', page)
    assert "Priya &lt;b&gt;Raman&lt;/b&gt;" in page
    assert "481.85" in page
    assert "class=nx-pill " in page


def test_a_secret_never_leaves_the_server(browser: TestClient) -> None:
    for path in ("", "/edit", "?tab=~history", "/delete"):
        assert "tok_9f8e7d" not in browser.get(f"/s/shop/customers/1{path}").text
    page = save(browser, "/s/shop/customers/1", note=("", "hello"))
    assert "tok_9f8e7d" not in page
    assert "tok_9f8e7d" not in browser.get("/s/shop/customers/1/~activity").text


def test_what_belongs_to_a_row_is_a_tab_with_its_own_count_search_sort_and_list(browser: TestClient) -> None:
    page = browser.get("/s/shop/orders/1", params={"tab": "items", "sort": "-name"}).text
    assert page.index("Tent") < page.index("Stove")
    assert "Rope" not in page
    assert 'href="/s/shop/items?filter=order_id%3A1"' in page
    assert 'href="/s/shop/items/new?set.order_id=1"' in page
    assert "Stove" not in browser.get("/s/shop/orders/1", params={"tab": "items", "search": "tent"}).text
    assert browser.get("/s/shop/orders/1/~count", params={"tab": "items"}).json()["text"] == "2"
    assert "Tent" in browser.get("/s/shop/orders/1/~related", params={"tab": "items"}).text


def test_rows_are_tied_and_untied_through_a_join_table(browser: TestClient) -> None:
    page = browser.get("/s/shop/orders/1", params={"tab": "tags"}).text
    assert "gift" in page
    form = {"_csrf": csrf(page), "relation": "tags", "key": "2"}
    assert "fragile" in browser.post("/s/shop/orders/1/~link", data=form).text
    page = browser.post("/s/shop/orders/1/~unlink", data=form | {"key": "1"}).text
    assert "gift" not in page
    assert browser.get("/s/shop/orders/1/~count", params={"tab": "tags"}).json()["text"] == "1"
    entry = re.search(r'name="entry" value="(\w+)"', page)
    assert entry is not None
    back = {"_csrf": csrf(page), "entry": entry[1], "back": "/s/shop/orders/1?tab=tags"}
    assert "gift" in browser.post("/s/shop/~undo", data=back).text


def test_the_next_and_the_previous_row_are_those_of_the_list_that_one_came_from(browser: TestClient) -> None:
    def go(key: int, way: str, state: str) -> str:
        answer = browser.get(f"/s/shop/orders/{key}/~go", params={"way": way, "list": state}, follow_redirects=False)
        return answer.headers["location"].partition("?")[0].rpartition("/")[2]

    assert go(1, "next", "sort=id") == "2"
    assert go(2, "next", "filter=status:paid&sort=id") == "4"
    assert go(4, "previous", "filter=status:paid&sort=id") == "2"
    assert go(3, "next", "sort=-total") == "4"
    assert go(2, "previous", "sort=-total") == "1"
    assert go(4, "next", "sort=-total") == "4"
    page = browser.get("/s/shop/orders/2", params={"list": "filter=status:paid&sort=-total&after=x"}).text
    assert 'href="/s/shop/orders?filter=status%3Apaid&amp;sort=-total"' in page


def test_a_row_opened_from_a_list_knows_that_list(browser: TestClient) -> None:
    page = browser.get("/s/shop/orders", params={"filter": "status:paid", "sort": "-total"}).text
    link = re.search(r'href="(orders/4\?list=[^"]*)"', page)
    assert link is not None
    record = browser.get(f"/s/shop/{link[1]}").text
    back = re.search(r'rel="prev" href="([^"]*)"', record)
    assert back is not None
    assert browser.get(back[1].replace("&amp;", "&")).url.path == "/s/shop/orders/2"


@pytest.mark.req("S003-CRUD-12")
def test_the_history_shows_each_change_and_one_can_be_taken_back(browser: TestClient) -> None:
    save(browser, "/s/shop/orders/2", status=("paid", "shipped"))
    save(browser, "/s/shop/orders/2", total=("79.42", "80.00"))
    page = browser.get("/s/shop/orders/2", params={"tab": "~history"}).text
    assert page.count('class="nx-timeline__item"') == 2
    assert page.index("79.42") < page.index("Shipped", page.index("nx-timeline"))
    first = re.findall(r"~revert\?entry=(\w+)", page)[-1]
    asked = browser.get("/s/shop/orders/2/~revert", params={"entry": first})
    assert "gets its values back" in asked.text
    form = {"_csrf": csrf(asked.text), "entry": first, "back": "/s/shop/orders/2?tab=~history"}
    page = browser.post("/s/shop/~undo", data=form).text
    assert "took something back" in page
    assert "Taken back." in page
    assert "Paid" in browser.get("/s/shop/orders/2").text
    assert "80.00" in browser.get("/s/shop/orders/2").text


def test_what_was_changed_since_is_listed_and_never_written_over(browser: TestClient) -> None:
    save(browser, "/s/shop/orders/2", number=("A-2", "B-2"))
    save(browser, "/s/shop/orders/2", number=("B-2", "C-2"))
    page = browser.get("/s/shop/orders/2", params={"tab": "~history"}).text
    first = re.findall(r"~revert\?entry=(\w+)", page)[-1]
    asked = browser.get("/s/shop/orders/2/~revert", params={"entry": first}).text
    assert "cannot be taken back as a whole" in asked
    assert "C-2" in asked
    assert ">Take it back<" not in asked
    refused = browser.post("/s/shop/~undo", data={"_csrf": csrf(asked), "entry": first})
    assert refused.status_code == 409
    assert "C-2" in browser.get("/s/shop/orders/2").text


def test_the_history_is_read_under_the_rights_of_today(nexus: Nexus, browser: TestClient) -> None:
    save(browser, "/s/shop/customers/1", email=("priya@example.com", "new@example.com"))
    save(browser, "/s/shop/customers/1", name=("Priya <b>Raman</b>", "Priya"))
    fields = {"email": "masked", "name": "hidden"}
    grants = tuple(
        Grant(source="shop", resource="customers", action=name, fields=fields)
        for name in ("row.list", "row.read", "row.history")
    )
    nexus.kernel.access.roles.save(Role(name="desk", grants=grants), by=Actor.system("test"))
    nexus.kernel.access.users.create("bo@example.com", password=PASSWORD, roles=("desk",), by=Actor.system("test"))
    page = signed_in(nexus, "bo@example.com").get("/s/shop/customers/1", params={"tab": "~history"}).text
    assert page.count('class="nx-timeline__item"') == 2
    assert "priya@" not in page
    assert "new@example.com" not in page
    assert "Raman" not in page
    assert "~revert" not in page


def test_older_happenings_are_on_the_next_page(browser: TestClient) -> None:
    for at in range(23):
        save(browser, "/s/shop/orders/3", number=(f"A-{at + 3}" if at == 0 else f"N-{at}", f"N-{at + 1}"))
    page = browser.get("/s/shop/orders/3", params={"tab": "~history"}).text
    assert page.count('class="nx-timeline__item"') == 20
    older = re.search(r'href="([^"]*before=[^"]*)"', page)
    assert older is not None
    assert browser.get(older[1].replace("&amp;", "&")).text.count('class="nx-timeline__item"') == 3


def test_deleting_says_what_goes_along_and_all_of_it_comes_back(browser: TestClient, tmp_path: Path) -> None:
    def counts() -> tuple[int, ...]:
        with sqlite3.connect(tmp_path / "shop.db") as connection:
            return tuple(
                connection.execute(f"select count(*) from {name}").fetchone()[0]
                for name in ("orders", "items", "order_tags")
            )

    before = counts()
    asked = browser.get("/s/shop/orders/1/delete").text
    assert "Deleted too" in asked
    assert 'href="/s/shop/orders/1?tab=items"' in asked
    assert '<td class="is-muted nx-only-wide">Items</td>' in asked  # the relation as people read it
    page = browser.post("/s/shop/orders/1/delete", data={"_csrf": csrf(asked)}).text
    assert "A-1 was deleted, with 3 rows that hung on it." in page
    assert counts() == (3, 1, 0)
    entry = re.search(r'name="entry" value="(\w+)"', page)
    assert entry is not None
    browser.post("/s/shop/~undo", data={"_csrf": csrf(page), "entry": entry[1], "back": "/s/shop/orders"})
    assert counts() == before


def test_undoing_a_new_row_leads_to_the_list(browser: TestClient) -> None:
    form = browser.get("/s/shop/tags/new").text
    page = browser.post("/s/shop/tags/new", data={"_csrf": csrf(form), "value.name": "big"}).text
    entry = re.search(r'name="entry" value="(\w+)"', page)
    assert entry is not None
    data = {"_csrf": csrf(page), "entry": entry[1], "back": "/s/shop/tags/3?made=1"}
    answer = browser.post("/s/shop/~undo", data=data, follow_redirects=False)
    assert answer.headers["location"] == "/s/shop/tags"


def test_a_reader_is_offered_nothing_that_writes(nexus: Nexus) -> None:
    system = Actor.system("test")
    nexus.kernel.access.users.create("vi@example.com", password=PASSWORD, roles=("viewer",), by=system)
    page = signed_in(nexus, "vi@example.com").get("/s/shop/orders/1").text
    for part in ("/edit", "/delete", "~field", "/new?from", "~link"):
        assert part not in page


def test_each_role_gets_its_own_lines_whoever_looked_before(nexus: Nexus, browser: TestClient) -> None:
    system = Actor.system("test")
    seen = {"reader": {"email": "read"}, "masked": {"name": "masked", "note": "hidden"}}
    for name, fields in seen.items():
        grants = [
            Grant(source="shop", resource="customers", action=action, fields=fields)
            for action in ("row.list", "row.read", "row.update")
        ]
        nexus.kernel.access.roles.save(Role(name=name, grants=tuple(grants)), by=system)
        nexus.kernel.access.users.create(f"{name}@example.com", password=PASSWORD, roles=(name,), by=system)
    people = {"owner": browser} | {name: signed_in(nexus, f"{name}@example.com") for name in seen}
    for _ in range(2):
        pages = {name: one.get("/s/shop/customers/2").text for name, one in people.items()}
        edits = {name: set(re.findall(r"~field\?name=(\w+)", page)) for name, page in pages.items()}
        assert edits["owner"] >= {"name", "email", "note"}
        assert edits["reader"] >= {"name", "note"}
        assert "email" not in edits["reader"]
        assert "name" not in edits["masked"]
        assert 'data-field="note"' in pages["reader"]
        assert 'data-field="note"' not in pages["masked"]
        assert "Ilse" not in pages["masked"]


def test_a_table_that_is_read_anew_is_shown_anew(nexus: Nexus, browser: TestClient) -> None:
    assert "<dt>Number</dt>" in browser.get("/s/shop/orders/1").text
    source = nexus.kernel.sources.get("shop")
    old = source.schema.resource("orders")
    fields = tuple(replace(one, title="<Code>") if one.name == "number" else one for one in old.fields)
    source.use(replace(source.schema, resources={**source.schema.resources, "orders": replace(old, fields=fields)}))
    page = browser.get("/s/shop/orders/1").text
    assert "<dt>&lt;Code&gt;</dt>" in page
    assert "Edit &lt;Code&gt;" in page


def test_a_kind_that_is_declared_anew_draws_anew(nexus: Nexus, browser: TestClient) -> None:
    assert "€" not in browser.get("/s/shop/orders/1").text
    kernel = nexus.kernel
    loud = replace(kernel.kind(kernel.sources.get("shop").schema.resource("orders").field("total").kind), html=_loud)
    kernel.declared = replace(kernel.declared, kinds={**kernel.declared.kinds, loud.name: loud})
    assert "<b>481.85!</b>" in browser.get("/s/shop/orders/1").text


def _loud(value: object, _field: object, _locale: object) -> str:
    return f"<b>{value}!</b>"


def test_a_row_whose_title_is_a_number_says_what_it_is_a_number_of(browser: TestClient) -> None:
    assert re.search(r"<h1[^>]*>Tent</h1>", browser.get("/s/shop/items/1").text)
    save(browser, "/s/shop/items/1", name=("Tent", "#1048"))
    assert re.search(r"<h1[^>]*>Item #1048</h1>", browser.get("/s/shop/items/1").text)
    assert re.search(r"<h1[^>]*>Item #1048</h1>", browser.get("/s/shop/items/1/~peek").text)
