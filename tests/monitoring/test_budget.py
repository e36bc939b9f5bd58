"""An extension that is slow is named with its time, one that is so again and again can be switched off, one that hangs
is left behind; none of them takes a request down."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nexus_admin import Nexus
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import Refused
from nexus_admin.domain.extension import ExtensionStatus
from nexus_admin.domain.target import Target
from tests.kernel.world import kernel_of, plugin
from tests.web.world import served, signed_in

SLOW = "extensions.slow_ms"
LISTENER = """
import threading, time
from nexus_admin.sdk import Listener, hookimpl

@hookimpl
def nexus_listeners():
    return [Listener("row.*", lambda event: {what})]
"""
SLOT = """
import threading, time
from nexus_admin.sdk import Slot, hookimpl

@hookimpl
def nexus_slot(name, context):
    {what}
    return Slot("piece.html")
"""
WRAPPER = """
import time
from nexus_admin.sdk import hookwrapper

@hookwrapper
def nexus_run_action(call, run):
    time.sleep({before})
    try:
        return (yield)
    finally:
        time.sleep({after})
"""
HANGS = "threading.Event().wait()"


def app_with(folder: Path, **given: Any) -> Any:
    return served(folder, project=folder, given={key.replace("__", "."): value for key, value in given.items()})


def status(app: Nexus, name: str) -> ExtensionStatus:
    return app.kernel.hooks.statuses[f"plugins/{name}"]


def create(app: Nexus, number: int) -> Any:
    values = {"name": f"Customer {number}"}
    return app.kernel.perform(Call("row.create", Target("shop", "customers"), {"values": values}, Actor.system("test")))


@pytest.mark.req("S003-CHAL-01")
def test_a_slow_listener_is_named_with_its_time_where_extensions_are_shown(tmp_path: Path) -> None:
    plugin(tmp_path, "slow", LISTENER.format(what="time.sleep(1.2)"))
    plugin(tmp_path, "quick", LISTENER.format(what="None"))
    # A busy machine takes the processor from the quick one too, for less than a second.
    with app_with(tmp_path, extensions__slow_ms=1000.0) as app:
        create(app, 1)
        slow = status(app, "slow").slow["listener of row.*"]
        assert slow.times == 1
        assert slow.worst_ms >= 1200
        page = signed_in(app).get("/extensions").text
        card = page.partition('id="plugins-slow"')[2].partition("</article>")[0]
        assert "its listener of row.* took longer than its 1,000 ms once, at worst" in card
        assert "Running" in card
        assert "It is slow" not in page.partition('id="plugins-quick"')[2].partition("</article>")[0]


@pytest.mark.req("S003-CHAL-01")
def test_one_that_is_slow_again_and_again_is_switched_off_only_where_that_is_wanted(tmp_path: Path) -> None:
    plugin(tmp_path, "slow", LISTENER.format(what="time.sleep(0.05)"))
    with app_with(tmp_path, extensions__slow_ms=20.0, extensions__slow_off=True) as app:
        for number in range(3):
            assert status(app, "slow").state == "started"
            create(app, number)
        assert status(app, "slow").state == "failed"
        assert status(app, "slow").error.startswith("Switched off as too slow: its listener of row.* took longer")
        create(app, 4)
        assert status(app, "slow").slow["listener of row.*"].times == 3


@pytest.mark.req("S003-CHAL-01")
def test_one_that_hangs_keeps_no_request(tmp_path: Path) -> None:
    plugin(tmp_path, "hangs", LISTENER.format(what=HANGS))
    folder = plugin(tmp_path, "stops", SLOT.format(what=HANGS))
    (folder / "templates").mkdir()
    (folder / "templates/piece.html").write_text("<p>never</p>")
    with app_with(tmp_path, extensions__stuck_seconds=0.2) as app:
        assert create(app, 1).key
        assert "did not come back within 0.2 s" in status(app, "hangs").error
        browser = signed_in(app)
        for _ in range(3):
            page = browser.get("/s/shop/customers/1")
            assert page.status_code == 200
            assert "never" not in page.text
        assert status(app, "stops").state == "failed"  # a fault each time, and three are enough
        assert status(app, "hangs").state == "started"


@pytest.mark.req("S003-CHAL-01")
def test_a_wrapper_is_measured_without_the_action_that_it_stands_around(tmp_path: Path) -> None:
    plugin(tmp_path, "around", WRAPPER.format(before=0, after=0))
    plugin(tmp_path, "slow", WRAPPER.format(before=0.3, after=0.3))
    slow_action = """
import time
from nexus_admin.sdk import Action, Nothing, Refused, hookimpl

def work(unit, data):
    time.sleep(0.6)
    raise Refused("Not today.")

@hookimpl
def nexus_actions():
    return [Action("work.do", Nothing, work, on="house", transaction=False)]
"""
    plugin(tmp_path, "work", slow_action)
    kernel = kernel_of(tmp_path, given={SLOW: 500.0})
    with pytest.raises(Refused, match="Not today"):
        kernel.perform(Call("work.do", Target("nexus"), {}, Actor.system("test")))
    slow = kernel.hooks.statuses["plugins/slow"].slow["wrapper of actions"]
    kernel.stop()
    assert slow.worst_ms >= 600
    assert not kernel.hooks.statuses["plugins/around"].slow


@pytest.mark.req("S003-CHAL-01")
def test_a_slow_start_is_named_by_the_hook(tmp_path: Path) -> None:
    code = "import time\nfrom nexus_admin.sdk import hookimpl\ntime.sleep(0.05)\n\n"
    plugin(tmp_path, "slow", f"{code}@hookimpl\ndef nexus_started():\n    time.sleep(0.05)\n")
    kernel = kernel_of(tmp_path, given={"extensions.start_ms": 20.0})
    slow = kernel.hooks.statuses["plugins/slow"].slow
    assert kernel.hooks.statuses["plugins/slow"].state == "started"
    kernel.stop()
    assert {"import", "nexus_started"} <= slow.keys()
