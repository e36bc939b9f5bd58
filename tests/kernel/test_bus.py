"""Extensions hear of each other by events alone: with the change or not at all, at once, later, and all of it again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from nexus_admin.audit.outbox import HOUSE
from nexus_admin.brokers.stream import Stream
from nexus_admin.domain.errors import Refused
from nexus_admin.domain.target import Target
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.kernel.options import Options
from tests.kernel.world import perform, plugin
from tests.waiting import until

SAYS = """
from pydantic import BaseModel
from nexus_admin.sdk import Action, Refused, hookimpl

class Words(BaseModel):
    text: str

def say(unit, data):
    unit.rows().update(text=data.text)
    unit.emit("says.said", text=data.text)
    if data.text == "no":
        raise Refused("Not this.")

@hookimpl
def nexus_actions():
    return [Action("says.say", Words, say, resource="notes")]
"""
HEARS = """
from nexus_admin.sdk import Listener, hookimpl
at_once, later = [], []

@hookimpl
def nexus_listeners():
    return [
        Listener("says.*", lambda event: at_once.append(event.data["text"])),
        Listener("says.*", lambda event: later.append(event.data["text"]), durable=True, name="hears"),
    ]
"""
NOTE = Target("data", "notes", "1")


@pytest.fixture(params=["sqlite", "postgresql"])
def state(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("NEXUS_SECRET_KEY", "Lk3v9QxT7mWz2RbYc5HdNf8JsGa1PuEo")
    return str(tmp_path / "state.db") if request.param == "sqlite" else request.getfixturevalue("new_postgres_url")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    engine = sa.create_engine(f"sqlite:///{tmp_path}/data.db")
    with engine.begin() as connection:
        connection.exec_driver_sql("create table notes (id integer primary key, text varchar(40))")
        connection.exec_driver_sql("insert into notes values (1, 'first')")
    engine.dispose()
    plugin(tmp_path, "says", SAYS)
    plugin(tmp_path, "hears", HEARS)
    return tmp_path


def started(project: Path, state: str) -> Kernel:
    urls = (("data", f"sqlite:///{project}/data.db"),)
    return Kernel(Options(project=project, state=state, urls=urls, allow_writes=True, environ={})).start()


def said(kernel: Kernel) -> Iterator[Any]:
    """Return what the stream has of it, from its beginning."""
    kernel.state.flush()
    events = kernel.services.get(Stream).read(HOUSE)  # type: ignore[type-abstract]
    return (one for one in events if one.type == "says.said")


@pytest.mark.req("S003-KERN-09")
def test_one_extension_hears_another_with_the_change_or_not_at_all_and_again_after_a_start(
    project: Path, state: str
) -> None:
    kernel = started(project, state)
    ear: Any = kernel.hooks.manager.get_plugin("plugins/hears")
    perform(kernel, "says.say", NOTE, text="a")
    with pytest.raises(Refused, match="Not this"):
        perform(kernel, "says.say", NOTE, text="no")
    assert ear.at_once == ["a"]
    until(lambda: ear.later == ["a"])
    kernel.relay.stop()
    perform(kernel, "says.say", NOTE, text="b")
    assert ear.at_once == ["a", "b"]
    assert ear.later == ["a"]
    kernel.stop()

    again = started(project, state)
    until(lambda: ear.later == ["a", "b"])  # what it heard is kept by its module, which is imported once
    assert ear.at_once == ["a", "b"]
    told = list(said(again))
    assert [one.value["data"]["text"] for one in told] == ["a", "b"], "what was refused was never said"
    entries = [again.ledger.get(one.note["entry"]) for one in told]
    assert [(one.action, one.outcome) for one in entries] == [("says.say", "done")] * 2
    again.stop()
