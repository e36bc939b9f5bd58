"""Values of rows and columns that somebody may not see do not come back by undo, by messages, or by the audit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nexus_admin import Nexus
from nexus_admin.domain.role import Grant
from tests.security.world import ON_ROWS, Browser, add_role, add_user, guarded

SECRETS = ("GERMAN-NICK", "SECOND-NICK", "Hans", "S-1-FR", "NEW-SSN", "S-2-DE")


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Nexus]:
    with guarded(tmp_path) as nexus:
        yield nexus


@pytest.fixture
def ada(app: Nexus) -> Browser:
    return Browser(app, "ada@example.com")


@pytest.fixture
def bo(app: Nexus) -> Browser:
    return Browser(app, "bo@example.com")


def changed(browser: Browser, key: int, **values: str) -> str:
    return browser.api("PATCH", f"/shop/customers/{key}", values).headers["nexus-entry"]


def told(browser: Browser, entry: str) -> str:
    pages = [
        browser.api("GET", f"/audit/{entry}/undo"),
        browser.get("/s/shop/customers/1/~revert", entry=entry),
        browser.api("POST", f"/audit/{entry}/undo"),
    ]
    return "".join(one.text for one in pages)


def test_a_plan_to_undo_shows_no_row_outside_of_the_rule(ada: Browser, bo: Browser) -> None:
    entry = changed(ada, 2, nick="SECOND-NICK")
    assert not [one for one in SECRETS if one in told(bo, entry)]
    assert ada.api("GET", "/shop/customers/2").json()["nick"] == "SECOND-NICK"


def test_a_plan_that_cannot_be_done_names_and_shows_no_row_outside_of_the_rule(ada: Browser, bo: Browser) -> None:
    entry = changed(ada, 2, nick="SECOND-NICK")
    changed(ada, 2, nick="GERMAN-NICK 3")
    answer = bo.api("POST", f"/audit/{entry}/undo")
    assert answer.status_code == 409
    assert "rows that you may not see" in answer.text
    assert "customers 2" not in answer.text
    assert not [one for one in SECRETS if one in told(bo, entry)]


def test_a_plan_shows_no_hidden_column_of_a_row_that_may_be_seen(ada: Browser, bo: Browser) -> None:
    entry = changed(ada, 1, ssn="NEW-SSN", nick="visible nick")
    text = told(bo, entry)
    assert "visible nick" in text
    assert not [one for one in SECRETS if one in text]


def test_what_somebody_deleted_themselves_is_shown_to_them_before_it_comes_back(bo: Browser) -> None:
    entry = bo.api("DELETE", "/shop/orders/1").headers["nexus-entry"]
    (step,) = bo.api("GET", f"/audit/{entry}/undo").json()["steps"]
    assert (step["title"], step["values"]["number"]) == ("A-1", "A-1")
    assert bo.api("POST", f"/audit/{entry}/undo").status_code == 200


def test_a_message_does_not_call_a_row_by_a_column_that_is_hidden(app: Nexus) -> None:
    grants = [Grant(source="shop", resource="customers", action=name, fields={"name": "hidden"}) for name in ON_ROWS]
    add_role(app, "nameless", *grants)
    add_user(app, "nia@example.com", "nameless")
    nia = Browser(app, "nia@example.com")
    answer = nia.post("/s/shop/customers/3/edit", **{"value.nick": "b2", "was.nick": "br"})
    page = nia.get(answer.headers["location"]).text
    assert "3 was saved." in page
    assert "Bruno" not in page


def test_the_audit_does_not_say_whom_one_may_not_know_was_given_what(app: Nexus, ada: Browser) -> None:
    add_role(app, "auditor", Grant(source="nexus", action="audit.view"))
    add_user(app, "iris@example.com", "auditor")
    ada.post("/access/users", email="quiet@example.com", roles="editor")
    told = Browser(app, "iris@example.com").api("GET", "/audit?action=access.*")
    assert [one["action"] for one in told.json()["entries"]] == ["access.user.invite"]
    assert "quiet@example.com" not in told.text
    assert "quiet@example.com" in ada.api("GET", "/audit?action=access.*").text


def test_looking_for_words_in_the_audit_finds_nothing_that_is_hidden(app: Nexus, ada: Browser) -> None:
    add_role(app, "watcher", Grant(source="nexus", action="audit.view"), Grant(source="shop", action="row.list"))
    add_user(app, "wes@example.com", "watcher", "french")
    add_role(app, "dim", Grant(source="nexus", action="audit.view"))
    add_user(app, "dan@example.com", "dim", "french")
    for n in range(3):
        changed(ada, 2, nick=f"HIDDEN-WORD {n}")
        changed(ada, 1, nick=f"seen word {n}")
    dan = Browser(app, "dan@example.com")
    for page in ("/audit?text={}&limit=1", "/audit?text={}", "/audit?text={}&outermost=1&limit=2&facets=1"):
        there, nowhere = (dan.api("GET", page.format(word)).json() for word in ("HIDDEN-WORD", "NOWHERE-WORD"))
        there["links"] = nowhere["links"] = None  # they repeat the question
        assert there == nowhere


def test_looking_for_words_in_the_audit_goes_through_all_of_it(app: Nexus, ada: Browser) -> None:
    add_role(app, "dim", Grant(source="nexus", action="audit.view"))
    add_user(app, "dan@example.com", "dim", "french")
    for n in range(5):
        changed(ada, 1, nick=f"nick {n}")
        changed(ada, 2, nick=f"other {n}")
    dan, found, after = Browser(app, "dan@example.com"), [], ""
    while after is not None:
        page = dan.api("GET", f"/audit?text=row.update&limit=3{after and '&after=' + after}").json()
        found += [one["id"] for one in page["entries"]]
        after = page["next"]
    assert len(found) == len(set(found)) == 10
