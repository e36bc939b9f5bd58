"""The stream in our own state: what only a database can be asked."""

import random
import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from nexus_admin.brokers.stream import BEGIN, DurableStream, Fresh, Position, Shift, StreamEvent
from nexus_admin.domain.errors import StateDown
from nexus_admin.state.engine import State
from nexus_admin.state.tables.stream_triggers import KEPT
from tests.state.conftest import KEY


@pytest.fixture(params=["sqlite", "postgresql"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[State]:
    sqlite = request.param == "sqlite"
    where = tmp_path / "nexus.sqlite" if sqlite else request.getfixturevalue("new_postgres_url")
    with State.open(where, key=KEY) as one:
        yield one


@pytest.fixture
def stream(state: State) -> Iterator[DurableStream]:
    one = DurableStream(state)
    yield one
    one.close()


@pytest.fixture
def server(new_postgres_url: str) -> Iterator[State]:
    with State.open(new_postgres_url, key=KEY) as one:
        yield one


def followed(stream: DurableStream, name: str, count: int) -> list[StreamEvent]:
    """Return *count* events, read from where one was, as a reader who never looks back."""
    found: list[StreamEvent] = []
    deadline = time.monotonic() + 120
    while len(found) < count and time.monotonic() < deadline:
        after = found[-1].position if found else BEGIN
        if stream.wait(name, after, 1.0):
            found += stream.read(name, after=after)
    return found


@pytest.mark.req("S002-STREAM-02")
def test_eight_who_write_in_transactions_of_their_own_are_read_without_a_gap(server: State) -> None:
    writers, each = 8, 25
    streams = [DurableStream(server) for _ in range(writers + 1)]

    def write(writer: int) -> None:
        for number in range(each):

            def work(tx: sa.Connection, writer: int = writer, number: int = number) -> None:
                streams[writer].append("s", Fresh("t", [writer, number], key=f"k{writer}"), tx=tx)
                if number % 5 == writer % 5:
                    tx.exec_driver_sql("SELECT pg_sleep(0.02)")  # a number drawn early, a commit that is late
                streams[writer].append("s", Fresh("t", [writer, number], key="all"), tx=tx)

            server.write(work)

    with ThreadPoolExecutor(writers + 1) as pool:
        reader = pool.submit(followed, streams[-1], "s", 2 * writers * each)
        list(pool.map(write, range(writers)))
        found = reader.result()
    assert found == sorted(found, key=lambda one: one.position)
    assert len({one.id for one in found}) == 2 * writers * each
    for writer in range(writers):
        assert [one.value[1] for one in found if one.key == f"k{writer}"] == list(range(each))
    assert [one.version for one in found if one.key == "all"] == list(range(1, writers * each + 1))
    for one in streams:
        one.close()


@pytest.mark.req("S002-STREAM-02")
def test_nothing_is_read_while_something_earlier_may_still_come(server: State) -> None:
    stream = DurableStream(server)
    begun, go_on = threading.Event(), threading.Event()

    def slow(tx: sa.Connection) -> None:
        stream.append("s", Fresh("t", "early"), tx=tx)
        begun.set()
        assert go_on.wait(60)

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(server.write, slow)
        assert begun.wait(60)
        late = stream.append("s", Fresh("t", "late"))[0]
        assert stream.read("s") == []
        assert not stream.wait("s", BEGIN, 0.05)
        go_on.set()
        writing.result()
    assert stream.wait("s", Position(late.position.xid, late.position.seq - 1), 60)
    assert [one.value for one in stream.read("s")] == ["early", "late"]
    stream.close()


@pytest.mark.req("S002-STREAM-02")
def test_a_transaction_that_began_before_an_append_to_its_key_comes_behind_it(server: State) -> None:
    stream, begun, go_on, tries = DurableStream(server), threading.Event(), threading.Event(), []

    def early(tx: sa.Connection) -> None:
        tries.append(tx.exec_driver_sql("SELECT pg_current_xact_id()").scalar())
        begun.set()
        assert go_on.wait(60)
        stream.append("s", Fresh("t", "second", key="k"), tx=tx)

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(server.write, early)
        assert begun.wait(60)
        stream.append("s", Fresh("t", "first", key="k"))
        go_on.set()
        writing.result()
    found = followed(stream, "s", 2)
    assert [(one.value, one.version) for one in found] == [("first", 1), ("second", 2)]
    assert len(tries) == 1
    stream.close()


def test_another_process_hears_of_an_append_by_notify(server: State, new_postgres_url: str) -> None:
    ours = DurableStream(server)
    with State.open(new_postgres_url, key=KEY) as other, ThreadPoolExecutor(1) as pool:
        theirs = DurableStream(other)
        theirs._dialect.poll = 600.0
        waiting = pool.submit(theirs.wait, "s", BEGIN, 60.0)
        sent = 0
        while not waiting.done() and sent < 300:  # until it listens
            ours.append("s", Fresh("t"))
            sent += 1
            time.sleep(0.1)
        assert waiting.result()
        theirs.close()
    ours.close()


@pytest.mark.req("S002-STREAM-01")
def test_the_database_itself_refuses_to_change_what_has_happened(state: State, stream: DurableStream) -> None:
    for number in range(3):
        stream.append("s", Fresh("t", number))
    forbidden = [
        "UPDATE stream_event SET type = 'u'",
        "DELETE FROM stream_event",
        "DELETE FROM stream_event WHERE seq = 3",
    ]
    if state.dialect == "postgresql":
        forbidden.append("TRUNCATE stream_event")
    for statement in forbidden:
        with pytest.raises(Exception, match=r"never changed|only trimmed"):
            state.write(lambda tx, statement=statement: tx.exec_driver_sql(statement))  # type: ignore[misc]
    for _ in range(600):  # until no older transaction of the server's others is open
        if stream.trim("s", keep=2):
            break
        time.sleep(0.1)
    with pytest.raises(Exception, match="only trimmed"):
        state.write(lambda tx: tx.exec_driver_sql("DELETE FROM stream_event"))
    assert [one.value for one in stream.read("s")] == [1, 2]


def test_the_triggers_are_there_for_a_migrated_state_as_for_a_new_one(state: State) -> None:
    named = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }[state.dialect]
    found = state.read(lambda tx: {row[0] for row in tx.exec_driver_sql(named)})
    wanted = {
        word for statement in KEPT[state.dialect] for word in statement.split() if word.startswith("stream_event_")
    }
    assert found == {one for one in wanted if "(" not in one}


@pytest.mark.parametrize("moved", [3600.0, -3600.0, 86_400.0, -86_400.0, 10 * 86_400.0, -10 * 86_400.0])
def test_a_clock_that_is_moved_holds_nobody_up(state: State, moved: float) -> None:
    """By an hour, a day, ten days: order, positions and versions stay; a lease of before ends within a day."""
    now = [time.time()]
    stream = DurableStream(state, clock=lambda: now[0], wall=lambda: now[0])
    stream.group("s", "g")
    stream.append("s", Fresh("t", 1, key="k"))
    batch = stream.fetch("s", "g", lease=30, wait=60)
    assert batch is not None
    now[0] += moved
    two = stream.append("s", Fresh("t", 2, key="k"), expect=1)[0]
    assert two.version == 2
    assert [one.value for one in followed(stream, "s", 2)] == [1, 2]
    assert stream.groups("s")[0].lanes[0].attempts == 1
    now[0] += 31 if moved > 0 else min(-moved, 86_400) + 31
    again = stream.fetch("s", "g")
    assert again is not None
    assert [one.value for one in again.events] == [1, 2]
    assert not stream.commit(batch)
    assert stream.commit(again)
    stream.close()


def test_leases_do_not_follow_a_clock_that_is_moved(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = DurableStream(state)
    stream.group("s", "g")
    stream.append("s", Fresh("t", 1))
    batch = stream.fetch("s", "g", lease=60, wait=60)
    assert batch is not None
    real = time.time
    for moved in (-86_400, 86_400):
        monkeypatch.setattr(time, "time", lambda moved=moved: real() + moved)
        assert stream.fetch("s", "g") is None
        assert stream.extend(batch, 60)
    assert stream.commit(batch)
    stream.close()


def test_a_full_disk_refuses_appends_and_goes_on_by_itself(tmp_path: Path) -> None:
    with State.open(tmp_path / "nexus.sqlite", key=KEY) as state:
        stream = DurableStream(state)
        stream.group("s", "g")

        def fill() -> None:
            for _ in range(100):
                kept.extend(stream.append("s", Fresh("t", b"x" * 5000, key="k")))

        kept = stream.append("s", *(Fresh("t", n, key="k") for n in range(10)))
        pages = state.read(lambda tx: tx.exec_driver_sql("PRAGMA page_count").scalar())
        state.write(lambda tx: tx.exec_driver_sql(f"PRAGMA max_page_count = {pages}").fetchall())
        with pytest.raises(StateDown, match=r"Nothing was changed\..*full"):
            fill()
        assert stream.read("s") == kept
        state.write(lambda tx: tx.exec_driver_sql("PRAGMA max_page_count = 1073741823").fetchall())
        last = stream.append("s", Fresh("t", "room", key="k"), expect=len(kept))
        assert stream.read("s") == kept + last
        batch = stream.fetch("s", "g")
        assert batch is not None
        assert stream.commit(batch)
        stream.close()


def test_a_number_is_not_given_twice_though_all_is_forgotten_and_opened_anew(tmp_path: Path) -> None:
    seen: list[Any] = []
    for _ in range(3):
        with State.open(tmp_path / "nexus.sqlite", key=KEY) as state:
            stream = DurableStream(state)
            seen += [one.position for one in stream.append("s", Fresh("t", key="k"), Fresh("t", key="k"))]
            assert stream.trim("s", keep=0) == 2
            stream.close()
    assert seen == sorted(set(seen))
    with sqlite3.connect(tmp_path / "nexus.sqlite") as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_much_is_forgotten_in_many_small_steps(tmp_path: Path) -> None:
    with State.open(tmp_path / "nexus.sqlite", key=KEY) as state:
        stream = DurableStream(state)
        for _ in range(3):
            stream.append("s", *(Fresh("t", key=f"k{n % 50}") for n in range(1700)))
        assert stream.trim("s", keep=10) == 5090
        assert [one.version for one in stream.read("s")] == [102] * 10
        stream.close()


def test_far_into_a_stream_on_sqlite_a_page_costs_what_the_first_one_did(tmp_path: Path) -> None:
    """Whatever asks for what stands behind or before a position looks it up by that, and passes over nothing."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, text: str, values: Any, *_rest: Any) -> None:
        if "FROM stream_event" in text and "seq" in text.partition("WHERE")[2].partition("ORDER")[0]:
            asked.append((text, values))

    with State.open(tmp_path / "nexus.sqlite", key=KEY) as state:
        stream = DurableStream(state)
        stream.group("s", "g", lanes=2)
        events = stream.append("s", *(Fresh("t", n) for n in range(10)))
        sa.event.listen(sa.Engine, "before_cursor_execute", note)
        stream.read("s", after=events[5].position)
        stream.read("s", after=events[5].position, backwards=True)
        list(stream.replay("s", after=events[8].position))
        assert stream.wait("s", events[5].position, 0)
        assert stream.fetch("s", "g") is not None
        stream.seek("s", "g", Shift(1), try_only=True)
        stream.groups("s")
        stream.trim("s", keep=1)
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
        assert len(asked) > 12
        for text, values in asked:
            plan = state.read(partial(explained, text=text, values=values))
            assert re.search("stream=. AND xid=. AND seq[<>]", plan), (text, plan)
        stream.close()


def explained(connection: sa.Connection, text: str, values: Any) -> str:
    return "\n".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values))


def test_a_lane_without_events_of_its_own_is_moved_over_those_of_others(tmp_path: Path) -> None:
    with State.open(tmp_path / "nexus.sqlite", key=KEY) as state:
        stream = DurableStream(state)
        stream.group("s", "g", lanes=2)
        events = stream.append("s", *(Fresh("t", n, key="k") for n in range(1500)))
        one, other = stream.groups("s")[0].lanes
        idle = one.lane if not one.behind else other.lane
        assert stream.fetch("s", "g", lane=idle) is None
        assert stream.groups("s")[0].lanes[idle].position == events[-1].position
        stream.close()


@pytest.mark.req("S002-STREAM-12")
def test_a_stream_is_a_name_and_not_a_file(tmp_path: Path) -> None:
    with State.open(tmp_path / "nexus.sqlite", key=KEY) as state:
        stream = DurableStream(state)
        with ThreadPoolExecutor(32) as pool:
            list(pool.map(lambda n: stream.append(f"s{n}", Fresh("t", n)), range(2000)))
        assert len(stream.figures()) == 2000
        assert stream.read("s1234")[0].value == 1234
        stream.close()


@pytest.mark.req("S002-STREAM-08")
def test_figures_are_exact_though_what_was_counted_once_is_not_counted_again(
    state: State, stream: DurableStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nexus_admin.brokers.stream.tally.MUCH", 3)
    dice, tallied = random.Random(7), []
    stream.group("s", "g")
    for number in range(40):
        fresh = [Fresh("t", b"x" * dice.randrange(9)) for _ in range(dice.randrange(1, 6))]
        last = stream.append("s", *fresh)[-1].position
        assert stream.wait("s", Position(last.xid, last.seq - 1), 60)
        batch = stream.fetch("s", "g", n=dice.randrange(1, 6))
        if batch is not None and stream.park(batch, batch.events[0], "x"):
            stream.commit(batch)
        if number % 4 == 3:
            stream.trim("s", keep=dice.randrange(1, 12))
        if number % 9 == 8:
            stream.unpark("s", "g", *(one.event.position.seq for one in stream.parked("s", "g")))
        (one,), there = stream.figures(), list(stream.replay("s"))
        assert (one.events, one.bytes) == (len(there), sum(len(event.content.data) for event in there))
        assert (one.first_at, one.last_at, one.head) == (there[0].at, there[-1].at, last)
        state.flush()
        tallied.append(state.read(lambda tx: tx.exec_driver_sql("SELECT events FROM stream_tally").scalar()))
    assert sum(bool(one) for one in tallied) > 20


def test_a_tally_that_was_counted_before_something_was_forgotten_does_not_go_on(
    state: State, stream: DurableStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does one that another process has moved on already."""
    monkeypatch.setattr("nexus_admin.brokers.stream.tally.MUCH", 3)
    late: list[Any] = []
    last = stream.append("s", *(Fresh("t", b"12") for _ in range(8)))[-1].position
    assert stream.wait("s", Position(last.xid, last.seq - 1), 60)
    with monkeypatch.context() as held:
        held.setattr(state, "later", late.append)
        stream.figures()
        stream.figures()
    assert stream.trim("s", keep=6) == 2
    state.write(late[0])
    assert (stream.figures()[0].events, stream.figures()[0].bytes) == (6, 12)
    state.flush()
    for work in late:
        state.write(work)
    assert (stream.figures()[0].events, stream.figures()[0].bytes) == (6, 12)
