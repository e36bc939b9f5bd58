"""The pages of who may do what, as a browser without scripts uses them: every step is a form."""

from __future__ import annotations

import html
import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.role import Grant, Role
from nexus_admin.kernel.options import Options
from tests.web.world import without_tokens

PASSWORD = "a long password 1"
TABLES = """
create table customers (id integer primary key, name text not null, country text, email text);
create table orders (id integer primary key, number text not null, total integer,
  customer_id integer not null references customers);
create table "odd/ta:ble <b>" (id integer primary key, name text);
create table "st*r" (id integer primary key);
insert into customers values (1, 'Priya', 'IN', 'priya@example.com'), (2, 'Ilse', 'NL', 'ilse@example.com'),
  (3, 'Jan', 'NL', 'jan@example.com');
insert into orders values (1, 'A-1', 481, 1), (2, 'A-2', 79, 2), (3, 'A-3', 12, 3);
"""
SYSTEM = Actor.system("test")


@pytest.fixture
def nexus(tmp_path: Path) -> Iterator[Nexus]:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.executescript(TABLES)
    urls = (("shop", str(tmp_path / "shop.db")),)
    app = Nexus(options=Options(urls=urls, state=str(tmp_path / "nexus.db"), allow_writes=True, environ={}))
    app.start()
    app.kernel.access.users.create("ana@example.com", password=PASSWORD, roles=("owner",), by=SYSTEM)
    yield app
    app.kernel.stop()


class Reader:
    """Somebody with a browser without scripts."""

    def __init__(self, nexus: Nexus, email: str) -> None:
        self.client = TestClient(nexus, base_url="http://testserver")
        self.client.post("/sign-in", data={"email": email, "password": PASSWORD})
        self.page, self.status = "", 0

    def open(self, path: str, **query: str) -> str:
        answer = self.client.get(path, params=query)
        self.page, self.status = answer.text, answer.status_code
        return self.page

    def send(self, path: str, **fields: str | list[str]) -> str:
        answer = self.client.post(path, data={**self.hidden(), **fields})
        self.page, self.status = answer.text, answer.status_code
        return self.page

    def hidden(self) -> dict[str, str]:
        """The hidden fields of the editor, or only the token where the page has none."""
        form = self.page.partition('id="role-editor"')[2] or self.page
        found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
        names = ("_csrf", "draft", "base", "open", "pane", "as", "words")
        return {name: html.unescape(value) for name, value in reversed(found) if name in names}

    def draft(self) -> dict[str, object]:
        found = json.loads(self.hidden()["draft"])
        assert isinstance(found, dict)
        return found


@pytest.fixture
def ana(nexus: Nexus) -> Reader:
    return Reader(nexus, "ana@example.com")


def begin(ana: Reader, name: str = "reader-nl", title: str = "Reader NL") -> None:
    ana.open("/access/roles/~new")
    ana.send("/access/roles/~new", name=name, title=title)


def click(ana: Reader, do: str, **fields: str | list[str]) -> str:
    name = ana.draft()["name"]
    return ana.send(f"/access/roles/{name}", do=do, **fields)


def test_a_role_made_by_clicks_holds_on_list_record_picker_and_count(ana: Reader, nexus: Nexus) -> None:
    begin(ana)
    assert "not saved yet" in ana.page
    click(ana, "cell:see:shop/orders")
    click(ana, "cell:see:shop/customers")
    click(ana, "open:shop/orders")
    click(ana, "show", **{"rule": "customer.country:NL", "default": "write", "field.total": "hidden"})
    assert re.search(r"Sees <strong[^>]*>2</strong> of <span[^>]*>3</span>", ana.page)
    assert "Hidden: Total" in ana.page
    assert re.search(r"nx-access__sample.*<a href=/s/shop/customers/2>Ilse</a>", ana.page), "not its number"
    click(ana, "open:shop/customers", **{"rule": "customer.country:NL", "default": "write", "field.total": "hidden"})
    click(ana, "show", **{"rule": "country:NL", "default": "write", "field.email": "masked"})
    assert "ilse@example.com" not in ana.page
    review = click(ana, "review")
    assert "The role &#39;Reader NL&#39; is new." in review
    assert "reader-nl" not in nexus.kernel.access.roles.book().roles
    saved = click(ana, "save")
    assert "is saved and in force" in saved
    nexus.kernel.access.users.create("bo@example.com", password=PASSWORD, roles=("reader-nl",), by=SYSTEM)
    bo = Reader(nexus, "bo@example.com")
    page = bo.open("/s/shop/orders")
    assert "A-2" in page
    assert "A-1" not in without_tokens(page)
    assert ">79<" not in page
    assert bo.client.get("/s/shop/orders/~count").json()["text"] == "2 rows"
    assert bo.client.get("/s/shop/orders/1").status_code == 404
    picked = bo.client.get("/s/shop/customers/~pick", params={"q": ""}).json()["options"]
    assert {one["label"] for one in picked} == {"Ilse", "Jan"}
    assert "ilse@example.com" not in bo.open("/s/shop/customers/2")
    assert bo.client.get("/s/shop/orders", params={"filter": "total:>1"}).status_code == 400


