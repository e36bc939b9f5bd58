"""What the durable queue does in a second, and what it takes of the processor; printed, never asserted.

Ratios are of one run on one disk. `push` returns when the job is durable: SQLite with synchronous=FULL, PostgreSQL
as it is set. Figures of other servers are of the same machine, minute and language.
"""

import asyncio
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from nexus_admin.brokers.content import BYTES
from nexus_admin.brokers.queue import DurableQueue
from nexus_admin.brokers.queue.statements import PUSH
from nexus_admin.domain.ids import as_ulid, new_id
from nexus_admin.state.engine import State
from tests.benchmarks.rivals import Absent, jetstream, redis_streams

pytestmark = pytest.mark.benchmark

SECONDS = float(os.environ.get("NEXUS_BENCH_SECONDS", "2"))
JOBS = int(os.environ.get("NEXUS_BENCH_JOBS", "40000"))
"""From end to end, in batches; one by one a tenth of them."""
PRODUCERS = 64
PAYLOAD = b"x" * 200
KEY = b"k3Vq-9sWm2Zt7Lx0Rb5Yc8Ne1Uj4Pd6Ga"


@pytest.fixture(params=["sqlite", "postgresql"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[State]:
    where = str(tmp_path / "q.sqlite") if request.param == "sqlite" else request.getfixturevalue("new_postgres_url")
    with State.open(where, key=KEY) as state:
        yield state


@pytest.fixture
def queue(state: State) -> Iterator[DurableQueue]:
    queue = DurableQueue(state)
    print(f"\n  {queue.engine}, {SECONDS:g} s each")
    yield queue
    queue.close()


def rate(threads: int, once: Callable[[], int], last: Callable[[], object] = lambda: None) -> tuple[float, float]:
    """Return what *threads* calling *once*, and *last* at the end, do in a second, and our CPU for each in µs."""
    done = [0] * threads
    until = time.perf_counter() + SECONDS

    def work(number: int) -> None:
        while time.perf_counter() < until:
            done[number] += once()
        last()

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    start, cpu = time.perf_counter(), time.process_time()
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    total = max(1, sum(done))
    return total / (time.perf_counter() - start), (time.process_time() - cpu) / total * 1e6


def told(name: str, figures: tuple[float, float], beside: str = "") -> None:
    print(f"  {name:46} {figures[0]:10,.0f}/s  {figures[1]:8.1f} µs of cpu  {beside}")


def test_pushes_grouped_and_one_by_one(queue: DurableQueue) -> None:
    lock = threading.Lock()

    def grouped() -> int:
        queue.push("q", PAYLOAD)
        return 1

    def alone() -> int:
        with lock:  # nobody else's push is in the same commit
            queue.push("q", PAYLOAD)
        return 1

    for producers in (1, 8, 64):
        one, many = rate(producers, alone), rate(producers, grouped)
        told(f"push, {producers} producers, a commit each", one)
        told(f"push, {producers} producers, grouped", many, f"{many[0] / one[0]:.1f} x")
    for size in (100, 1000):
        told(f"push_many {size:,}", rate(1, lambda size=size: len(queue.push_many("q", [PAYLOAD] * size))))


@pytest.mark.req("S002-QUEUE-12")
@pytest.mark.parametrize("slower", [0.0, 0.005], ids=["this disk", "simulated: each commit takes 5 ms longer"])
def test_group_commit_beside_a_connection_each(tmp_path: Path, slower: float) -> None:
    """What a program without the lane does: its producers insert the same rows, each over a connection of its own."""
    print(
        f"\n  SQLite, synchronous=FULL, {PRODUCERS} producers, {SECONDS:g} s each, {slower * 1000:g} ms more a commit"
    )
    for path in (tmp_path / "own", tmp_path / "grouped"):
        State.open(path, key=KEY).close()
    own = rate(PRODUCERS, *bare_inserts(tmp_path / "own", slower))
    told("each its own BEGIN IMMEDIATE, INSERT, COMMIT", own)
    with State.open(tmp_path / "grouped", key=KEY) as state:
        sa.event.listen(state._writing, "commit", lambda _connection: time.sleep(slower))
        queue = DurableQueue(state)
        grouped = rate(PRODUCERS, lambda: bool(queue.push("q", PAYLOAD)))
        told("push, grouped", grouped, f"{grouped[0] / own[0]:.1f} x")
        queue.close()


def bare_inserts(path: Path, slower: float) -> tuple[Callable[[], int], Callable[[], object]]:
    """Return what inserts one job by its thread's own connection, and what closes that."""
    mine = threading.local()

    def once() -> int:
        if not hasattr(mine, "connection"):
            mine.connection = sqlite3.connect(path, isolation_level=None, timeout=60)
            mine.connection.execute("PRAGMA synchronous=FULL")
        now = time.time_ns() // 1000
        row = (as_ulid(new_id()), "q", "ready", 0, None, None, now, 5, None, None, PAYLOAD, BYTES, None, now)
        mine.connection.execute("BEGIN IMMEDIATE")
        mine.connection.execute(PUSH, row)
        time.sleep(slower)
        mine.connection.execute("COMMIT")
        return 1

    return once, lambda: mine.connection.close()


def test_pops_and_acks_in_batches(queue: DurableQueue) -> None:
    for size, threads in ((1, 1), (10, 1), (100, 1), (1, 8), (100, 8)):
        queue.purge("q")
        for _ in range(40):
            queue.push_many("q", [PAYLOAD] * 2500)
        told(f"pop and ack, batches of {size}, {threads} workers", rate(threads, lambda n=size: take(queue, n)))


def take(queue: DurableQueue, n: int) -> int:
    jobs = queue.pop("q", n=n)
    return queue.ack(*jobs) if jobs else 0


@pytest.mark.parametrize(("producers", "size"), [(8, 1), (64, 1), (8, 100)])
def test_jobs_that_do_nothing_from_end_to_end(queue: DurableQueue, producers: int, size: int) -> None:
    """So many jobs, from the first push until the last is acknowledged; all of it durable, in one process.

    They are pushed by `push` or by `push_many` of 100, taken by eight who wait for 100 at a time, and acknowledged
    together.
    """
    jobs = JOBS if size > 1 else JOBS // 10
    left, counting = [jobs], threading.Lock()

    def work() -> None:
        while left[0] > 0:
            found = queue.pop("q", n=100, wait=0.2)
            done = queue.ack(*found) if found else 0
            with counting:
                left[0] -= done

    def push() -> None:
        for _ in range(jobs // producers // size):
            if size == 1:
                queue.push("q", PAYLOAD)
            else:
                queue.push_many("q", [PAYLOAD] * size)

    left[0] = jobs // producers // size * producers * size
    total = left[0]
    team = [threading.Thread(target=work) for _ in range(8)] + [threading.Thread(target=push) for _ in range(producers)]
    start, cpu = time.perf_counter(), time.process_time()
    for one in team:
        one.start()
    for one in team:
        one.join()
    figures = total / (time.perf_counter() - start), (time.process_time() - cpu) / total * 1e6
    told(f"end to end, {producers} producers x {size}", figures, f"{total:,} jobs")


def test_how_late_a_delayed_job_is(queue: DurableQueue) -> None:
    late: list[float] = []
    pushed = 0
    until = time.monotonic() + 3 * SECONDS
    while time.monotonic() < until:
        delay = 0.05 + (pushed * 37 % 100) / 1000
        due = time.monotonic() + delay
        queue.push("q", pushed, delay=delay)
        jobs = queue.pop("q", wait=5)
        late.append(time.monotonic() - due)
        queue.ack(*jobs)
        pushed += 1
    late.sort()
    p50, p99 = late[len(late) // 2], late[len(late) * 99 // 100]
    print(f"  {len(late)} delayed jobs: late by {p50 * 1000:.1f} ms p50, {p99 * 1000:.1f} ms p99")


def test_the_same_on_redis_streams(tmp_path: Path) -> None:
    for fsync in ("always", "everysec"):
        folder = tmp_path / fsync
        folder.mkdir()
        try:
            with redis_streams(folder, fsync) as client:
                print(f"\n  Redis streams, appendfsync {fsync}; the server's processor time is not counted")
                for producers in (1, 8, 64):
                    told(
                        f"XADD, {producers} producers",
                        rate(producers, lambda c=client: bool(c.xadd("q", {"d": PAYLOAD}))),
                    )

                def many(client: object = client) -> int:
                    pipeline = client.pipeline(transaction=False)  # type: ignore[attr-defined]
                    for _ in range(100):
                        pipeline.xadd("q", {"d": PAYLOAD})
                    return len(pipeline.execute())

                def done(client: object = client) -> int:
                    found = client.xreadgroup("workers", "me", {"q": ">"}, count=100)  # type: ignore[attr-defined]
                    ids = [id for _, messages in found for id, _ in messages]
                    return int(client.xack("q", "workers", *ids)) if ids else 0  # type: ignore[attr-defined]

                told("XADD, pipelines of 100", rate(1, many))
                told("XREADGROUP and XACK, batches of 100", rate(1, done))
        except Absent as reason:
            pytest.skip(str(reason))


def test_the_same_on_nats_jetstream(tmp_path: Path) -> None:
    jobs = 6400
    cpu = time.process_time()
    try:
        pushed, took = asyncio.run(jetstream(tmp_path, jobs, 100))
    except Absent as reason:
        pytest.skip(str(reason))
    used = (time.process_time() - cpu) / jobs * 1e6
    print("\n  NATS JetStream, file storage, which does not sync before it acknowledges")
    told("publish with its acknowledgement, 64 at once", (jobs / pushed, used), "cpu: of both lines")
    told("fetch 100 and ack each", (jobs / took, used))
