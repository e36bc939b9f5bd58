"""The audit in the browser: what was done, by whom, with before and after; and the way back."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.audit import marks
from nexus_admin.audit.chain import Position
from nexus_admin.audit.query import AuditQuery
from nexus_admin.audit.verifier import Verifier
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.role import Grant, Role
from nexus_admin.domain.target import Target
from tests.web.world import PASSWORD, csrf, noted, served, signed_in, without_tokens

SYSTEM = Actor.system("test")


@pytest.fixture
def nexus(tmp_path: Path) -> Iterator[Nexus]:
    with served(tmp_path) as app:
        yield app


@pytest.fixture
def browser(nexus: Nexus) -> TestClient:
    return signed_in(nexus)


def change(browser: TestClient, key: str = "2", number: str = "B-2", was: str = "A-2") -> None:
    page = browser.get(f"/s/shop/orders/{key}/edit").text
    data = {"_csrf": csrf(page), "was.number": was, "value.number": number}
    assert browser.post(f"/s/shop/orders/{key}/edit", data=data).status_code == 200


def delete(browser: TestClient, key: str = "3") -> None:
    browser.post(f"/s/shop/orders/{key}/delete", data={"_csrf": csrf(browser.get(f"/s/shop/orders/{key}/delete").text)})


def last(nexus: Nexus, action: str) -> str:
    return nexus.kernel.ledger.find(AuditQuery(actions=(action,), limit=1)).entries[0].id


def numbers(tmp_path: Path) -> list[str]:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        return [one for (one,) in connection.execute("select number from orders order by id")]


def auditor(nexus: Nexus, *grants: Grant) -> TestClient:
    role = Role(name="auditor", grants=(Grant(source="nexus", action="audit.view"), *grants))
    nexus.kernel.access.roles.save(role, by=SYSTEM)
    nexus.kernel.access.users.create("eve@example.com", password=PASSWORD, roles=("auditor",), by=SYSTEM)
    return signed_in(nexus, "eve@example.com")


def test_changes_are_listed_and_reads_and_refusals_only_when_asked_for(browser: TestClient, nexus: Nexus) -> None:
    change(browser)
    browser.get("/s/shop/orders")
    noted(nexus, "row.list")
    page = browser.get("/audit").text
    assert "ada@example.com" in page
    assert ">Changed</span>" in page.replace("</svg>", ">")
    assert "Viewed" not in page
    everything = browser.get("/audit?show=all").text
    assert "Viewed" in everything
    assert "Signed in" in everything


def test_the_menu_leads_there_for_those_who_may_look(browser: TestClient, nexus: Nexus) -> None:
    assert 'href="/audit"' in browser.get("/").text
    nexus.kernel.access.users.create("bo@example.com", password=PASSWORD, roles=("editor",), by=SYSTEM)
    other = signed_in(nexus, "bo@example.com")
    assert 'href="/audit"' not in other.get("/").text
    assert other.get("/audit").status_code == 403


def test_an_entry_opens_in_its_place_and_on_a_page_of_its_own(browser: TestClient, nexus: Nexus) -> None:
    change(browser)
    entry = last(nexus, "row.update")
    for address in (f"/audit?open={entry}", f"/audit/{entry}"):
        page = browser.get(address).text
        assert "<del>A-2</del>" in page
        assert "<ins>B-2</ins>" in page
        assert "1 field changed" in page
        assert "Verified, not altered" in page
        assert "row.update" in page
    part = browser.get(f"/audit?open={entry}", headers={"X-Nexus-Fragment": f"e-{entry}"}).text
    assert part.count("<tbody") == 1
    assert "<ins>B-2</ins>" in part


def test_an_entry_is_taken_back_from_there_and_that_too(browser: TestClient, nexus: Nexus, tmp_path: Path) -> None:
    change(browser)
    entry = last(nexus, "row.update")
    asked = browser.get(f"/audit/{entry}/undo").text
    assert "gets its values back" in asked
    done = browser.post(f"/audit/{entry}/undo", data={"_csrf": csrf(asked)})
    assert numbers(tmp_path)[1] == "A-2"
    assert "Taken back: 1 row." in done.text
    by = last(nexus, "change.undo")
    assert f'href="/audit/{by}"' in done.text
    assert "It was taken back already." in browser.get(f"/audit/{entry}/undo").text
    form = {"_csrf": csrf(done.text), "entry": by, "back": f"/audit/{entry}"}
    again = browser.post("/s/shop/~undo", data=form)
    assert again.url.path == f"/audit/{entry}"
    assert numbers(tmp_path)[1] == "B-2"
    assert f'href="/audit/{entry}"' in browser.get(f"/audit/{by}").text


def test_what_was_changed_since_stands_in_the_way(browser: TestClient, nexus: Nexus, tmp_path: Path) -> None:
    change(browser)
    entry = last(nexus, "row.update")
    change(browser, number="C-2", was="B-2")
    asked = browser.get(f"/audit/{entry}/undo").text
    assert "It cannot be taken back as a whole." in asked
    assert "Take it back</button>" not in asked
    assert browser.post(f"/audit/{entry}/undo", data={"_csrf": csrf(asked)}).status_code == 409
    assert numbers(tmp_path)[1] == "C-2"


def test_a_deleted_row_has_a_history_and_is_restored_from_it(browser: TestClient, nexus: Nexus, tmp_path: Path) -> None:
    change(browser, "3", "B-3", "A-3")
    delete(browser)
    entry = last(nexus, "row.delete")
    page = browser.get(f"/audit/{entry}").text
    assert "Restore…" in page
    assert 'href="/s/shop/orders/3/~history"' in page
    history = browser.get("/s/shop/orders/3/~history").text
    assert "deleted this" in history
    assert "Restore…" in history
    assert "<ins>B-3</ins>" in history
    browser.post(f"/audit/{entry}/undo", data={"_csrf": csrf(browser.get(f"/audit/{entry}/undo").text)})
    assert numbers(tmp_path) == ["A-1", "A-2", "B-3"]
    assert browser.get("/s/shop/orders/3/~history").url.path == "/s/shop/orders/3"


def test_who_may_not_read_a_row_does_not_see_its_values(browser: TestClient, nexus: Nexus) -> None:
    change(browser, "1", "SECRET-1", "A-1")
    change(browser)
    delete(browser)
    rule = {"field": "customer.country", "op": "eq", "value": "NL"}
    grants = (
        Grant(source="shop", resource="orders", action=name, rows=rule, fields={"total": "hidden"})
        for name in ("row.list", "row.read")
    )
    eve = auditor(nexus, *grants)
    entries = [one.id for one in nexus.kernel.ledger.find(AuditQuery(actions=("row.*",), changing=True)).entries]
    pages = [eve.get(f"/audit/{one}").text for one in entries] + [
        eve.get("/audit").text,
        eve.get("/audit/~export").text,
    ]
    assert len(entries) == 3
    for page in pages:
        assert "SECRET-1" not in page
        assert "12.5" not in without_tokens(page)
    assert any("<ins>B-2</ins>" in page for page in pages)
    assert "What stood in it is not for your role." in "".join(pages)
    assert "Undo this change" not in "".join(pages)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("actor=nobody", False),
        ("resource=orders", True),
        ("resource=customers", False),
        ("source=shop&via=page&outcome=done&show=all", True),
        ("action=row.update&show=all", True),
        ("action=row.delete&show=all", False),
        ("text=B-2", True),
        ("text=nothing+like+it", False),
        ("since=2020-01-01&until=2020-01-31", False),
        ("since=2020-01-01", True),
        ("period=today", True),
        ("resource=orders&key=2&period=all", True),
        ("resource=orders&key=1&period=all", False),
    ],
)
def test_the_address_says_what_is_shown(browser: TestClient, nexus: Nexus, asked: str, found: bool) -> None:
    change(browser)
    page = browser.get(f"/audit?{asked}").text
    assert (f'id="e-{last(nexus, "row.update")}"' in page) is found
    if not found:
        assert 'class="nx-empty"' in page


def test_a_day_that_is_none_is_named(browser: TestClient) -> None:
    answer = browser.get("/audit?since=yesterday")
    assert answer.status_code == 400
    assert "is not a day" in answer.text


def test_facets_count_and_lead_on(browser: TestClient) -> None:
    change(browser)
    page = browser.get("/audit/~filter?text=").text
    link = re.search(r'href="([^"]*resource=orders[^"]*)"', page)
    assert link is not None
    listed = browser.get(link[1].replace("&amp;", "&")).text
    assert "nx-chip__value" in listed
    assert "orders" in listed


def test_a_bar_leads_to_its_part_of_the_time(browser: TestClient, nexus: Nexus) -> None:
    change(browser)
    page = browser.get("/audit").text
    bar = re.search(r'<a href="([^"]+)" aria-label="[^"]+: 1 entry">', page)
    assert bar is not None
    narrowed = browser.get(bar[1].replace("&amp;", "&")).text
    assert f'id="e-{last(nexus, "row.update")}"' in narrowed
    assert re.search(r'<a href="([^"]+T\d\d%3A00[^"]*)" aria-label="[^"]+: 1 entry">', narrowed)


def test_pages_go_on_by_a_cursor(browser: TestClient, nexus: Nexus) -> None:
    for at in range(26):
        change(browser, "2", f"B-{at}", f"B-{at - 1}" if at else "A-2")
        change(browser, "1", f"C-{at}", f"C-{at - 1}" if at else "A-1")
    first = browser.get("/audit").text
    assert first.count('<tbody id="e-') == 50
    older = re.search(r'href="([^"]+)"[^>]*rel="next"', first)
    assert older is not None
    rest = browser.get(older[1].replace("&amp;", "&")).text
    assert rest.count('<tbody id="e-') == 2
    assert "Newest" in rest


def test_names_that_want_to_be_markup_stay_text(browser: TestClient, nexus: Nexus) -> None:
    change(browser, number="<img src=x onerror=alert(1)>")
    for address in ("/audit", f"/audit/{last(nexus, 'row.update')}", "/audit?text=%3Cb%3E&actor=%3Cb%3E"):
        page = browser.get(address).text
        assert "<img src=x" not in page
        assert "<b>" not in page


def test_the_chain_is_verified_on_a_click_and_an_altered_entry_shows(
    browser: TestClient, nexus: Nexus, tmp_path: Path
) -> None:
    change(browser)
    entry = last(nexus, "row.update")
    page = browser.get("/audit").text
    assert "Not verified yet" in page
    sound = browser.post("/audit/~verify", data={"_csrf": csrf(page), "back": "/audit?show=all"})
    assert "Verified to" in sound.text
    assert sound.url.query == b"show=all"
    with sqlite3.connect(tmp_path / "nexus.db") as state:
        state.execute("update audit_entry set actor_name = 'Mallory' where id = ?", (entry,))
    broken = browser.post("/audit/~verify", data={"_csrf": csrf(page)})
    assert "The audit is not as Nexus wrote it." in broken.text
    assert f'href="/audit/{entry}"' in broken.text
    assert "Not as it was written" in browser.get(f"/audit/{entry}").text


def test_a_check_that_takes_long_shows_how_far_it_is_with_and_without_scripts(
    browser: TestClient, nexus: Nexus, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(browser)
    slow = Verifier.ask

    def ask(verifier: Verifier, *, full: bool, patience: float = 0) -> None:
        mark = marks.Mark("full" if full else "verified", Position(3), 0, 8)
        marks.keep(verifier._state, mark)

    monkeypatch.setattr(Verifier, "ask", ask)
    page = browser.get("/audit").text
    running = browser.post("/audit/~verify", data={"_csrf": csrf(page), "full": "true"}).text
    assert '<progress class="nx-progress" value="3" max="8"' in running
    assert "3 of 8 entries" in running
    assert "Load again" in running
    alone = browser.get("/audit", headers={"X-Nexus-Fragment": "nx-chain"}).text
    assert 'x-data="waiting"' in alone
    assert "nx-gridwrap" not in alone
    monkeypatch.setattr(Verifier, "ask", slow)
    done = browser.post("/audit/~verify", data={"_csrf": csrf(page), "full": "true"}).text
    assert "Verified to" in done
    assert "<progress" not in done


def test_the_export_has_what_the_list_shows(browser: TestClient, nexus: Nexus) -> None:
    change(browser)
    answer = browser.get("/audit/~export?resource=orders")
    assert answer.headers["content-disposition"].startswith('attachment; filename="audit-')
    entries = [json.loads(one) for one in answer.text.splitlines()]
    assert [one["id"] for one in entries] == [last(nexus, "row.update")]
    assert entries[0]["changes"][0]["after"]["number"] == "B-2"
    assert last(nexus, "audit.export")


def test_what_was_done_to_roles_is_shown_and_taken_back(browser: TestClient, nexus: Nexus) -> None:
    actor = nexus.kernel.access.actor_of_session(browser.cookies["nx_session"])
    assert actor is not None
    data = {"role": Role(name="clerk", title="Clerk").model_dump()}
    nexus.kernel.perform(Call("access.role.save", Target("nexus", "roles", "clerk"), data, actor))
    entry = last(nexus, "access.role.save")
    shown = browser.get(f"/audit/{entry}").text
    assert "Access" in shown
    assert "clerk" in shown.lower()
    asked = browser.get(f"/audit/{entry}/undo").text
    assert "goes away again" in asked
    done = browser.post(f"/audit/{entry}/undo", data={"_csrf": csrf(asked)})
    assert "Taken back: 1 thing." in done.text
    assert "clerk" not in nexus.kernel.access.roles.book().roles


def test_an_entry_that_is_not_there_is_not_found(browser: TestClient) -> None:
    assert browser.get("/audit/none").status_code == 404
    assert browser.get("/audit/none/undo").status_code == 404


def test_the_page_of_an_account_leads_to_what_they_did(browser: TestClient, nexus: Nexus) -> None:
    change(browser)
    ada = nexus.kernel.access.users.by_email("ada@example.com")
    assert ada is not None
    link = re.search(r'href="(/audit[?][^"]+)"', browser.get(f"/access/users/{ada.id}").text)
    assert link is not None
    assert f'id="e-{last(nexus, "row.update")}"' in browser.get(link[1].replace("&amp;", "&")).text


def act(nexus: Nexus, action: str, of: str = "", **data: object) -> None:
    target = Target("nexus", "sources", of) if of else Target("nexus")
    nexus.kernel.perform(Call(action, target, data, SYSTEM))


def test_a_setting_is_taken_back_from_its_entry_with_what_will_happen_shown_first(
    browser: TestClient, nexus: Nexus
) -> None:
    act(nexus, "settings.change", key="project.name", value="One")
    act(nexus, "settings.change", key="project.name", value="Two")
    entry = last(nexus, "settings.change")
    assert "Undo this change" in browser.get(f"/audit/{entry}").text
    asked = browser.get(f"/audit/{entry}/undo").text
    assert re.search(r"Two</del>.*One</ins>", asked, re.DOTALL)
    done = browser.post(f"/audit/{entry}/undo", data={"_csrf": csrf(asked)})
    assert "Taken back: 1 thing." in done.text
    assert nexus.kernel.settings["project.name"] == "One"
    again = re.search(r'action="/s/nexus/~undo".*?name="entry" value="(\w+)"', done.text, re.DOTALL)
    assert again is not None
    browser.post("/s/nexus/~undo", data={"_csrf": csrf(done.text), "entry": again[1], "back": f"/audit/{entry}"})
    assert nexus.kernel.settings["project.name"] == "Two"


def test_what_stands_in_the_way_of_taking_a_setting_back_is_shown(browser: TestClient, nexus: Nexus) -> None:
    act(nexus, "settings.change", key="project.name", value="One")
    entry = last(nexus, "settings.change")
    act(nexus, "settings.change", key="project.name", value="Two")
    asked = browser.get(f"/audit/{entry}/undo").text
    assert "cannot be taken back as a whole" in asked
    assert "It was changed since it was made." in asked
    assert "Take it back</button>" not in asked
    assert browser.post(f"/audit/{entry}/undo", data={"_csrf": csrf(asked)}).status_code == 409


def test_a_deleted_dashboard_comes_back_by_the_message_that_tells_of_it(browser: TestClient, nexus: Nexus) -> None:
    act(nexus, "dashboard.save", dashboard={"name": "sales", "title": "Sales", "source": "shop"})
    gone = browser.post("/dashboards/sales/~delete", data={"_csrf": csrf(browser.get("/dashboards/sales").text)}).text
    assert "Deleted Sales." in gone
    entry = re.search(r'action="/s/nexus/~undo".*?name="entry" value="(\w+)"', gone, re.DOTALL)
    assert entry is not None
    back = browser.post("/s/nexus/~undo", data={"_csrf": csrf(gone), "entry": entry[1], "back": "/dashboards"})
    assert "Taken back." in back.text
    assert browser.get("/dashboards/sales").status_code == 200


def test_what_is_empty_and_lists_of_names_read_as_words(browser: TestClient, nexus: Nexus) -> None:
    def invited(email: str, *roles: str) -> str:
        form = {"_csrf": csrf(browser.get("/access/users").text), "email": email, "roles": list(roles)}
        assert browser.post("/access/users", data=form).status_code == 200
        return browser.get(f"/audit/{last(nexus, 'access.user.invite')}").text

    page = invited("none@example.com")
    assert "<ins>[]</ins>" not in page
    assert "<ins>{}</ins>" not in page
    assert "<ins>editor, viewer</ins>" in invited("two@example.com", "viewer", "editor") + invited(
        "too@example.com", "editor", "viewer"
    )
    bo = nexus.kernel.access.users.create("bo@example.com", roles=("viewer",), by=SYSTEM)
    token = csrf(browser.get(f"/access/users/{bo.id}").text)
    browser.post(f"/access/users/{bo.id}", data={"_csrf": token, "do": "roles", "roles": "editor"})
    assert ">Roles</td>" in re.sub(r"\s*<[^t/][^>]*>", "", browser.get("/audit").text)


def test_roles_that_a_file_brought_are_named_in_its_line(browser: TestClient, nexus: Nexus) -> None:
    head, mark, tail = nexus.kernel.perform(Call("access.export", Target("nexus"), {}, SYSTEM)).partition("[members]")
    more = "".join(f'[[roles]]\nname = "{one}"\ntitle = "{one.title()}, here"\n' for one in ("packer", "seller"))
    nexus.kernel.perform(Call("access.apply", Target("nexus"), {"text": f"{head}{more}{mark}{tail}"}, SYSTEM))
    assert "2 roles: Packer, here · Seller, here" in browser.get("/audit").text


def test_the_home_page_says_up_to_where_the_audit_is_whole(browser: TestClient, nexus: Nexus) -> None:
    nexus.kernel.perform(Call("audit.verify", Target("nexus"), {}, SYSTEM))
    assert re.search(r"Verified up to #\d", browser.get("/").text)
    nexus.kernel.access.users.create("vi@example.com", password=PASSWORD, roles=("viewer",), by=SYSTEM)
    assert "Verified up to" not in signed_in(nexus, "vi@example.com").get("/").text
