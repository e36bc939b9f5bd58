"""How much the stream does in a second, durably, and beside it Redis streams and NATS JetStream; printed.

Wall time is what the disk and the neighbours allow; CPU is what the code costs, of all threads of this process.
"""

import asyncio
import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from nexus_admin.brokers.content import JSON
from nexus_admin.brokers.stream import BEGIN, DurableStream, Fresh, Position, Stream
from nexus_admin.brokers.stream.dialects import ROW
from nexus_admin.brokers.stream.rows import COLUMNS
from nexus_admin.domain.ids import new_ulids
from nexus_admin.state.engine import State
from tests.benchmarks.rivals import Absent, jetstream, redis_streams
from tests.state.conftest import KEY

pytestmark = pytest.mark.benchmark

PAYLOAD = {"order": 4711, "customer": "Ana Lima", "total": "129.90", "currency": "EUR", "lines": list(range(20))}
EVENTS = 20_000


def told(name: str, count: int, work: Callable[[], object]) -> tuple[float, float]:
    """Do *work*, which does *count* things; print and return how many a second, and microseconds of CPU for each."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"  {name:58} {count / wall:12,.0f}/s {cpu / count * 1e6:10.1f} us of CPU each")
    return count / wall, cpu / count * 1e6


@pytest.fixture(params=["sqlite", "postgresql"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[State]:
    sqlite = request.param == "sqlite"
    where = tmp_path / "nexus.sqlite" if sqlite else request.getfixturevalue("new_postgres_url")
    with State.open(where, key=KEY) as one:
        print(f"\n  {one.dialect}")
        yield one


def fill(stream: Stream, count: int, size: int, *, keys: int = 0) -> None:
    for first in range(0, count, size):
        numbers = range(first, min(first + size, count))
        stream.append("s", *(Fresh("order.paid", PAYLOAD, key=f"k{n % keys}" if keys else None) for n in numbers))


def replay(stream: Stream) -> int:
    return sum(event.value["order"] == 4711 for event in stream.replay("s"))


def by_pages(stream: Stream) -> int:
    after, count = BEGIN, 0
    while page := stream.read("s", after=after, limit=1000):
        count += sum(event.value["order"] == 4711 for event in page)
        after = page[-1].position
    return count


def consume(stream: Stream, group: str) -> int:
    count = 0
    while batch := stream.fetch("s", group):
        count += len(batch.events)
        stream.commit(batch)
    return count


def bare(path: Path) -> None:
    """The same rows by `sqlite3` alone, as durable: what the disk and the database leave of the figures below."""
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("PRAGMA synchronous = FULL")
        spelled = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode

        def append() -> None:
            for first in range(1, EVENTS, 100):
                rows = [
                    (
                        0,
                        first + n,
                        one,
                        "bare",
                        None,
                        None,
                        7,
                        "order.paid",
                        10**15,
                        None,
                        spelled(PAYLOAD).encode(),
                        JSON,
                    )
                    for n, one in enumerate(new_ulids(100))
                ]
                file.execute("BEGIN IMMEDIATE")
                file.executemany(f"INSERT INTO stream_event ({ROW}) VALUES (?{', ?' * (len(rows[0]) - 1)})", rows)
                file.execute("COMMIT")

        def replay() -> None:
            asked, last = (
                f"SELECT {COLUMNS} FROM stream_event WHERE stream = 'bare' AND xid = 0 AND seq > ? LIMIT 1000",
                0,
            )
            while page := file.execute(asked, (last,)).fetchall():
                assert all(json.loads(row[5])["order"] == 4711 for row in page)
                last = page[-1][1]

        told("bare sqlite3: append, 100 at a time", EVENTS, append)
        told("bare sqlite3: replay, decoded by json", EVENTS, replay)


def test_append_replay_and_groups(state: State, tmp_path: Path) -> None:
    if state.dialect == "sqlite":
        bare(tmp_path / "nexus.sqlite")
    stream = DurableStream(state)
    told("append, one at a time", 300, lambda: fill(stream, 300, 1))

    def many() -> None:
        with ThreadPoolExecutor(64) as pool:
            list(pool.map(lambda _: stream.append("s", Fresh("order.paid", PAYLOAD)), range(5000)))

    told("append, one at a time, 64 producers", 5000, many)
    told("append, 100 at a time (goal: 15,000/s)", EVENTS, lambda: fill(stream, EVENTS, 100))
    told("append, 100 at a time, with keys", EVENTS, lambda: fill(stream, EVENTS, 100, keys=500))
    told("append, 1,000 at a time", EVENTS, lambda: fill(stream, EVENTS, 1000))
    if state.dialect == "postgresql":
        state.write(lambda tx: tx.exec_driver_sql("ANALYZE stream_event"))
    total = 5300 + 3 * EVENTS
    assert stream.wait("s", stream.read("s", backwards=True, limit=1)[0].position, 0) is False
    told("replay, decoded (goal: 150,000/s)", total, lambda: replay(stream))
    told("read by pages of 1,000, decoded", total, lambda: by_pages(stream))
    for group in ("a", "b", "c"):
        stream.group("s", group)
    told("a group, fetch and commit 1,000", total, lambda: consume(stream, "a"))
    for group in ("a", "b", "c"):
        stream.seek("s", group, "begin")

    def three() -> None:
        with ThreadPoolExecutor(3) as pool:
            assert sum(pool.map(lambda group: consume(stream, group), ("a", "b", "c"))) == 3 * total

    told("three groups at once, fetch and commit 1,000", 3 * total, three)
    stream.close()


def test_a_long_stream(state: State) -> None:
    """`NEXUS_BENCH_EVENTS` of them, 200,000 unless told: its figures, and pages at its beginning and at its end."""
    stream, count = DurableStream(state), int(os.environ.get("NEXUS_BENCH_EVENTS", "200000"))
    told("append, 1,000 at a time", count, lambda: fill(stream, count, 1000))
    last = stream.read("s", backwards=True, limit=1)[0].position
    for name, after in (("beginning", BEGIN), ("end", Position(last.xid, last.seq - 100))):
        told(
            f"a page of 100 at the {name}",
            20,
            lambda after=after: [stream.read("s", after=after, limit=100) for _ in range(20)],
        )  # type: ignore[misc]
    told("figures, when nothing was counted yet", 1, stream.figures)
    state.flush()
    told("figures, afterwards", 20, lambda: [stream.figures() for _ in range(20)])
    assert stream.figures()[0].events == count
    stream.close()


@pytest.mark.req("S002-STREAM-12")
def test_very_many_streams(state: State) -> None:
    """`NEXUS_BENCH_STREAMS` of them, 100,000 unless told, with one event each, beside as many events in one stream."""
    stream, count = DurableStream(state), int(os.environ.get("NEXUS_BENCH_STREAMS", "100000"))

    def spread(name: Callable[[int], str]) -> None:
        with ThreadPoolExecutor(64) as pool:
            list(pool.map(lambda n: stream.append(name(n), Fresh("order.paid", PAYLOAD)), range(count)))

    told("append to one stream, one at a time, 64 producers", count, lambda: spread(lambda _: "one"))
    told("append to a stream each, one at a time, 64 producers", count, lambda: spread(lambda n: f"each.{n}"))
    told("read of a stream with one event", 200, lambda: [stream.read(f"each.{n}") for n in range(200)])
    told("figures of them all", 1, stream.figures)
    assert len(stream.figures()) == count + 1
    stream.close()


def test_redis_beside_it(tmp_path: Path) -> None:
    """As durable as ours: what was answered is on the disk."""
    said = json.dumps(PAYLOAD)

    def add(client: Any, size: int, count: int) -> None:
        for _ in range(count // size):
            pipe = client.pipeline(transaction=False)
            for _ in range(size):
                pipe.xadd("q", {"p": said})
            pipe.execute()

    def back(client: Any) -> None:
        last = "-"
        while page := client.xrange("q", last, count=1000):
            for _id, one in page:
                json.loads(one[b"p"])
            last = f"({page[-1][0].decode()}"

    try:
        with redis_streams(tmp_path, "always") as client:
            print("\n  Redis, appendfsync always; the CPU is the client's alone")
            told("XADD, one at a time", 300, lambda: add(client, 1, 300))
            told("XADD, 100 in a pipeline", EVENTS, lambda: add(client, 100, EVENTS))
            told("XRANGE, 1,000 at a time, decoded", EVENTS + 300, lambda: back(client))
    except Absent as reason:
        pytest.skip(str(reason))


def test_jetstream_beside_it(tmp_path: Path) -> None:
    """Less durable than ours: it answers before it is on the disk."""
    try:
        pushed, taken = asyncio.run(jetstream(tmp_path, EVENTS, 1000))
    except Absent as reason:
        pytest.skip(str(reason))
    print("\n  NATS JetStream")
    print(f"  {'publish with answer, 64 under way':58} {EVENTS / pushed:12,.0f}/s")
    print(f"  {'fetch 1,000 and acknowledge':58} {EVENTS / taken:12,.0f}/s")