def test_a_rule_that_cannot_be_read_is_named_and_nothing_is_lost(ana: Reader) -> None:
    begin(ana)
    click(ana, "cell:see:shop/orders")
    click(ana, "open:shop/orders")
    click(ana, "review", rule="customer.contry:NL", default="write")
    assert "Did you mean &#39;country&#39;?" in ana.page
    assert 'value="customer.contry:NL"' in ana.page
    assert "Save, in force at once" not in ana.page
    assert [one["rows"] for one in ana.draft()["grants"]] == [None] * 4  # type: ignore[attr-defined]


def test_a_cell_goes_round_and_a_denial_shows_as_one(ana: Reader) -> None:
    begin(ana)
    for state in ("allow", "block", "deny"):
        click(ana, "cell:delete:shop/orders")
        assert re.search(rf'value="cell:delete:shop/orders" data-v="{state}"', ana.page)


def test_whole_rows_and_columns_are_given_and_taken(ana: Reader) -> None:
    begin(ana)
    click(ana, "column:see:shop")
    assert len(re.findall(r'value="cell:see:shop/[^*][^"]*" data-v="allow"', ana.page)) == 3
    click(ana, "column:see:shop")
    assert ana.draft()["grants"] == []
    click(ana, "row:shop/orders")
    assert re.search(r'value="cell:export:shop/orders" data-v="allow"', ana.page)


def test_what_is_inherited_says_where_it_comes_from(ana: Reader) -> None:
    begin(ana)
    click(ana, "show", pane="role", title="Reader", description="", inherits=["viewer"])
    assert 'title="allowed, from Viewer"' in ana.page


def test_what_is_inherited_is_chosen_by_clicks_and_holds_for_whoever_is_given_the_role(
    ana: Reader, nexus: Nexus
) -> None:
    begin(ana)
    click(ana, "review", pane="role", title="Reader", description="", inherits=["viewer"])
    assert "is saved and in force" in click(ana, "save")
    nexus.kernel.access.users.create("bo@example.com", password=PASSWORD, roles=(), by=SYSTEM)
    bo = Reader(nexus, "bo@example.com")
    assert bo.client.get("/s/shop/orders").status_code in (403, 404)
    user = nexus.kernel.access.users.by_email("bo@example.com")
    assert user is not None
    page = ana.open(f"/access/users/{user.id}")
    assert 'value="reader-nl"' in page
    said = ana.send(f"/access/users/{user.id}", do="roles", roles=["reader-nl"])
    assert "is Reader now." in said
    assert ana.status == 200
    assert "A-1" in bo.open("/s/shop/orders")
    assert bo.client.get("/s/shop/orders/new").status_code in (403, 404)


def test_what_the_matrix_cannot_draw_stays_as_it_is(ana: Reader, nexus: Nexus) -> None:
    odd = (
        Grant(source="sh*", action="row.list", rows={"field": "id", "op": "eq", "value": 1}),
        Grant(source="shop", resource="orders", action="row.list", effect="deny", fields={"total": "hidden"}),
        Grant(source="shop", resource="orders", action="row.*", fields={"number": "masked"}),
    )
    nexus.kernel.access.roles.save(Role(name="odd", grants=odd), by=SYSTEM)
    ana.open("/access/roles/odd")
    assert "2 rules of this role are not drawn here" in ana.page
    click(ana, "cell:delete:shop/orders")
    click(ana, "review")
    click(ana, "save")
    grants = nexus.kernel.access.roles.get("odd").grants
    assert odd[0] in grants
    assert odd[1] in grants
    assert {one.action for one in grants if one.fields == {"number": "masked"}} >= {"row.list", "row.update"}


