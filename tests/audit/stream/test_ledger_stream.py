"""The ledger as a stream: what an event carries, who is woken by what, and what that costs the one who writes."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from nexus_admin.audit.ledger import Ledger
from nexus_admin.audit.stream.durable import LedgerStream
from nexus_admin.audit.stream.events import MOST_CHANGES, entry_of
from nexus_admin.brokers.stream import BEGIN, Position
from nexus_admin.domain.audit import Change
from nexus_admin.domain.target import Target
from nexus_admin.state.engine import State
from tests.audit.conftest import KEY, call, secret_fields, updated

pytestmark = pytest.mark.req("S002-STREAM-04")
PATIENCE = 30.0
NEVER = 1e6
"""Seconds after which one who waits would look by itself: in these tests never."""


@pytest.fixture
def stream(ledger: Ledger) -> Iterator[LedgerStream]:
    one = LedgerStream(ledger)
    yield one
    one.close()


def test_an_event_is_its_entry_with_its_changes(stream: LedgerStream, ledger: Ledger, did: Callable[..., str]) -> None:
    entries = [did("row.update", updated(), updated("8", "new", "sent", 1)), did("orders.note")]
    events = stream.read("audit")
    assert [(one.id, one.type, one.position, one.key, one.note) for one in events] == [
        (entries[0], "row.update", Position(0, 1), None, {"actor": "user:ada"}),
        (entries[1], "orders.note", Position(0, 2), None, {"actor": "user:ada"}),
    ]
    assert [entry_of(one) for one in events] == [ledger.get(one) for one in entries]
    assert events[0].at == ledger.get(entries[0]).closed_at
    assert events[0].value["changes"][0]["after"] == {"id": 7, "status": "paid"}
    assert events[1].value["hash"] == ledger.get(entries[1]).hash


def test_what_is_open_is_read_when_it_is_closed(stream: LedgerStream, ledger: Ledger, did: Callable[..., str]) -> None:
    """In the order of the chain, which is that of the closings."""
    slow = ledger.open(call("slow.one"))
    did("quick.one")
    assert [one.type for one in stream.read("audit")] == ["quick.one"]
    assert stream.figures()[0].events == 1
    ledger.close(slow, "failed", "It broke.")
    assert [(one.type, one.value["outcome"]) for one in stream.read("audit")] == [
        ("quick.one", "done"), ("slow.one", "failed"),
    ]  # fmt: skip


def test_a_secret_stays_sealed(stream: LedgerStream, did: Callable[..., str]) -> None:
    old, new = {"id": 1, "pin": "the old pin", "name": "Ilse"}, {"id": 1, "pin": "the new pin", "name": "Ilse"}
    did("row.update", Change("shop", "customers", "1", old, new), target=Target("shop", "customers", "1"))
    (event,) = stream.read("audit")
    for told in (event.content.data.decode(), repr(entry_of(event))):
        assert "the old pin" not in told
        assert "the new pin" not in told
        assert "sealed" not in told
    change = event.value["changes"][0]
    assert (change["before"]["pin"], change["after"]["name"]) == ({"$masked": "••••"}, "Ilse")


def test_of_very_many_changes_the_first_are_in_it_and_how_many_there_are(
    stream: LedgerStream, did: Callable[..., str]
) -> None:
    did("rows.update", *(updated(str(n), "new", "paid", n) for n in range(MOST_CHANGES + 1)))
    (event,) = stream.read("audit")
    assert (event.value["change_count"], len(event.value["changes"])) == (MOST_CHANGES + 1, MOST_CHANGES)
    assert event.value["changes"][-1]["place"] == MOST_CHANGES - 1


def noted(ledger: Ledger) -> None:
    ledger.note(call("row.list"))


def closed(ledger: Ledger) -> None:
    ledger.close(ledger.open(call()), "done")


def closed_soon(ledger: Ledger) -> None:
    entry = ledger.open(call(), with_intent=True)
    ledger.intend(entry, [updated()])
    ledger.close(entry, "done", changes=[updated()], soon=True)


def closed_within(ledger: Ledger) -> None:
    def work(connection: sa.Connection) -> None:
        ledger.close_within(connection, ledger.open_within(connection, call()), "done")

    ledger.state.write(work)


def resealed(ledger: Ledger) -> None:
    ledger.reseal(call("audit.reseal"))


WAYS = (noted, closed, closed_soon, closed_within, resealed)


def follow(stream: LedgerStream, many: int) -> list[int]:
    """Read on from where one was, until so many have come; whoever waits is told, or waits for ever."""
    found = [BEGIN]
    while len(found) <= many:
        assert stream.wait("audit", found[-1], PATIENCE), f"Nobody told of what came after {found[-1]}."
        found += [one.position for one in stream.read("audit", after=found[-1])]
    return [one.seq for one in found[1:]]


@pytest.fixture
def told_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks by themselves: they are told, or hear nothing."""
    for where in ("on_sqlite.OnSqlite", "on_postgres.OnPostgres"):
        monkeypatch.setattr(f"nexus_admin.brokers.stream.{where}.poll", NEVER)


