"""Typed events through a project: told of, kept, heard by type, upcast, passed by and counted; what came of what."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from nexus_admin.actions.brokers.event_types import EventTypes
from nexus_admin.audit.outbox import HOUSE, event_of
from nexus_admin.brokers.queue import Queue
from nexus_admin.brokers.stream import Fresh, Stream
from nexus_admin.domain.action import Event
from nexus_admin.domain.errors import ExtensionError
from nexus_admin.domain.target import Target
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.sdk import envelope
from tests.kernel.world import kernel_of, perform, plugin
from tests.waiting import until

REFUNDS = """
from nexus_admin.sdk import Action, EventModel, Nothing, Target, hookimpl, job, on

heard, wide = [], []


class Issued(EventModel, name="refunds.issued", version=3):
    '''A payment was paid back.'''

    payment: str
    cents: int
    currency: str

    @classmethod
    def upcast(cls, version, said):
        return {**said, "cents": said["euros"] * 100, "euros": None} if version == 1 else {
            "payment": said["payment"], "cents": said["cents"], "currency": "EUR"
        }


class Thanked(EventModel, name="refunds.thanked"):
    '''The customer was told.'''

    payment: str


def issue(unit, data):
    unit.emit(Issued(payment="7", cents=250, currency="CHF"))


def thank(unit, data):
    unit.emit("refunds.thanked", payment="7")


def wrong(unit, data):
    unit.emit("refunds.thanked", payed="7")


@job("refunds.tell")
def tell(job, data):
    job.perform("refunds.thank", Target("nexus"))


@on(Issued, durable=True, name="desk")
def hear(told):
    heard.append((told.said.payment, told.said.cents, told.said.currency, told.event.version))
    if told.event.version == 3:
        told.enqueue("refunds.tell", key=told.event.id)


@on(Issued, pattern="refunds.*", durable=True, name="wide")
def hear_some(told):
    wide.append(told.event.name)


@hookimpl
def nexus_events():
    return [Issued, Thanked]


@hookimpl
def nexus_listeners():
    return [hear, hear_some]


@hookimpl
def nexus_jobs():
    return [tell]


@hookimpl
def nexus_actions():
    return [
        Action(f"refunds.{name}", Nothing, run, on="house", transaction=False)
        for name, run in (("issue", issue), ("thank", thank), ("wrong", wrong))
    ]
