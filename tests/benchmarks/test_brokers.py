"""How much the brokers in memory do in a second of CPU, and how soon another process hears; printed, never asserted."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import quantiles
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from nexus_admin.brokers.pubsub import MemoryPubSub, PostgresPubSub
from nexus_admin.brokers.pubsub.trie import Matches, TopicTrie
from nexus_admin.brokers.store import MemoryStore
from nexus_admin.state.engine import State
from tests.brokers.queue.engines import KEY

pytestmark = pytest.mark.benchmark

PATTERNS = 10_000


def patterns() -> Iterator[str]:
    """Of every ten, seven are exact, one has a `+` high up, one a `#`, one a `+` low down."""
    for number in range(PATTERNS):
        site, room, device = number % 100, number // 100 % 20, number
        yield {
            7: f"+/room{room}/device{device}/state",
            8: f"site{site}/room{room}/#" if number % 20 == 8 else f"site{site}/room{room}/device{device}/#",
            9: f"site{site}/room{room}/device{device}/+",
        }.get(number % 10, f"site{site}/room{room}/device{device}/state")


def topics() -> list[str]:
    """Three in four are somebody's, one is nobody's."""
    dice = random.Random(7)
    found = []
    for _ in range(50_000):
        number = dice.randrange(PATTERNS * 4 // 3)
        found.append(f"site{number % 100}/room{number // 100 % 20}/device{number}/state")
    return found


def rate(work: Callable[[], int]) -> float:
    """Return how many of what *work* counts are done in a second of CPU, at best of three."""
    best = 0.0
    for _ in range(3):
        start = time.process_time()
        done = work()
        best = max(best, done / (time.process_time() - start))
    return best


def told(name: str, figure: float) -> None:
    print(f"  {name:44} {figure:14,.0f}/s")


def test_matches_over_ten_thousand_patterns() -> None:
    trie: TopicTrie[int] = TopicTrie()
    known: Matches[int] = Matches(remembered=100_000)
    for number, pattern in enumerate(patterns()):
        trie.add(pattern, number)
        known.add(pattern, number)
    asked = topics()

    def every(match: Callable[[str], object]) -> Callable[[], int]:
        def work() -> int:
            for topic in asked:
                match(topic)
            return len(asked)

        return work

    found = sum(len(trie.match(topic)) for topic in asked) / len(asked)
    print(f"\n{PATTERNS:,} patterns, {found:.2f} matches a topic")
    told("cold matches", rate(every(trie.match)))
    every(known.of)()
    told("remembered matches", rate(every(known.of)))


def test_what_publishing_costs() -> None:
    print()
    for fan_out in (1, 15, 10_000):
        times = max(3, 30_000 // fan_out)
        buffers, calls = MemoryPubSub(), MemoryPubSub()
        for _ in range(fan_out):
            buffers.subscribe("a/+/c", buffer=16)
            calls.listen(id, "a/+/c")

        def publish(pubsub: MemoryPubSub, times: int = times) -> int:
            return sum(pubsub.publish("a/b/c", 1) for _ in range(times))

        told(f"deliveries to {fan_out:,} full buffers", rate(lambda pubsub=buffers: publish(pubsub)))
        told(f"deliveries to {fan_out:,} listeners", rate(lambda pubsub=calls: publish(pubsub)))


def test_what_the_store_does() -> None:
    store, small = MemoryStore(2**30), MemoryStore(2**20)
    keys = [f"session:{number:08}" for number in range(20_000)]
    value = {"user": "ada", "roles": ["clerk", "viewer"], "seen": 1_700_000_000}

    def every(do: Callable[[str], object]) -> Callable[[], int]:
        def work() -> int:
            for key in keys:
                do(key)
            return len(keys)

        return work

    print()
    told("set, bytes", rate(every(lambda key: store.set(key, b"x" * 100))))
    told("get, bytes", rate(every(store.get)))
    told("set, bytes, with a lifetime", rate(every(lambda key: store.set(key, b"x" * 100, ttl=60))))
    told("set, JSON", rate(every(lambda key: store.set(key, value))))
    told("get, JSON", rate(every(store.get)))
    told("get, missing", rate(every(lambda key: store.get("no"))))
    told("incr, one key", rate(every(lambda _: store.incr("n"))))
    told("incr, many keys, with a lifetime", rate(every(lambda key: store.incr("n" + key, ttl=60))))
    told("set, bytes, where each drops another", rate(every(lambda key: small.set(key, b"x" * 100))))


@contextmanager
def hearer(where: str) -> Iterator[Callable[[], dict[str, Any]]]:
    """Start a process that hears; give what waits for the end of a round and returns what it says of it."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.hearer", where], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    said = child.stdout
    try:
        assert said.readline() == "ready\n"
        yield lambda: json.loads(said.readline())
    finally:
        child.kill()
        child.wait()
        said.close()


def bare_rate(where: str, count: int) -> float:
    """Return how many notices a second one connection sends, each in a statement of its own."""
    address = sa.make_url(where).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        began = time.monotonic()
        for number in range(count):
            connection.execute("SELECT pg_notify('bench', %s)", (f"{number:0200}",))
        return count / (time.monotonic() - began)


@pytest.mark.parametrize("size", [20, 200, 20_000])
def test_how_soon_another_process_hears(module_postgres_url: str, size: int) -> None:
    many, few, filling = (20_000 if size < 1_000 else 1_000), 300, "x" * size
    with State.open(module_postgres_url, key=KEY) as state, hearer(module_postgres_url) as heard:
        pubsub = PostgresPubSub(state)
        for number in range(few):
            pubsub.publish("bench/paced", [number, time.monotonic(), filling])
            time.sleep(0.003)
        pubsub.publish("bench/paced", None)
        paced = heard()
        began = time.monotonic()
        for number in range(many):
            pubsub.publish("bench/many", [number, time.monotonic(), filling])
            while pubsub._sender._bytes > 2**22 or len(pubsub._sender._waiting) > 5_000:
                time.sleep(0.001)  # who publishes is quicker than any server, and the room is bounded
        published = time.monotonic() - began
        pubsub.publish("bench/many", None)
        at_once = heard()
        pubsub.close()
    cuts = quantiles(paced["took"], n=100)
    told_rate = len(at_once["took"]) / (at_once["last"] - began)
    print(f"\n{size:,} bytes to another process: p50 {cuts[49] * 1e3:.2f} ms, p99 {cuts[98] * 1e3:.2f} ms")
    told("published, of which all were heard", many / published)
    told("heard", told_rate)
    if size < 1_000:
        bare = bare_rate(module_postgres_url, 2_000)
        print(f"  {'notices sent one by one':44} {bare:14,.0f}/s  {told_rate / bare:.1f} times as many are heard")
    assert len(at_once["took"]) == many
    assert at_once["gaps"] == 0
