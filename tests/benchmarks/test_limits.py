"""How much each engine of the brokers does on this machine, written to `limits.json`: `make limits`.

`tools/limits.py` makes the table of the page about limits from it. Each piece of work takes about a second, so a
figure is of one run, and of a machine that may be busy: the file says how busy it was.
"""

import json
import os
import platform
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from nexus_admin.brokers.pubsub import MemoryPubSub, PostgresPubSub
from nexus_admin.brokers.queue import DurableQueue, MemoryQueue
from nexus_admin.brokers.store import DurableStore, MemoryStore
from nexus_admin.brokers.stream import DurableStream, Fresh, MemoryStream
from nexus_admin.state.engine import State
from tests.state.conftest import KEY

pytestmark = pytest.mark.benchmark

FILE = Path(os.environ.get("NEXUS_LIMITS_FILE", Path(__file__).with_name("limits.json")))
PAYLOAD = {"order": 4711, "customer": "Ana Lima", "total": "129.90", "currency": "EUR", "lines": list(range(20))}
SECONDS = 1.0

Work = Callable[[], int]
"""Does some, and returns how many."""


def measured(work: Work) -> dict[str, float]:
    """Do *work* again and again for a second; return how many a second, and microseconds of our CPU each."""
    work()
    done, wall, cpu = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - wall < SECONDS:
        done += work()
    taken, used = time.perf_counter() - wall, time.process_time() - cpu
    return {"per_second": round(done / taken, 1), "cpu_us": round(used / done * 1e6, 1)}


def queue_work(queue: Any) -> Iterator[tuple[str, Work]]:
    """What is asked of a queue."""

    def push() -> int:
        queue.push("q", PAYLOAD)
        return 1

    def many() -> int:
        with ThreadPoolExecutor(64) as pool:
            return len(list(pool.map(lambda _: queue.push("q", PAYLOAD), range(640))))

    def through() -> int:
        ids = queue.push_many("through", [PAYLOAD] * 100)
        queue.ack(*queue.pop("through", n=100))
        return len(ids)

    yield "queue: push, one after another", push
    yield "queue: push, 64 threads", many
    yield "queue: push, pop and ack, 100 at a time", through


def stream_work(stream: Any) -> Iterator[tuple[str, Work]]:
    """What is asked of a stream."""

    def append(size: int) -> Work:
        return lambda: len(stream.append("s", *(Fresh("order.paid", PAYLOAD) for _ in range(size))))

    yield "stream: append, one after another", append(1)
    yield "stream: append, 100 at a time", append(100)
    yield "stream: replay, decoded", lambda: sum(event.value["order"] == 4711 for event in stream.replay("s"))


def pubsub_work(pubsub: Any) -> Iterator[tuple[str, Work]]:
    """What is asked of publish-subscribe: that a subscriber has it."""
    subscription = pubsub.subscribe("orders/+", buffer=10_000)

    def publish() -> int:
        for number in range(100):
            pubsub.publish(f"orders/{number}", PAYLOAD)
        return sum(subscription.get(10) is not None for _ in range(100))

    yield "publish-subscribe: published and heard", publish


def store_work(store: Any) -> Iterator[tuple[str, Work]]:
    """What is asked of a store."""

    def keep() -> int:
        for number in range(100):
            store.set(f"k{number}", PAYLOAD)
        return 100

    yield "store: set", keep
    yield "store: get", lambda: sum(store.get(f"k{number}") is not None for number in range(100))


def machine(load: float) -> dict[str, Any]:
    """What the figures are of; no name and no path of it."""
    return {
        "day": datetime.now(UTC).date().isoformat(), "cores": os.cpu_count(), "python": platform.python_version(),
        "system": platform.system(), "processor": platform.machine(), "sqlite": sqlite3.sqlite_version,
        "load_before": round(load, 1), "load_after": round(os.getloadavg()[0], 1),
    }  # fmt: skip


def all_of(queue: Any, stream: Any, pubsub: Any, store: Any) -> dict[str, dict[str, float]]:
    """Measure what there is of them, and close it."""
    made = ((queue, queue_work), (stream, stream_work), (pubsub, pubsub_work), (store, store_work))
    found = {}
    for engine, works in made:
        for name, work in works(engine) if engine is not None else ():
            found[name] = measured(work)
            print(f"  {name:45} {found[name]['per_second']:12,.0f}/s {found[name]['cpu_us']:10.1f} us of CPU each")
    for engine in (queue, stream, pubsub):
        if engine is not None:
            engine.close()
    return found


@pytest.mark.req("S002-MISS-02")
def test_what_each_engine_does_is_written_to_a_file(tmp_path: Path, new_postgres_url: str) -> None:
    load = os.getloadavg()[0]
    print("\n  memory")
    found = {"memory": all_of(MemoryQueue(), MemoryStream(), MemoryPubSub(), MemoryStore())}
    with State.open(tmp_path / "nexus.sqlite", key=KEY) as state:
        print("  sqlite")
        found["sqlite"] = all_of(DurableQueue(state), DurableStream(state), None, DurableStore(state))
    with State.open(new_postgres_url, key=KEY) as state:
        print("  postgresql")
        engines = DurableQueue(state), DurableStream(state), PostgresPubSub(state), DurableStore(state)
        found["postgresql"] = all_of(*engines)
        server: str = state.read(lambda one: one.execute(sa.text("SHOW server_version")).scalar_one())
    told = {"machine": {**machine(load), "postgresql": server.split()[0]}, "engines": found}
    FILE.write_text(json.dumps(told, indent=2) + "\n")
