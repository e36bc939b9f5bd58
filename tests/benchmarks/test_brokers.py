"""How much the brokers in memory do in a second of CPU; printed, never asserted."""

import random
import time
from collections.abc import Callable, Iterator

import pytest

from nexus_admin.brokers.pubsub import MemoryPubSub
from nexus_admin.brokers.pubsub.trie import Matches, TopicTrie
from nexus_admin.brokers.store import MemoryStore

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