def test_saving_says_who_loses_and_a_role_changed_by_another_is_not_overwritten(ana: Reader, nexus: Nexus) -> None:
    grant = Grant(source="shop", resource="orders", action="row.list")
    nexus.kernel.access.roles.save(Role(name="x", grants=(grant,)), by=SYSTEM)
    nexus.kernel.access.users.create("bo@example.com", password=PASSWORD, roles=("x",), by=SYSTEM)
    ana.open("/access/roles/x")
    click(ana, "cell:see:shop/orders")  # from some of the four to all of them
    for _ in range(2):
        click(ana, "cell:see:shop/orders")
    review = click(ana, "review")
    assert "bo@example.com" in review
    assert "loses" in review
    nexus.kernel.access.roles.save(Role(name="x", title="Other", grants=(grant,)), by=SYSTEM)
    click(ana, "save")
    assert ana.status == 409
    assert "changed by somebody else" in ana.page
    assert nexus.kernel.access.roles.get("x").grants == (grant,)


def test_a_saved_role_is_taken_back_by_the_button_of_the_message(ana: Reader, nexus: Nexus) -> None:
    begin(ana, "x", "X")
    click(ana, "cell:see:shop/orders")
    click(ana, "save")
    entry = re.search(r'name="entry" value="([^"]+)"', ana.page)
    assert entry is not None
    assert 'action="/s/nexus/~undo"' in ana.page
    ana.send("/s/nexus/~undo", entry=entry[1])
    assert "x" not in nexus.kernel.access.roles.book().roles


def test_an_invited_person_chooses_a_password_once(ana: Reader, nexus: Nexus) -> None:
    ana.open("/access/users")
    ana.send("/access/users", email="cy@example.com", name="<b>Cy</b>", roles=["viewer"])
    link = re.search(r'value="http://testserver(/join/[^"]+)"', ana.page)
    assert link is not None
    stranger = TestClient(nexus, base_url="http://testserver")
    assert "cy@example.com" in stranger.get(link[1]).text
    assert stranger.post(link[1], data={"password": "short"}).status_code == 422
    page = stranger.post(link[1], data={"password": PASSWORD})
    assert (page.status_code, page.url.path, page.url.query) == (200, "/sign-in", b"")
    assert "Your password is set. Sign in." in page.text
    assert 'name="email" value="cy@example.com"' in page.text
    bare = stranger.get("/sign-in").text
    assert "Your password is set" not in bare
    assert "cy@example.com" not in bare
    assert stranger.get(link[1]).status_code == 404
    assert stranger.post(link[1], data={"password": "another password"}).status_code == 404
    cy = Reader(nexus, "cy@example.com")
    assert "A-1" in cy.open("/s/shop/orders")
    assert "<b>Cy</b>" not in ana.open("/access/users")


def test_an_account_is_changed_shut_out_and_let_in(ana: Reader, nexus: Nexus) -> None:
    user = nexus.kernel.access.users.create("bo@example.com", password=PASSWORD, roles=("viewer",), by=SYSTEM)
    bo, page = Reader(nexus, "bo@example.com"), f"/access/users/{user.id}"
    ana.open(page)
    assert "Sessions" in ana.page
    ana.send(page, do="roles", roles=["editor", "viewer"])
    ana.send(page, do="profile", name="Bo", email="bo@example.com", attributes="region = north\nlevel = 3\n")
    found = nexus.kernel.access.users.get(user.id)
    assert (set(found.roles), found.attributes) == ({"editor", "viewer"}, {"region": "north", "level": 3})
    assert "not written as name = value" in ana.send(page, do="profile", name="Bo", attributes="region")
    ana.open(page)
    ana.send(page, do="disable")
    assert bo.client.get("/s/shop/orders", follow_redirects=False).status_code == 303
    ana.send(page, do="enable")
    assert nexus.kernel.access.users.get(user.id).active
    assert "Nothing was deleted" in ana.send(page, do="delete", confirm="no")
    ana.open(page)
    ana.send(page, do="delete", confirm="bo@example.com")
    assert nexus.kernel.access.users.by_email("bo@example.com") is None


def test_why_is_answered_for_a_row_in_one_form(ana: Reader) -> None:
    begin(ana)
    click(ana, "cell:see:shop/orders")
    click(ana, "open:shop/orders")
    click(ana, "show", rule="customer.country:NL", default="write")
    click(ana, "save")
    asked = {"action": "row.list", "source": "shop", "resource": "orders", "holds": "reader-nl"}
    assert "<strong>No.</strong> This row is not among those" in ana.open("/access/why", **asked, key="1")
    assert "<strong>Yes.</strong>" in ana.open("/access/why", **asked, key="2")
    assert "Did you mean" in ana.open("/access/why", **{**asked, "action": "row.lst"})
    assert ana.status == 200


