"""What only a durable queue does: it is there after a restart, other processes take from it, a full disk is told."""

import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from nexus_admin.brokers.queue import DurableQueue, MemoryQueue, statements
from nexus_admin.brokers.queue.check import Wish, refusals
from nexus_admin.brokers.queue.notices import CHANNEL
from nexus_admin.brokers.queue.protocol import Queue
from nexus_admin.brokers.queue.sqlite import Sqlite
from nexus_admin.domain.errors import StateDown
from nexus_admin.state.engine import State
from nexus_admin.state.lane import Lane
from nexus_admin.state.listening import listening
from tests.brokers.queue.engines import KEY, Clocks


@pytest.fixture(params=["sqlite", "postgresql"])
def state(request: pytest.FixtureRequest) -> State:
    name = "sqlite_state" if request.param == "sqlite" else "postgres_state"
    return request.getfixturevalue(name)


@pytest.fixture
def other_state(module_postgres_url: str, postgres_state: State) -> Iterator[State]:
    """Another process's, so to speak."""
    with State.open(module_postgres_url, key=KEY) as state:
        yield state


def counts(queue: Queue) -> dict[str, int]:
    return {state: number for one in queue.figures() for state, number in one.counts.items()}


@pytest.mark.req("S002-QUEUE-11")
def test_jobs_are_there_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "nexus.sqlite"
    clocks = Clocks()
    with State.open(path, key=KEY) as state:
        queue = DurableQueue(state, wall=clocks.wall, steady=clocks.steady)
        queue.push_many("q", ["running", "ready"], note={"for": "ada"})
        queue.push("q", "later", delay=60)
        (job,) = queue.pop("q")
        queue.pause("other")
        queue.close()
    clocks.forward(10)
    with State.open(path, key=KEY) as state:
        queue = DurableQueue(state, wall=clocks.wall, steady=clocks.steady)
        assert counts(queue) == {"running": 1, "ready": 1, "waiting": 1}
        assert [one.queue for one in queue.figures() if one.held] == ["other"]
        assert queue.find(job.id) == job
        assert [one.value for one in queue.pop("q", n=9)] == ["ready"]
        clocks.forward(60)
        assert [one.value for one in queue.pop("q", n=9)] == ["running", "ready", "later"]
        assert queue.ack(job) == 0
        queue.close()


@pytest.mark.parametrize("by", [-86400.0, -3600.0, 3600.0, 86400.0])
def test_no_lease_is_endless_though_the_clock_was_set_while_nobody_ran(state: State, by: float) -> None:
    clocks = Clocks()
    first = DurableQueue(state, wall=clocks.wall, steady=clocks.steady)
    first.push("q", 1)
    first.push("q", "later", delay=90)
    (job,) = first.pop("q", lease=30)
    first.close()
    clocks.set_wall(by)
    clocks.seconds = 5.0  # a process counts from anywhere
    clocks.apart += 995.0
    second = DurableQueue(state, wall=clocks.wall, steady=clocks.steady)
    second.pop("empty")
    clocks.forward(32)
    assert job.id in {one.id for one in second.pop("q", n=9)}
    clocks.forward(60)
    second.pop("empty")
    assert second.jobs("q", states=("waiting",)) == []
    second.close()


def test_a_clock_that_is_set_is_followed_once_by_two_processes(postgres_state: State, other_state: State) -> None:
    clocks = Clocks()
    one = DurableQueue(postgres_state, wall=clocks.wall, steady=clocks.steady)
    two = DurableQueue(other_state, wall=clocks.wall, steady=clocks.steady)
    for queue in (one, two):
        queue.pop("q")
    one.push_many("q", [1, 2], delay=60)
    two.push("q", 3)
    (job,) = two.pop("q", lease=60)
    clocks.set_wall(3600)
    for _ in range(4):
        clocks.forward(5)
        assert one.pop("q", n=9) == two.pop("q", n=9) == []
    clocks.forward(45)
    assert sorted(found.value for found in [*two.pop("q", n=9), *one.pop("q", n=9)]) == [1, 2, 3]
    assert two.ack(job) == 0
    one.close()
    two.close()