@pytest.mark.usefixtures("told_only")
@pytest.mark.parametrize("way", WAYS)
def test_whoever_waits_is_woken_by_the_commit(
    stream: LedgerStream, ledger: Ledger, way: Callable[[Ledger], None]
) -> None:
    assert not stream.wait("audit", BEGIN, 0.01)  # from now on it is told
    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(follow, stream, 3)
        for _ in range(3):
            way(ledger)
        assert following.result(4 * PATIENCE) == [1, 2, 3]


@pytest.mark.usefixtures("told_only")
@pytest.mark.parametrize("way", WAYS)
def test_whoever_waits_in_another_process_is_woken_too(new_postgres_url: str, way: Callable[[Ledger], None]) -> None:
    with State.open(new_postgres_url, key=KEY) as here, State.open(new_postgres_url, key=KEY) as there:
        ledger = Ledger(here)
        writes, reads = LedgerStream(ledger), LedgerStream(Ledger(there))
        listening = threading.Event()
        heard = reads._bell._hear  # what is said before anybody listens is heard by nobody
        reads._bell._hear = lambda *names: (listening.set(), heard(*names))  # type: ignore[method-assign]
        try:
            with ThreadPoolExecutor(1) as pool:
                following = pool.submit(follow, reads, 1)
                while not listening.wait(0.05):
                    writes._bell.ring("audit")
                way(ledger)
                assert following.result(4 * PATIENCE) == [1]
        finally:
            writes.close()
            reads.close()


def test_who_follows_costs_the_writer_no_statement(state: State) -> None:
    """The same statements, in the same transactions, whether somebody follows or nobody does."""

    def written(follows: bool) -> list[str]:
        ledger = Ledger(state)
        stream = LedgerStream(ledger)
        said: list[str] = []
        ledger.grown = ledger.grown if follows else None
        if follows:
            stream.wait("audit", Position(0, 10**9), 0.01)
            assert ledger.grown is not None
            ledger.grown = lambda: None  # who is told is another thread's matter

        def hear(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            said.append(statement)

        sa.event.listen(state._writing, "before_cursor_execute", hear)
        try:
            for way in (closed, closed_within):
                way(ledger)
        finally:
            sa.event.remove(state._writing, "before_cursor_execute", hear)
            stream.close()
        return said

    written(False)  # the head is there
    assert written(True) == written(False)
    assert written(False)


def test_a_group_goes_on_where_it_was_in_another_process(path: Path) -> None:
    def batch(took: int) -> list[int]:
        with State.open(path, key=KEY) as state:
            ledger = Ledger(state, secret_fields=secret_fields)
            stream = LedgerStream(ledger)
            stream.group("audit", "siem")
            for _ in range(3):
                closed(ledger)
            found = stream.fetch("audit", "siem", n=took)
            assert found is not None
            assert stream.commit(found)
            stream.close()
            return [one.position.seq for one in found.events]

    assert batch(2) == [1, 2]
    assert batch(100) == [3, 4, 5, 6]


def test_what_a_group_writes_with_its_commit_is_there_exactly_if_it_counts(
    stream: LedgerStream, state: State, did: Callable[..., str]
) -> None:
    did()
    stream.group("audit", "g")
    batch = stream.fetch("audit", "g")
    assert batch is not None

    def undone(connection: sa.Connection) -> None:
        stream.commit(batch, tx=connection)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        state.write(undone)
    assert stream.groups("audit")[0].behind == 1
    assert state.write(lambda connection: stream.commit(batch, tx=connection))
    assert stream.groups("audit")[0].behind == 0
