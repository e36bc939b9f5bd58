"""Publish-subscribe in memory: the contract, and what only this engine can be asked."""

import sys
import threading
from collections.abc import Callable, Iterator

import pytest

pytest.register_assert_rewrite(*(f"nexus_admin.testing.brokers.{one}" for one in ("routing", "receiving", "retaining")))

from nexus_admin.brokers.content import content_of  # noqa: E402  (after the line above)
from nexus_admin.brokers.pubsub import Gap, MemoryPubSub, Message, PubSub  # noqa: E402
from nexus_admin.brokers.pubsub.retained import OVERHEAD  # noqa: E402
from nexus_admin.domain.errors import TooLarge  # noqa: E402
from nexus_admin.testing.brokers.pubsub import PubSubContract  # noqa: E402


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.mark.req("S002-PUBSUB-01", "S002-PUBSUB-02", "S002-PUBSUB-13", "S002-PUBSUB-14", "S002-PUBSUB-15")
class TestMemory(PubSubContract):
    @pytest.fixture
    def pubsub(self, clock: Clock) -> Iterator[PubSub]:
        one = MemoryPubSub(clock=clock)
        yield one
        one.close()

    @pytest.fixture
    def pass_time(self, clock: Clock) -> Callable[[float], None]:
        return clock.forward


def test_it_says_how_many_it_told() -> None:
    pubsub = MemoryPubSub()
    assert pubsub.publish("a", 1) == 0
    with pubsub.subscribe("a", "#"), pubsub.subscribe("+"), pubsub.subscribe("b"):
        listener = pubsub.listen(lambda _: None, "a")
        assert pubsub.publish("a", 1) == 3
        listener.close()
    assert pubsub.publish("a", 1) == 0


@pytest.mark.req("S002-PUBSUB-09")
def test_one_message_reaches_ten_thousand() -> None:
    pubsub = MemoryPubSub()
    subscriptions = [pubsub.subscribe("all" if n % 2 else "#", buffer=3) for n in range(10_000)]
    for number in range(3):
        assert pubsub.publish("all", number) == 10_000
    for one in subscriptions:
        assert [m.value for m in (one.get(0), one.get(0), one.get(0)) if isinstance(m, Message)] == [0, 1, 2]
    pubsub.close()
    assert not pubsub._home._matches._trie


def test_last_values_have_a_bounded_room_and_none_is_dropped_for_another() -> None:
    clock = Clock()
    room = 3 * (OVERHEAD + 2 + 10)
    pubsub = MemoryPubSub(most_retained=room, clock=clock)
    pubsub.publish("t0", b"x" * 10, retain=True, ttl=5)
    for topic in ("t1", "t2"):
        pubsub.publish(topic, b"x" * 10, retain=True)
    assert pubsub.figures().retained_bytes == room
    with pubsub.subscribe("t3") as subscription, pytest.raises(TooLarge, match="no room for a last value of 't3'"):
        pubsub.publish("t3", b"x", retain=True)
    assert subscription.get(0) is None
    pubsub.publish("t2", b"y" * 9, retain=True)
    clock.forward(6)
    pubsub.publish("t3", b"x" * 10, retain=True)
    for topic in ("t1", "t2", "t3", "t4"):
        pubsub.publish(topic, b"", retain=True)
    assert (pubsub.figures().retained, pubsub.figures().retained_bytes) == (0, 0)


def test_of_two_last_values_at_once_the_one_that_stays_is_told_last() -> None:
    pubsub = MemoryPubSub()
    subscription = pubsub.subscribe("t", buffer=10_000)

    def publish(thread: int) -> None:
        for number in range(500):
            pubsub.publish("t", [thread, number], retain=True)

    threads = [threading.Thread(target=publish, args=(n,)) for n in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    heard = [one.value for one in subscription.until_quiet(0) if isinstance(one, Message)]
    assert len(heard) == 2000
    with pubsub.subscribe("t") as later:
        last = later.get(0)
    assert isinstance(last, Message)
    assert last.value == heard[-1]


def test_subscribing_is_one_step_to_whoever_publishes_last_values() -> None:
    pubsub, stop, before = MemoryPubSub(), threading.Event(), sys.getswitchinterval()

    def count() -> None:
        number = 0
        while not stop.is_set():
            pubsub.publish("count", number, retain=True)
            number += 1

    publisher = threading.Thread(target=count)
    sys.setswitchinterval(1e-6)
    publisher.start()
    try:
        for _ in range(300):
            with pubsub.subscribe("#", buffer=100_000) as subscription:
                heard = [one.value for one in (subscription.get(5), subscription.get(5)) if isinstance(one, Message)]
            assert heard[1] == heard[0] + 1
    finally:
        stop.set()
        publisher.join()
        sys.setswitchinterval(before)


def test_a_gap_is_told_even_where_the_buffer_holds_one() -> None:
    pubsub = MemoryPubSub()
    with pubsub.subscribe("t", buffer=1) as subscription:
        for number in range(3):
            pubsub.publish("t", number)
        assert subscription.get(0) == Gap(2)
        assert subscription.get(0) == Message("t", content_of(2))