def test_the_file_is_planned_before_it_is_applied(ana: Reader, nexus: Nexus) -> None:
    nexus.kernel.access.users.create("bo@example.com", password=PASSWORD, roles=("viewer",), by=SYSTEM)
    text = ana.open("/access/file").partition('name="text" spellcheck="false">')[2].partition("</textarea>")[0]
    text = html.unescape(text).replace('"bo@example.com" = ["viewer"]', '"bo@example.com" = ["admin"]')
    assert "becomes Admin" in ana.send("/access/file", text=text, do="plan")
    assert "most likely not meant so" not in ana.page
    slip = text.replace(
        "[members]", '[[roles]]\nname = "seller"\ngrants = [{ source = "shp", action = "row.list" }]\n[members]'
    )
    assert "There is no source called &#39;shp&#39; here. Did you mean &#39;shop&#39;?" in ana.send(
        "/access/file", text=slip, do="plan"
    )
    assert nexus.kernel.access.users.by_email("bo@example.com").roles == ("viewer",)  # type: ignore[union-attr]
    ana.send("/access/file", text=text, do="apply")
    assert nexus.kernel.access.users.by_email("bo@example.com").roles == ("admin",)  # type: ignore[union-attr]


@pytest.mark.parametrize("role", ["admin", "editor", "viewer"])
def test_whoever_is_no_owner_finds_none_of_it(ana: Reader, nexus: Nexus, role: str) -> None:
    user = nexus.kernel.access.users.create("bo@example.com", password=PASSWORD, roles=(role,), by=SYSTEM)
    bo = Reader(nexus, "bo@example.com")
    assert 'href="/access"' not in bo.open("/")
    token = {"_csrf": re.search(r'name="_csrf" value="([^"]+)"', bo.page)[1]}  # type: ignore[index]
    for path in ("", "/users", "/sessions", "/tokens", "/why", "/file", "/roles/viewer", f"/users/{user.id}"):
        assert bo.client.get(f"/access{path}").status_code in (403, 404), path
    draft = json.dumps({"name": role, "grants": [{"action": "*"}, {"action": "access.*"}]})
    for path, data in (
        (f"/access/roles/{role}", {"do": "save", "draft": draft, "base": ""}),
        (f"/access/users/{user.id}", {"do": "roles", "roles": "owner"}),
        ("/access/users", {"email": "x@example.com", "roles": "owner"}),
        ("/access/file", {"do": "apply", "text": "version = 1"}),
        (f"/access/roles/{role}/delete", {}),
    ):
        assert bo.client.post(path, data={**token, **data}).status_code in (403, 404), path
    assert nexus.kernel.access.users.get(user.id).roles == (role,)


@pytest.mark.parametrize(
    "do", ["cell:see", "cell:nope:shop/orders", "row:shop/no table", "column:see:none", "x", "cell:::"]
)
def test_a_form_that_was_tampered_with_is_answered_by_a_sentence(ana: Reader, do: str) -> None:
    begin(ana)
    click(ana, do)
    assert ana.status in (200, 400, 404)
    assert "did not come along" in ana.send("/access/roles/x", do="show", draft="[]")


def test_a_table_with_a_hostile_name_has_cells_like_any_other(ana: Reader) -> None:
    begin(ana)
    key = re.search(r'value="cell:see:(shop/odd[^"]+)"', ana.page)
    assert key is not None
    click(ana, f"cell:see:{key[1]}")
    click(ana, f"open:{key[1]}")
    assert "Sees <strong" in ana.page
    assert "ble <b>" not in ana.page
    grants = ana.draft()["grants"]
    assert isinstance(grants, list)
    assert {one["resource"] for one in grants} == {"odd/ta:ble <b>"}


def test_a_table_whose_name_is_a_pattern_gives_no_other_table_by_a_click(ana: Reader) -> None:
    begin(ana)
    key = re.search(r'value="(cell:see:shop/st[^"]+)" data-v="deny"[^>]* disabled', ana.page)
    assert key is not None
    assert "means several tables" in click(ana, key[1])
    assert ana.draft()["grants"] == []
