"""Development: what is saved is there, without a new start."""

import os
from pathlib import Path

import pytest

from nexus_admin.actions.live.topics import LiveTopics
from nexus_admin.brokers.pubsub import Message, PubSub
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import UnknownAction
from tests.kernel.world import kernel_of, owner_of, perform, plugin

SAYS = """
from nexus_admin.sdk import Action, Nothing, hookimpl
from .words import WORD

@hookimpl
def nexus_actions():
    return [Action("greets.say", Nothing, lambda unit, data: WORD, "Say", on="house", writes=False, transaction=False)]
"""


def later(path: Path, text: str) -> None:
    """Write *text*, with a time that differs whatever the clock's grain."""
    path.write_text(text)
    at = path.stat().st_mtime_ns + 1_000_000
    os.utime(path, ns=(at, at))


def test_an_extension_is_loaded_again_when_one_of_its_files_changes(tmp_path: Path) -> None:
    folder = plugin(tmp_path, "greets", SAYS)
    (folder / "words.py").write_text("WORD = 'Hello'")
    kernel = kernel_of(tmp_path, given={"server.development": True})
    reloader = kernel.reloader
    assert reloader is not None
    reloader.stop()  # the test looks by itself
    assert perform(kernel, "greets.say") == "Hello"
    assert reloader.look() == []
    later(folder / "words.py", "WORD = 'Servus'")
    assert reloader.look() == ["plugins/greets"]
    assert perform(kernel, "greets.say") == "Servus"
    later(folder / "words.py", "WORD = ")
    reloader.look()
    assert kernel.hooks.statuses["plugins/greets"].state == "failed"
    with pytest.raises(UnknownAction):
        perform(kernel, "greets.say")
    later(folder / "words.py", "WORD = 'Moin'")
    reloader.look()
    assert perform(kernel, "greets.say") == "Moin"
    kernel.stop()


def test_a_new_folder_is_found_and_one_that_is_gone_is_forgotten(tmp_path: Path) -> None:
    kernel = kernel_of(tmp_path, given={"server.development": True})
    reloader = kernel.reloader
    assert reloader is not None
    reloader.stop()
    folder = plugin(tmp_path, "greets", SAYS)
    (folder / "words.py").write_text("WORD = 'Hello'")
    assert reloader.look() == ["plugins/greets"]
    assert perform(kernel, "greets.say") == "Hello"
    (folder / "plugin.toml").unlink()
    reloader.look()
    assert "plugins/greets" not in kernel.hooks.statuses
    kernel.stop()


def test_open_pages_are_told_once_that_files_changed_and_not_which(tmp_path: Path) -> None:
    folder = plugin(tmp_path, "greets", SAYS)
    (folder / "words.py").write_text("WORD = 'Hello'")
    (folder / "templates").mkdir()
    kernel = kernel_of(tmp_path, given={"server.development": True})
    reloader = kernel.reloader
    assert reloader is not None
    reloader.stop()
    kind = kernel.services.get(LiveTopics).of("development/files")
    assert kind is not None
    owner = owner_of(kernel)
    assert kind.may_see(owner, ("files",))
    assert not kind.may_see(owner, ("others",))
    assert not kind.may_see(Actor.anonymous(), ("files",))
    with kernel.services.get(PubSub).subscribe("development/#") as heard:  # type: ignore[type-abstract]
        reloader.look()
        later(folder / "templates/hello.html", "<p>Hello</p>")
        reloader.look()
        reloader.look()
        later(folder / "words.py", "WORD = 'Servus'")
        reloader.look()
        later(folder / "script.js", "export {}")
        reloader.look()
        told = [one.value for one in heard.until_quiet(0) if isinstance(one, Message)]
    kernel.stop()
    assert told == [{"scripts": False}, {"scripts": False}, {"scripts": True}]


def test_pages_follow_no_files_where_nothing_is_written(tmp_path: Path) -> None:
    kernel = kernel_of(tmp_path)
    assert kernel.services.get(LiveTopics).of("development/files") is None
    kernel.stop()