@pytest.mark.req("S002-PUBSUB-05", "S002-QUEUE-03")
def test_another_process_hears_of_a_push_and_takes_it(postgres_state: State, other_state: State) -> None:
    here, there = DurableQueue(postgres_state), DurableQueue(other_state)
    got: list[object] = []
    waiting = threading.Thread(target=lambda: got.extend(one.value for one in there.pop("q", wait=30)))
    waiting.start()
    time.sleep(0.3)
    here.push("q", "hello")
    waiting.join(20)
    assert got == ["hello"]
    here.close()
    there.close()


def test_notices_of_one_queue_are_few_though_pushes_are_many(postgres_state: State, other_state: State) -> None:
    queue = DurableQueue(postgres_state)
    with listening(other_state, CHANNEL) as heard:
        start = time.monotonic()
        for number in range(200):
            queue.push("q", number)
        took = time.monotonic() - start
        said = 0
        while heard(0.5):
            said += 1
    assert 1 <= said <= took / 0.02 + 2
    queue.close()


@pytest.mark.req("S002-QUEUE-01")
def test_workers_of_two_processes_share_what_there_is(postgres_state: State, other_state: State) -> None:
    here, there = DurableQueue(postgres_state), DurableQueue(other_state)
    ids = here.push_many("q", list(range(400)))
    taken: list[str] = []

    def work(queue: DurableQueue) -> None:
        while jobs := queue.pop("q", n=7):
            assert queue.ack(*jobs) == len(jobs)
            taken.extend(job.id for job in jobs)

    threads = [threading.Thread(target=work, args=(queue,)) for queue in (here, there) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    while jobs := here.pop("q", n=50):  # what was locked by the other one at the end
        here.ack(*jobs)
        taken.extend(job.id for job in jobs)
    assert sorted(taken) == ids
    here.close()
    there.close()


def test_what_many_ask_for_is_one_commit(sqlite_state: State) -> None:
    queue = DurableQueue(sqlite_state)
    lane = sqlite_state._lane
    assert isinstance(lane, Lane)
    running, out = threading.Event(), threading.Event()
    lane.submit(lambda _connection: (running.set(), out.wait(30)))
    running.wait(30)
    pushes = [threading.Thread(target=queue.push, args=("q", number)) for number in range(64)]
    for one in pushes:
        one.start()
    while len(lane._waiting) < 64:
        time.sleep(0.01)
    said: list[str] = []
    raw = lane._hand._connected().connection.dbapi_connection
    raw.set_trace_callback(said.append)  # type: ignore[union-attr]
    out.set()
    for one in pushes:
        one.join(30)
    raw.set_trace_callback(None)  # type: ignore[union-attr]
    assert counts(queue) == {"ready": 64}
    assert said.count("COMMIT") == 2  # of what kept the lane busy, and of all 64
    queue.close()


def test_many_jobs_are_cancelled_and_tried_again_in_few_transactions(postgres_state: State) -> None:
    queue = DurableQueue(postgres_state)
    plain = queue.push_many("q", list(range(40)))
    apart = [queue.push("q", 1, key="k"), *queue.push_many("q", [1, 2], serial="s")]
    commits: list[int] = []

    def count(_connection: sa.Connection) -> None:
        commits.append(threading.get_ident())

    sa.event.listen(postgres_state._writing, "commit", count)
    assert queue.cancel(*plain, *apart) == 43
    # What waits for a key or a line holds no other row meanwhile.
    assert commits.count(threading.get_ident()) == 1 + len(apart)
    assert queue.retry(*plain, *apart) == 43
    sa.event.remove(postgres_state._writing, "commit", count)
    assert counts(queue) == {"ready": 42, "waiting": 1}
    queue.close()


def test_an_older_sqlite_says_as_well_what_was_still_ours(sqlite_state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sqlite, "returns", False)
    queue = DurableQueue(sqlite_state)
    queue.push_many("q", [1, 2, 3])
    jobs = queue.pop("q", n=3)
    assert queue.ack(jobs[0]) == 1
    assert queue.ack(*jobs) == 2
    assert counts(queue) == {"done": 3}
    queue.close()


@pytest.mark.req("S002-QUEUE-11")
def test_a_full_disk_refuses_pushes_and_goes_on_by_itself(sqlite_state: State) -> None:
    queue = DurableQueue(sqlite_state)
    queue.push("q", "before")
    pages = sqlite_state.write(lambda c: c.exec_driver_sql("PRAGMA page_count").scalar_one())
    sqlite_state.write(lambda c: c.exec_driver_sql(f"PRAGMA max_page_count = {pages}").fetchall())
    with pytest.raises(StateDown, match=r"Nothing was changed\..* database or disk is full"):
        queue.push("q", b"x" * 900_000)
    assert counts(queue) == {"ready": 1}
    assert [job.value for job in queue.jobs()] == ["before"]
    queue.push("q", b"x" * 900_000)  # the lane took a fresh connection, which knows of no limit
    assert [len(job.content.data) for job in queue.pop("q", n=2)] == [8, 900_000]
    queue.close()


def test_the_clock_goes_on_though_the_state_was_away(
    sqlite_state: State, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = DurableQueue(sqlite_state)
    queue.push("q", "later", delay=1.5)
    read, down = sqlite_state.read, threading.Event()
    down.set()

    def failing(work: object) -> object:
        if down.is_set() and threading.current_thread().name == "nexus-queue-clock":
            raise StateDown("The disk is away.")
        return read(work)  # type: ignore[arg-type]

    monkeypatch.setattr(sqlite_state, "read", failing)
    with caplog.at_level(logging.WARNING):
        threading.Timer(1.2, down.clear).start()
        assert [job.value for job in queue.pop("q", wait=30)] == ["later"]
    queue.close()


def test_a_command_that_only_pushes_has_no_thread(sqlite_state: State) -> None:
    before = {thread.name for thread in threading.enumerate()}
    queue = DurableQueue(sqlite_state)
    queue.push("q", 1, delay=10)
    queue.pop("q")
    assert {thread.name for thread in threading.enumerate()} == before
    queue.pop("q", wait=0.01)
    assert "nexus-queue-clock" in {thread.name for thread in threading.enumerate()}
    queue.close()
    assert {thread.name for thread in threading.enumerate()} == before


def test_a_line_that_lost_its_holder_is_mended(state: State) -> None:
    queue = DurableQueue(state)
    ids = queue.push_many("q", [1, 2], serial="s")
    state.write(lambda c: c.execute(sa.text("DELETE FROM queue_job WHERE id = :id"), {"id": ids[0]}))
    assert queue.pop("q") == []
    queue.sweep()
    assert [job.value for job in queue.pop("q")] == [2]
    queue.close()


def test_counting_reads_no_payload(sqlite_state: State) -> None:
    queue = DurableQueue(sqlite_state)
    queue.push_many("q", list(range(100)))
    for statement in (statements.COUNT_READY, statements.COUNT_TIMED, statements.COUNT_OVER):
        plan = sqlite_state.read(lambda c, one=statement: c.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}").all())
        assert "COVERING INDEX" in str(plan), plan
    ready = statements.READY.replace("?", "1")
    plan = str(sqlite_state.read(lambda c: c.exec_driver_sql(f"EXPLAIN QUERY PLAN {ready}").all()))
    assert "ix_queue_job_ready" in plan
    assert "TEMP B-TREE" not in plan
    queue.close()


def test_what_an_engine_cannot_do_is_said_by_name(sqlite_state: State) -> None:
    wishes = [
        Wish("mail.send", "mail", frozenset({"delay", "priority"})),
        Wish("orders.close", "orders", frozenset({"transactional", "shared"})),
    ]
    said = refusals(MemoryQueue(), wishes)
    assert len(said) == 2
    assert said[1].startswith(
        "The job 'orders.close' needs its queue 'orders' to push within a transaction (tx=), and the engine of the "
        "queue, memory, cannot."
    )
    (only,) = refusals(DurableQueue(sqlite_state), wishes)
    assert "to hand jobs to other processes, and the engine of the queue, SQLite, cannot." in only
    assert "PostgreSQL (state.url)" in only