"""


@pytest.fixture
def kernel(tmp_path: Path) -> Any:
    plugin(tmp_path, "refunds", REFUNDS)
    kernel = kernel_of(tmp_path)
    yield kernel
    kernel.stop()


def stream_of(kernel: Kernel) -> Stream:
    return kernel.services.get(Stream)  # type: ignore[type-abstract]


def happened(kernel: Kernel) -> list[Event]:
    kernel.state.flush()
    return [event_of(one) for one in stream_of(kernel).read(HOUSE)]


def test_what_came_of_what_is_told_across_a_listener_and_its_job(kernel: Kernel) -> None:
    """One call; its event; who hears it pushes a job; that calls again: all go back to the first call."""
    perform(kernel, "refunds.issue")
    until(lambda: len(happened(kernel)) == 2)
    issued, thanked = happened(kernel)
    assert (issued.name, issued.version, issued.causation) == ("refunds.issued", 3, "")
    assert issued.correlation == issued.call == thanked.correlation != ""
    entry = kernel.ledger.get(issued.call)
    assert entry.action == "refunds.issue"
    (job,) = kernel.services.get(Queue).jobs(limit=10)  # type: ignore[type-abstract]
    assert job.note["causation"] == issued.id
    assert thanked.causation == job.id
    assert kernel.ledger.get(thanked.call).action == "refunds.thank"


def test_older_versions_are_heard_as_the_newest(kernel: Kernel) -> None:
    plugin = kernel.hooks.manager.get_plugin("plugins/refunds")
    said = {"target": ["nexus", None, None]}
    stream_of(kernel).append(
        HOUSE,
        Fresh("refunds.issued", {**said, "type": "refunds.issued", "data": {"payment": "1", "euros": 2}}),
        Fresh(
            "refunds.issued",
            {**said, "type": "refunds.issued", "version": 2, "data": {"payment": "2", "cents": 5}},
        ),
    )
    until(lambda: len(plugin.heard) == 2)
    assert plugin.heard == [("1", 200, "EUR", 1), ("2", 5, "EUR", 2)]


def test_what_is_not_understood_is_set_aside_or_skipped_and_counted(kernel: Kernel) -> None:
    """A version that is newer than the code, and a type that nobody declares; neither holds up what comes behind."""
    plugin = kernel.hooks.manager.get_plugin("plugins/refunds")
    said = {"target": ["nexus", None, None]}
    newer = {**said, "type": "refunds.issued", "version": 4, "data": {}}
    stream_of(kernel).append(
        HOUSE,
        Fresh("refunds.lost", {**said, "type": "refunds.lost", "data": {"a": 1}}),
        Fresh("refunds.issued", newer),
    )
    perform(kernel, "refunds.issue")
    until(lambda: plugin.heard and plugin.wide)
    assert plugin.heard == [("7", 250, "CHF", 3)]
    (aside,) = stream_of(kernel).parked(HOUSE, "plugins-refunds.desk")
    assert aside.error.endswith("refunds.issued of version 4 is newer than what is known here, 3.")
    counted = {one.name: one.skipped for one in kernel.hearing.types if one.skipped}
    assert (counted["refunds.lost"], counted["refunds.issued"]) == (1, 2)  # of that version, by both
    assert kernel.hooks.statuses["plugins/refunds"].state == "started"


def test_an_event_says_what_its_type_says_or_nothing_is_done(kernel: Kernel) -> None:
    with pytest.raises(ExtensionError, match=r"refunds\.thanked was told of with other data than its type has: payed"):
        perform(kernel, "refunds.wrong")
    assert happened(kernel) == []


def test_the_types_are_rows_with_their_schemas(kernel: Kernel) -> None:
    page: Any = perform(kernel, "row.list", Target("brokers", "event_types"), filter="owner:plugins/refunds", limit=10)
    rows = {row["type"]: row for row in page.page.rows}
    assert {name: (row["version"], row["about"], row["owner"]) for name, row in rows.items()} == {
        "refunds.issued": (3, "A payment was paid back.", "plugins/refunds"),
        "refunds.thanked": (1, "The customer was told.", "plugins/refunds"),
    }
    assert set(json.loads(rows["refunds.issued"]["schema"])["properties"]) == {"payment", "cents", "currency"}


def test_a_type_of_another_name_is_refused_by_name(tmp_path: Path) -> None:
    plugin(
        tmp_path, "ear", "from nexus_admin.sdk import EventModel, hookimpl\n"
        "class Paid(EventModel, name='refunds.paid'):\n    cents: int\n"
        "@hookimpl\ndef nexus_events():\n    return [Paid]\n",
    )  # fmt: skip
    kernel = kernel_of(tmp_path)
    status = kernel.hooks.statuses["plugins/ear"]
    assert (status.state, "must begin with `ear.`" in str(status.error)) == ("failed", True)
    kernel.stop()


def test_an_event_that_was_kept_before_there_were_versions_is_read(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/data.db"
    with sa.create_engine(url).begin() as connection:
        connection.execute(sa.text("create table notes (id integer primary key, text varchar(40) not null)"))
    kernel = kernel_of(tmp_path, urls=(("data", url),), allow_writes=True)
    old = {"name": "row.created", "target": ["data", "notes", "1"], "data": {"key": "1"}}
    stream_of(kernel).append(HOUSE, Fresh("row.created", old, note={"entry": "01", "actor": "user:1"}))
    (event,) = happened(kernel)
    assert (event.name, event.version, dict(event.data), event.call) == ("row.created", 1, {"key": "1"}, "01")
    assert envelope(event).type == "row.created"
    kernel.stop()


LEAVES = """
import sys
from collections.abc import Callable
from nexus_admin.sdk import Action, EventModel, Nothing, hookimpl, on

heard = []


class Left(EventModel, name="leaves.left"):
    n: int


class Odd(EventModel, name="leaves.odd"):
    what: Callable = print


@on(Left)
def at_once(told):
    sys.exit(3)


@on(Left, durable=True, name="a")
def later(told):
    raise SystemExit


@on(Left, durable=True, name="b")
def well(told):
    heard.append(told.said.n)


@hookimpl
def nexus_events():
    return [Left, Odd]


@hookimpl
def nexus_listeners():
    return [at_once, later, well]


@hookimpl
def nexus_actions():
    return [Action("leaves.go", Nothing, lambda unit, data: unit.emit(Left(n=1)), on="house", transaction=False)]
"""


def test_a_listener_that_ends_the_process_ends_nothing(tmp_path: Path) -> None:
    plugin(tmp_path, "leaves", LEAVES)
    kernel = kernel_of(tmp_path)
    try:
        perform(kernel, "leaves.go")  # done, whatever those say who hear of it
        heard = kernel.hooks.manager.get_plugin("plugins/leaves").heard
        until(lambda: heard == [1])
        assert any(thread.name == "nexus-relay" for thread in threading.enumerate())
    finally:
        kernel.stop()


def test_a_type_that_json_schema_cannot_say_is_listed_without_one(tmp_path: Path) -> None:
    plugin(tmp_path, "leaves", LEAVES)
    kernel = kernel_of(tmp_path)
    try:
        found = {one.name: one.schema for one in kernel.services.get(EventTypes)}
    finally:
        kernel.stop()
    assert found["leaves.odd"] == {}
    assert "n" in found["leaves.left"]["properties"]
