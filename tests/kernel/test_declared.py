"""What is declared at start-up is checked then: names, addresses, widgets, tables; and hooks stand inside the work."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from nexus_admin.domain.errors import Refused
from nexus_admin.domain.target import Target
from nexus_admin.web.api.doors import DOORS as API_DOORS
from nexus_admin.web.pages.doors import DOORS
from tests.kernel.world import kernel_of, perform, plugin

NOTES = Target("shop", "notes")
SDK = "from nexus_admin.sdk import *\n"


@pytest.fixture
def shop(tmp_path: Path) -> tuple[tuple[str, str], ...]:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("create table notes (id integer primary key, text varchar(20))")
        connection.execute("insert into notes values (1, 'first')")
    return (("shop", str(tmp_path / "shop.db")),)


def texts(folder: Path) -> list[str]:
    with sqlite3.connect(folder / "shop.db") as connection:
        return [text for (text,) in connection.execute("select text from notes order by id")]


# ── addresses ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("S003-ARCH-03")
def test_an_address_that_is_taken_is_named_at_the_start_with_its_owner(tmp_path: Path) -> None:
    page = 'Page("a", "A", "{name}.view", lambda request: PageAnswer("a.html"))'
    for name, count in (("twice", 2), ("once", 1)):
        pages = ", ".join([page.format(name=name)] * count)
        plugin(tmp_path, name, f"{SDK}@hookimpl\ndef nexus_pages():\n    return [{pages}]\n")
    kernel = kernel_of(tmp_path)
    status = kernel.hooks.statuses["plugins/twice"]
    assert status.state == "failed"
    assert "Two pages are called '/x/twice/a'" in status.error
    assert kernel.hooks.statuses["plugins/once"].state == "started"
    assert kernel.declared.pages["once", "a"].permission == "once.view"
    kernel.stop()


@pytest.mark.req("S003-ARCH-03")
def test_no_two_doors_of_the_house_stand_at_one_address() -> None:
    seen = [(method, door.path) for door in (*API_DOORS, *DOORS) for method in door.methods]
    assert sorted(seen) == sorted(set(seen))


# ── names ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("S003-SEC-09")
def test_a_page_cannot_ask_for_a_permission_that_is_not_its_own(tmp_path: Path) -> None:
    page = 'Page("", "A", "audit.view", lambda request: PageAnswer("a.html"))'
    plugin(tmp_path, "sly", f"{SDK}@hookimpl\ndef nexus_pages():\n    return [{page}]\n")
    kernel = kernel_of(tmp_path)
    assert kernel.hooks.statuses["plugins/sly"].state == "failed"
    assert "must begin with `sly.`" in kernel.hooks.statuses["plugins/sly"].error
    kernel.stop()


@pytest.mark.req("S003-SEC-09")
def test_every_action_has_a_permission_that_is_known_with_its_owner(tmp_path: Path) -> None:
    plugin(
        tmp_path,
        "greets",
        f"{SDK}@hookimpl\ndef nexus_actions():\n    return [Action('greets.say', Nothing, print, on='house')]\n",
    )
    kernel = kernel_of(tmp_path)
    known = kernel.access.permissions.known
    assert [action.name for action in kernel.actions if known.get(action.needs) is None] == []
    assert known["greets.say"] == "plugins/greets"
    kernel.stop()


# ── widgets ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("S003-WIDG-01")
@pytest.mark.parametrize(
    ("definition", "said"),
    [
        ('Widget("gauge", "Gauge", options=dict)', "The options of 'gauge' must be a pydantic model, not dict."),
        ('Widget("gauge", "Gauge", template="gage.html")', "has no templates/gage.html"),
        ('Widget("gauge", "Gauge", queries="orders")', "The queries of 'gauge' must be a function, not str."),
        ('Widget("gauge", "Gauge", draw=None)', "The draw of 'gauge' must be a function, not NoneType."),
        ('Widget("gauge", "Gauge", width=13)', "takes 13 columns"),
        ('Widget("metric_card", "Ours")', "Two widgets are called 'metric_card'"),
        ('{"name": "gauge"}', "nexus_widgets must return Widgets, not dict."),
    ],
)
def test_a_widget_that_cannot_be_drawn_is_refused_at_the_start(tmp_path: Path, definition: str, said: str) -> None:
    code = f"{SDK}@hookimpl\ndef nexus_widgets():\n    return [{definition}]\n"
    folder = plugin(tmp_path, "gauge", code, kind="widgets")
    (folder / "templates").mkdir()
    (folder / "templates/widget.html").write_text("<p>{{ value }}</p>")
    kernel = kernel_of(tmp_path)
    status = kernel.hooks.statuses["widgets/gauge"]
    assert status.state == "failed"
    assert said in status.error
    assert "gauge" not in kernel.declared.widgets
    assert kernel.declared.widgets["metric_card"].owner == "widgets/metric_card"
    kernel.stop()


# ── tables ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("S003-CRUD-02")
def test_a_table_is_changed_by_a_function_that_returns_another(
    tmp_path: Path, shop: tuple[tuple[str, str], ...]
) -> None:
    code = f"""{SDK}
import dataclasses
@hookimpl
def nexus_resource(resource):
    if resource.name == "notes":
        fields = tuple(
            dataclasses.replace(one, title="Words", writable=False) if one.name == "text" else one
            for one in resource.fields
        )
        return dataclasses.replace(resource, title="Remarks", fields=fields)
"""
    plugin(tmp_path, "remarks", code)
    kernel = kernel_of(tmp_path, urls=shop, allow_writes=True)
    status = kernel.sources.status("shop")
    assert status.base is not None
    assert status.base.resource("notes").title == "Notes"  # what was found stays what it was
    seen = kernel.sources.get("shop").schema.resource("notes")
    assert (seen.title, seen.by_name["text"].title, seen.by_name["text"].writable) == ("Remarks", "Words", False)
    kernel.stop()


# ── around the work ──────────────────────────────────────────────────────────────────────────

AROUND = """
from nexus_admin.sdk import Refused, hookimpl, hookwrapper

@hookwrapper
def nexus_run_action(call, run):
    if call.action == {action!r} and {before}:
        raise Refused("Not today.")
    outcome = yield
    if call.action == {action!r} and not {before}:
        raise Refused("Not after all.")
"""


@pytest.mark.req("S003-CRUD-05")
@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize(
    ("action", "target", "data"),
    [
        ("row.create", NOTES, {"values": {"text": "second"}}),
        ("row.update", Target("shop", "notes", "1"), {"values": {"text": "changed"}}),
        ("row.delete", Target("shop", "notes", "1"), {}),
    ],
)
def test_what_a_hook_refuses_is_taken_back_whole(
    tmp_path: Path,
    shop: tuple[tuple[str, str], ...],
    action: str,
    target: Target,
    data: dict[str, object],
    before: bool,
) -> None:
    plugin(tmp_path, "around", AROUND.format(action=action, before=before))
    kernel = kernel_of(tmp_path, urls=shop, allow_writes=True)
    assert kernel.hooks.statuses["plugins/around"].state == "started"
    with pytest.raises(Refused, match=r"Not today\.|Not after all\."):
        perform(kernel, action, target, **data)
    assert texts(tmp_path) == ["first"]
    kernel.stop()
