"""The writer lane: durable, in order, and one failing write never takes its neighbours down."""

import logging
import sqlite3
import threading
import time
from concurrent.futures import Future
from pathlib import Path

import pytest
import sqlalchemy as sa

from nexus_admin.domain.errors import StateDown
from nexus_admin.state.carried import after_commit, carried, carry
from nexus_admin.state.engine import State
from nexus_admin.state.lane import Lane, one_of
from nexus_admin.state.sqlite import SqliteFile
from nexus_admin.state.tables.settings import setting
from tests.state.conftest import KEY
from tests.state.test_engine import keys, put


@pytest.fixture
def lane(path: Path):
    State.open(path, key=KEY).close()
    file = SqliteFile(path)
    lane = Lane(file.writing, str(path), tidy=file.checkpoint)
    yield lane
    lane.close()
    file.close()


class Plug:
    """Keeps the lane busy, so that what is queued meanwhile becomes one group."""

    def __init__(self, lane: Lane) -> None:
        self.out, running = threading.Event(), threading.Event()
        lane.submit(lambda _connection: (running.set(), self.out.wait(60)))
        assert running.wait(60)


def test_64_threads_write_and_every_acknowledged_write_is_there(path: Path) -> None:
    done: list[str] = []
    with State.open(path, key=KEY) as state:

        def produce(number: int) -> None:
            for n in range(25):
                key = f"{number:02}-{n:02}"
                state.write(put(key))
                done.append(key)

        threads = [threading.Thread(target=produce, args=(number,)) for number in range(64)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(done) == 1600
    with sqlite3.connect(path) as other:
        assert sorted(done) == [row[0] for row in other.execute("SELECT key FROM setting ORDER BY key")]


def test_writes_run_in_the_order_in_which_they_came(lane: Lane) -> None:
    plug, order = Plug(lane), list[int]()
    futures = [lane.submit(lambda _connection, n=n: order.append(n)) for n in range(500)]
    plug.out.set()
    for future in futures:
        future.result(60)
    assert order == list(range(500))


def test_a_failing_write_takes_nothing_of_its_neighbours_with_it(lane: Lane, path: Path) -> None:
    def half(connection: sa.Connection) -> None:
        put("half")(connection)
        raise LookupError("on purpose")

    plug = Plug(lane)
    futures: list[Future] = []
    for n in range(20):
        futures.append(lane.submit(put(f"good{n:02}")))
        futures.append(lane.submit(half))
        futures.append(lane.submit(put("good00")))  # taken: an IntegrityError for all but itself
    plug.out.set()
    errors = [type(future.exception(60)).__name__ for future in futures]
    assert errors == ["NoneType", "LookupError", "IntegrityError"] * 20
    with sqlite3.connect(path) as other:
        assert [row[0] for row in other.execute("SELECT key FROM setting ORDER BY key")] == [
            f"good{n:02}" for n in range(20)
        ]


def test_a_write_is_done_in_the_thread_that_asks_where_nobody_else_writes(lane: Lane) -> None:
    assert lane.write(lambda _connection: threading.get_ident()) == threading.get_ident()
    plug = Plug(lane)
    ran: list[int] = []
    asking = threading.Thread(target=lambda: ran.append(lane.write(lambda _connection: threading.get_ident())))
    asking.start()
    plug.out.set()
    asking.join(60)
    assert ran
    assert asking.ident not in ran
    with pytest.raises(LookupError):
        lane.write(raising)
    assert lane.write(lambda _connection: 1) == 1


def test_who_was_in_company_writes_with_the_lane_until_alone_again(lane: Lane) -> None:
    """Else one of many would commit for itself after each commit of all, and the rest wait for two."""
    plug = Plug(lane)
    queued = [lane.submit(lambda _connection: threading.get_ident()) for _ in range(3)]
    plug.out.set()
    writer = {one.result(60) for one in queued}
    assert {lane.write(lambda _connection: threading.get_ident())} == writer
    assert lane.write(lambda _connection: threading.get_ident()) == threading.get_ident()


def test_a_commit_of_nothing_that_lasts_does_not_wait_for_the_disk(path: Path) -> None:
    def level(connection: sa.Connection, asked: list[int]) -> list[int]:
        return [connection.exec_driver_sql("PRAGMA synchronous").scalar_one()] * len(asked)

    normal, full = 1, 2
    with State.open(path, key=KEY) as state:
        lane, together = state._lane, list[int]()
        assert lane is not None
        assert state.write_together(level, 1, lasting=False) == normal
        assert state.write_together(level, 1) == full
        plug = Plug(lane)
        one = threading.Thread(target=lambda: together.append(state.write_together(level, 1, lasting=False)))
        one.start()
        while not lane._waiting:
            time.sleep(0.001)
        other = lane.submit(put("lasts"))
        plug.out.set()
        other.result(60)
        one.join(60)
        assert together == [full]


def raising(_connection: sa.Connection) -> None:
    raise LookupError("on purpose")


def test_a_group_is_one_commit(lane: Lane) -> None:
    def version(connection: sa.Connection) -> int:
        return int(connection.connection.cursor().execute("SELECT count(*) FROM setting").fetchone()[0])

    seen = list[int]()
    plug = Plug(lane)
    reader = sqlite3.connect(lane._hand._engine.url.database or "")
    futures = [lane.submit(put(str(n))) for n in range(10)]
    futures[-1].add_done_callback(lambda _future: seen.append(0))
    assert reader.execute("SELECT count(*) FROM setting").fetchone() == (0,)
    plug.out.set()
    futures[0].result(60)
    assert reader.execute("SELECT count(*) FROM setting").fetchone() == (10,)
    reader.close()


def test_a_write_within_a_write_is_a_named_error_and_no_deadlock(path: Path) -> None:
    with State.open(path, key=KEY) as state, pytest.raises(RuntimeError, match="Use the connection"):
        state.write(lambda _connection: state.write(put("inner")))


def test_what_a_group_carries_is_written_once_and_forgets_what_failed(lane: Lane) -> None:
    written = list[int]()

    def count(connection: sa.Connection, fail: bool = False) -> int:
        number = (carried(connection, "number") or 0) + 1
        carry(connection, "number", number, lambda _connection, last: written.append(last))
        if fail:
            raise LookupError
        return number

    plug = Plug(lane)
    futures = [lane.submit(lambda c, fail=fail: count(c, fail)) for fail in (False, True, False, True, False)]
    plug.out.set()
    assert [future.result(60) for future in futures if not future.exception(60)] == [1, 2, 3]
    assert written == [3]


def test_a_full_disk_refuses_the_write_and_goes_on_by_itself_when_there_is_room(path: Path) -> None:
    with State.open(path, key=KEY) as state:
        state.write(put("before"))
        pages = state.write(lambda c: c.exec_driver_sql("PRAGMA page_count").scalar_one())
        state.write(lambda c: c.exec_driver_sql(f"PRAGMA max_page_count = {pages}").fetchall())
        with pytest.raises(StateDown, match=r"Nothing was changed\..* database or disk is full"):
            state.write(put("large", "x" * 500_000))
        assert keys(state) == ["before"]
        # The lane took a fresh connection, which knows of no limit.
        state.write(put("after", "x" * 500_000))
        assert keys(state) == ["after", "before"]


def test_a_full_disk_takes_nothing_from_those_who_do_not_wait(path: Path) -> None:
    with State.open(path, key=KEY) as state:
        pages = state.write(lambda c: c.exec_driver_sql("PRAGMA page_count").scalar_one())
        state.write(lambda c: c.exec_driver_sql(f"PRAGMA max_page_count = {pages}").fetchall())
        state.later(put("later", "x" * 500_000))
        deadline = time.monotonic() + 60
        while not keys(state):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_a_write_that_the_database_gave_up_is_tried_again_when_nobody_waits(state: State) -> None:
    tries = list[int]()

    def unlucky(connection: sa.Connection) -> None:
        tries.append(1)
        if len(tries) < 3:
            raise sa.exc.OperationalError("INSERT", {}, Exception("deadlock detected"))
        put("in the end")(connection)

    state.later(unlucky)
    state.later(put("neighbour"))
    deadline = time.monotonic() + 60
    while keys(state) != ["in the end", "neighbour"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert len(tries) == 3


def test_another_programs_lock_is_waited_for(path: Path) -> None:
    with State.open(path, key=KEY) as state:
        other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        timer = threading.Timer(0.3, lambda: other.execute("COMMIT"))
        timer.start()
        state.write(put("patient"))
        timer.join()
        other.close()
        assert keys(state) == ["patient"]


def test_an_error_that_nobody_waits_for_is_logged(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_connection: sa.Connection) -> None:
        raise LookupError("unheard")

    with caplog.at_level(logging.ERROR), State.open(path, key=KEY) as state:
        state.later(fail)
    assert "unheard" in caplog.text


def test_the_log_is_checkpointed_by_the_lane(path: Path) -> None:
    with State.open(path, key=KEY) as state:
        state.write(put("one"))
        deadline = time.monotonic() + 60
        while b"from-the-lane" not in path.read_bytes():
            state.write(lambda c: c.execute(setting.update().values(set_by="from-the-lane")))
            assert time.monotonic() < deadline, "The log never reached the file."
            time.sleep(1.2)


def test_a_cancelled_write_is_not_run(lane: Lane, path: Path) -> None:
    plug = Plug(lane)
    future = lane.submit(put("never"))
    assert future.cancel()
    other = lane.submit(put("ever"))
    plug.out.set()
    other.result(60)
    with sqlite3.connect(path) as reader:
        assert reader.execute("SELECT key FROM setting").fetchall() == [("ever",)]


def put_all(calls: list[list[str]]):
    """A batch that puts settings down, and notes who was asked for together."""

    def batch(connection: sa.Connection, asked: list[str]) -> list[int]:
        calls.append(asked)
        for key in asked:
            put(key)(connection)
        if "bad" in asked:
            raise ValueError("No.")
        return list(range(len(asked)))

    return batch


def queued(lane: Lane, batch, asked: str) -> Future[int]:
    """Let *asked* wait for the lane, in the place that it has now."""
    future: Future[int] = Future()
    lane._queue(one_of(batch, asked, future))
    return future


def test_what_one_batch_does_is_done_in_one_call(lane: Lane) -> None:
    calls: list[list[str]] = []
    batch, plug = put_all(calls), Plug(lane)
    first, other, second = queued(lane, batch, "a"), lane.submit(put("between")), queued(lane, batch, "b")
    plug.out.set()
    assert (first.result(60), second.result(60)) == (0, 1)
    other.result(60)
    assert calls == [["a", "b"]]
    with lane._hand._engine.connect() as connection:
        assert set(connection.execute(sa.select(setting.c.key)).scalars()) == {"a", "b", "between"}


def test_an_item_that_cannot_be_done_takes_nothing_of_its_batch_with_it(lane: Lane) -> None:
    calls: list[list[str]] = []
    batch, plug = put_all(calls), Plug(lane)
    futures = [queued(lane, batch, key) for key in ("a", "bad", "b")]
    plug.out.set()
    assert futures[0].result(60) == futures[2].result(60) == 0
    with pytest.raises(ValueError, match="No"):
        futures[1].result(60)
    assert calls == [["a", "bad", "b"], ["a"], ["bad"], ["b"]]
    with lane._hand._engine.connect() as connection:
        assert set(connection.execute(sa.select(setting.c.key)).scalars()) == {"a", "b"}


def test_a_batch_is_done_on_every_state(state: State) -> None:
    calls: list[list[str]] = []
    batch = put_all(calls)
    assert state.append_together(batch, "a") == 0
    assert state.write_together(batch, "b") == 0
    for together in (state.append_together, state.write_together):
        with pytest.raises(ValueError, match="No"):
            together(batch, "bad")
    assert keys(state) == ["a", "b"]


def test_what_waits_for_the_commit_is_called_after_it_and_never_for_what_was_rolled_back(state: State) -> None:
    heard: list[tuple[str, list[str]]] = []

    def write(key: str, fail: bool = False):
        def work(connection: sa.Connection) -> None:
            put(key)(connection)
            after_commit(connection, lambda: heard.append((key, keys(state))))
            after_commit(connection, lambda: 1 / 0)  # logged, and no harm to anybody
            assert heard == before
            if fail:
                raise LookupError

        before = list(heard)
        return work

    with pytest.raises(LookupError):
        state.write(write("never", fail=True))
    state.write(write("alone"))
    state.append(write("appended"))
    assert heard == [("alone", ["alone"]), ("appended", ["alone", "appended"])]


def test_in_a_group_only_what_failed_is_not_called_for(lane: Lane) -> None:
    plug, heard = Plug(lane), list[str]()

    def write(key: str):
        def work(connection: sa.Connection) -> None:
            after_commit(connection, lambda: heard.append(key))
            if key == "bad":
                raise LookupError

        return work

    futures = [lane.submit(write(key)) for key in ("a", "bad", "b")]
    plug.out.set()
    assert [one.exception(60) is None for one in futures] == [True, False, True]
    assert heard == ["a", "b"]
