"""What happens here is in the stream of the house, and durable listeners hear it: late, again, in order, set aside."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from nexus_admin.audit.outbox import HOUSE, Outbox, event_of
from nexus_admin.brokers.stream import Fresh, MemoryStream, Stream, StreamEvent
from nexus_admin.domain.action import Call, Event
from nexus_admin.domain.audit import Change, Follows
from nexus_admin.domain.errors import StateDown
from nexus_admin.domain.target import Target
from nexus_admin.kernel.kernel import Kernel
from nexus_admin.kernel.working.relaying import LEASE, Relay, group_of
from nexus_admin.kernel.working.retrying import MOST
from nexus_admin.sdk.declarations import Listener
from tests.kernel.world import kernel_of, owner_of, perform, plugin
from tests.waiting import until

LISTENER = """
from nexus_admin.sdk import Listener, hookimpl
heard, wrong = [], set()

def hear(event):
    if event.data.get("key") in wrong:
        raise RuntimeError("not this one")
    heard.append((event.name, str(event.target), event.data))

@hookimpl
def nexus_listeners():
    return [Listener("row.*", hear, durable=True, name="rows")]
"""


@pytest.fixture
def url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/data.db"
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("create table notes (id integer primary key, text varchar(40) not null)"))
    engine.dispose()
    return url


def started(tmp_path: Path, url: str) -> Kernel:
    return kernel_of(tmp_path, urls=(("data", url),), allow_writes=True)


def stream_of(kernel: Kernel) -> Stream:
    return kernel.services.get(Stream)  # type: ignore[type-abstract]


def happened(kernel: Kernel) -> list[StreamEvent]:
    kernel.state.flush()
    return stream_of(kernel).read(HOUSE)


@pytest.mark.req("S004-BUS-02", "S004-BUS-06")
def test_each_event_is_in_the_stream_with_its_entry(tmp_path: Path, url: str) -> None:
    kernel = started(tmp_path, url)
    perform(kernel, "row.create", Target("data", "notes"), values={"id": 1, "text": "a"})
    perform(kernel, "row.update", Target("data", "notes", "1"), values={"text": "b"})
    found = happened(kernel)
    assert [(one.type, one.version) for one in found] == [("row.created", 1), ("row.updated", 1)]
    told = [event_of(one) for one in found]
    assert [(one.name, dict(one.data)) for one in told] == [
        ("row.created", {"key": "1"}),
        ("row.updated", {"key": "1", "fields": ["text"]}),
    ]
    assert told[1].target == Target("data", "notes", "1")
    assert told[1].actor == owner_of(kernel).id
    entries = {one["entry"] for one in (event.note for event in found)}
    assert {kernel.ledger.get(entry).action for entry in entries} == {"row.create", "row.update"}
    kernel.stop()


@pytest.mark.req("S004-BUS-06")
def test_what_a_crash_left_open_is_told_when_it_is_settled(tmp_path: Path, url: str) -> None:
    kernel = started(tmp_path, url)
    perform(kernel, "row.create", Target("data", "notes"), values={"id": 1, "text": "a"})
    owner = owner_of(kernel)
    target = Target("data", "notes", "1")
    for text, committed in (("b", True), ("c", False)):
        call = Call("row.update", target, {"values": {"text": text}}, owner)
        entry = kernel.ledger.open(call)
        change = Change("data", "notes", "1", {"id": 1, "text": "a"}, {"id": 1, "text": text}, "1", 1)
        kernel.ledger.intend(
            entry, [change], Follows([Event("row.updated", target, {"key": "1", "fields": ["text"]}, owner.id)])
        )
        if committed:
            engine = sa.create_engine(url)
            with engine.begin() as connection:
                connection.execute(sa.text("update notes set text = 'b'"))
            engine.dispose()
    assert [one.type for one in happened(kernel)] == ["row.created"]
    kernel.stop()
    again = started(tmp_path, url)
    assert [one.type for one in happened(again)] == ["row.created", "row.updated"]
    again.stop()


def test_an_event_that_cannot_be_kept_keeps_nothing_from_being_closed() -> None:
    def ready(event: Event) -> Any:
        return Outbox(MemoryStream()).ready("0" * 26, Follows([event])).events[0]

    odd = ready(Event("a b\ud800", Target("s", "t\ud800", "k" * 5000), {"x": "\ud800", "y": object()}, "\ud800"))
    assert (odd.type, len(odd.key)) == ("a_b_", 64)
    large = ready(Event("x", Target("s"), {"x": "y" * 2**21}, "u"))
    assert large.note == {"actor": "u", "cut": True, "entry": "0" * 26}


@pytest.mark.req("S004-BUS-04", "S002-STREAM-10")
def test_a_durable_listener_hears_what_happened_while_it_was_away_and_in_order(tmp_path: Path, url: str) -> None:
    plugin(tmp_path, "ear", LISTENER)
    kernel = started(tmp_path, url)
    kernel.relay.stop()
    perform(kernel, "row.create", Target("data", "notes"), values={"id": 1, "text": "a"})
    for text in "bcd":
        perform(kernel, "row.update", Target("data", "notes", "1"), values={"text": text})
    kernel.stop()
    again = started(tmp_path, url)
    ear = again.hooks.manager.get_plugin("plugins/ear")
    until(lambda: len(ear.heard) == 4)
    assert [name for name, _, _ in ear.heard] == ["row.created", "row.updated", "row.updated", "row.updated"]
    assert ear.heard[0][1:] == ("data/notes", {"key": "1"})
    perform(again, "row.delete", Target("data", "notes", "1"))
    until(lambda: len(ear.heard) == 5)
    again.stop()


@pytest.mark.req("S002-STREAM-10")
def test_what_a_listener_cannot_hear_is_tried_again_and_set_aside(tmp_path: Path, url: str) -> None:
    plugin(tmp_path, "ear", LISTENER)
    kernel = started(tmp_path, url)
    ear = kernel.hooks.manager.get_plugin("plugins/ear")
    ear.wrong.add("1")
    for id in (1, 2):
        perform(kernel, "row.create", Target("data", "notes"), values={"id": id, "text": "a"})
    until(lambda: [target for _, target, _ in ear.heard] and stream_of(kernel).parked(HOUSE, "plugins-ear.rows"))
    assert [data for _, _, data in ear.heard] == [{"key": "2"}]
    aside = stream_of(kernel).parked(HOUSE, "plugins-ear.rows")
    assert [(one.event.value["data"], one.attempts, one.error) for one in aside] == [
        ({"key": "1"}, MOST, "RuntimeError: not this one")
    ]
    kernel.stop()


def test_where_the_stream_cannot_be_written_the_call_is_not_closed_silently(tmp_path: Path, url: str) -> None:
    kernel = started(tmp_path, url)

    def full(*_: Any, **__: Any) -> None:
        raise StateDown("Nothing was changed. The disk is full.")

    outbox = kernel.ledger.outbox
    leave, outbox.leave = outbox.leave, full  # type: ignore[method-assign]
    perform(kernel, "row.create", Target("data", "notes"), values={"id": 1, "text": "a"})
    outbox.leave = leave  # type: ignore[method-assign]
    until(lambda: [one.type for one in happened(kernel)] == ["row.created"])
    kernel.stop()


def test_a_slow_listener_keeps_its_events_for_as_long_as_it_is_at_them() -> None:
    """Or another process would let it hear them a second time."""
    now, stolen, heard = [1000.0], [], []
    stream = MemoryStream(clock=lambda: now[0])
    relay = Relay(stream, lambda _owner, _error: None, lambda: now[0])

    def hear(event: Event) -> None:
        heard.append(event.data["n"])
        now[0] += LEASE / 2
        stolen.append(stream.fetch(HOUSE, group_of(listener)))

    listener = Listener("row.*", hear, durable=True, name="slow")
    relay.declared([listener])
    said = {"name": "row.created", "target": ["data", "notes", "1"]}
    stream.append(HOUSE, *(Fresh("row.created", {**said, "data": {"n": n}}) for n in range(6)))
    relay.round()
    assert heard == list(range(6))
    assert stolen == [None] * 6
    assert stream.groups(HOUSE)[0].behind == 0
