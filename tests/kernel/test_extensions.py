"""Extensions come through one door; one that misbehaves is named, switched off, and takes nothing down."""

import sqlite3
from pathlib import Path

import pytest

from nexus_admin.domain.errors import ExtensionError, NotFound, UnknownAction
from nexus_admin.domain.page import SlotContext
from nexus_admin.domain.target import Target
from tests.kernel.world import kernel_of, owner_of, perform, plugin

GREETS = """
from nexus_admin.sdk import Action, Listener, Nothing, Page, PageAnswer, Setting, Slot, hookimpl
heard = []

@hookimpl
def nexus_settings():
    return [Setting("extensions.greets.word", "str", "Hello", "What it says.", runtime=True)]

@hookimpl
def nexus_actions():
    return [Action("greets.say", Nothing, lambda unit, data: "said", on="house", writes=False, transaction=False)]

@hookimpl
def nexus_pages():
    return [Page("", "Greetings", "greets.say", lambda request: PageAnswer("page.html"))]

@hookimpl
def nexus_listeners():
    return [Listener("settings.*", lambda event: heard.append(event.name))]

@hookimpl
def nexus_slot(name, context):
    return Slot("aside.html", {"name": context.actor.name}) if name == "home.aside" else None
"""


def test_everything_that_is_declared_carries_its_owner(tmp_path: Path) -> None:
    plugin(tmp_path, "greets", GREETS)
    kernel = kernel_of(tmp_path)
    assert kernel.actions.get("greets.say").owner == "plugins/greets"
    assert kernel.declared.pages["greets", ""].owner == "plugins/greets"
    assert perform(kernel, "greets.say") == "said"
    assert kernel.settings["extensions.greets.word"] == "Hello"
    assert [owner for owner, _ in kernel.slot("home.aside", SlotContext(owner_of(kernel), kernel.perform))] == [
        "plugins/greets"
    ]
    assert kernel.access.permissions.known["greets.say"] == "plugins/greets"
    kernel.stop()


def test_a_setting_of_an_extension_may_stand_in_the_file(tmp_path: Path) -> None:
    plugin(tmp_path, "greets", GREETS)
    (tmp_path / "nexus.toml").write_text("[extensions.greets]\nword = 'Servus'\n")
    kernel = kernel_of(tmp_path)
    assert kernel.settings.origin("extensions.greets.word").layer == "file"
    perform(kernel, "settings.change", key="extensions.greets.word", value="Moin")
    assert kernel.settings["extensions.greets.word"] == "Moin"
    kernel.stop()
    again = kernel_of(tmp_path)
    assert again.settings["extensions.greets.word"] == "Moin"
    perform(again, "settings.change", key="extensions.greets.word", value=None)
    assert again.settings["extensions.greets.word"] == "Servus"
    again.stop()


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("raise RuntimeError('boom')", "boom"),
        ("from nexus_admin.sdk import hookimpl\n@hookimpl\ndef nexus_actions(nonsense):\n    return []", "nonsense"),
        ("from nexus_admin.sdk import hookimpl\n@hookimpl\ndef nexus_pages():\n    return 3", "must return a list"),
        ("from nexus_admin.sdk import hookimpl\n@hookimpl\ndef nexus_actions():\n    return 1 / 0", "division"),
        (
            "from nexus_admin.sdk import *\n@hookimpl\ndef nexus_actions():\n"
            "    return [Action('row.update', Nothing, print)]",
            "must begin with `bad.`",
        ),
        (
            "from nexus_admin.sdk import hookimpl\n@hookimpl\ndef nexus_started():\n    raise OSError('no disk')",
            "no disk",
        ),
    ],
)
@pytest.mark.req("S003-KERN-02")
def test_one_that_raises_is_named_and_off_and_the_others_run(tmp_path: Path, code: str, said: str) -> None:
    plugin(tmp_path, "bad", code)
    plugin(tmp_path, "greets", GREETS)
    kernel = kernel_of(tmp_path)
    status = kernel.hooks.statuses["plugins/bad"]
    assert status.state == "failed"
    assert said in status.error
    assert kernel.hooks.statuses["plugins/greets"].state == "started"
    assert kernel.actions.get("row.update").owner == "nexus"
    kernel.stop()


def test_an_action_that_raises_is_blamed_on_its_extension_and_off_after_the_third_time(tmp_path: Path) -> None:
    code = GREETS.replace('lambda unit, data: "said"', "lambda unit, data: 1 / 0")
    plugin(tmp_path, "greets", code)
    kernel = kernel_of(tmp_path)
    for _ in range(3):
        with pytest.raises(ExtensionError, match="plugins/greets could not finish"):
            perform(kernel, "greets.say")
    with pytest.raises(UnknownAction):
        perform(kernel, "greets.say")
    assert kernel.hooks.statuses["plugins/greets"].state == "failed"
    assert kernel.declared.pages == {key: one for key, one in kernel.declared.pages.items() if key[0] != "greets"}
    kernel.stop()


def test_switching_one_off_and_on_again_holds_beyond_the_next_start(tmp_path: Path) -> None:
    plugin(tmp_path, "greets", GREETS)
    kernel = kernel_of(tmp_path)
    perform(kernel, "extension.switch", name="plugins/greets", on=False)
    with pytest.raises(UnknownAction):
        perform(kernel, "greets.say")
    kernel.stop()
    again = kernel_of(tmp_path)
    assert again.hooks.statuses["plugins/greets"].state == "off"
    perform(again, "extension.switch", name="plugins/greets", on=True)
    assert perform(again, "greets.say") == "said"
    with pytest.raises(NotFound, match="Did you mean"):
        perform(again, "extension.switch", name="plugins/greet", on=True)
    again.stop()


def test_a_write_of_an_extension_that_raises_leaves_no_row_behind(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("create table notes (id integer primary key, text varchar(20))")
    code = """
from nexus_admin.sdk import Action, Nothing, hookimpl

def run(unit, data):
    unit.rows("notes").create(text="half")
    raise KeyError("oops")

@hookimpl
def nexus_actions():
    return [Action("half.write", Nothing, run, on="resource")]
"""
    plugin(tmp_path, "half", code)
    kernel = kernel_of(tmp_path, urls=(("shop", str(tmp_path / "shop.db")),), allow_writes=True)
    with pytest.raises(ExtensionError, match="Nothing was changed"):
        perform(kernel, "half.write", Target("shop", "notes"))
    assert perform(kernel, "row.list", Target("shop", "notes")).page.rows == []  # type: ignore[attr-defined]
    kernel.stop()


def test_the_house_is_asked_first_and_the_project_last(tmp_path: Path) -> None:
    plugin(tmp_path, "aaa", GREETS.replace("greets", "aaa"))
    kernel = kernel_of(tmp_path)
    asked = [owner for owner, _ in kernel.hooks.collect("nexus_actions")]
    assert asked[0] == "actions"
    assert asked[-1] == "plugins/aaa"
    assert kernel.declared.actions[0].owner == "nexus"
    kernel.stop()
