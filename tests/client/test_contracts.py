"""Over the line, each broker keeps the contract that it keeps at home."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest

PARTS = ("store", "store_handles", "receiving", "retaining", "routing", "stream_base", "stream_log", "stream_groups",
         "stream_keeping", "stream_tx", "queue_by_hand", "queue_lines", "queue_pushing", "queue_settling",
         "queue_waiting")  # fmt: skip
pytest.register_assert_rewrite(*(f"nexus_admin.testing.brokers.{one}" for one in PARTS))

from nexus_admin.brokers.content import Content  # noqa: E402
from nexus_admin.brokers.pubsub import MemoryPubSub, Message, PubSub  # noqa: E402
from nexus_admin.brokers.queue import MemoryQueue, Queue  # noqa: E402
from nexus_admin.brokers.store import MemoryStore, Store  # noqa: E402
from nexus_admin.brokers.stream import Fresh, MemoryStream, Stream  # noqa: E402
from nexus_admin.client import Client  # noqa: E402
from nexus_admin.domain.errors import BadRequest, Refused, TooLarge  # noqa: E402
from nexus_admin.testing.brokers.queue_lines import LinesContract  # noqa: E402
from nexus_admin.testing.brokers.queue_settling import SettlingContract, TimeContract  # noqa: E402
from nexus_admin.testing.brokers.queue_waiting import WaitingContract  # noqa: E402
from nexus_admin.testing.brokers.receiving import BufferContract  # noqa: E402
from nexus_admin.testing.brokers.retaining import RetainContract  # noqa: E402
from nexus_admin.testing.brokers.store import StoreContract  # noqa: E402
from nexus_admin.testing.brokers.stream import StreamContract  # noqa: E402
from tests.brokers.queue.engines import Clocks  # noqa: E402

Use = Callable[[type[Any], Any], Any]


class Clock:
    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        self.now += 1e-6
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pass_time(clock: Clock) -> Callable[[float], None]:
    return clock.forward


class TestStore(StoreContract):
    @pytest.fixture
    def store(self, client: Client, use: Use, clock: Clock) -> Store:
        use(Store, MemoryStore(clock=clock))
        return client.store

    @pytest.fixture
    def pass_time(self, clock: Clock) -> Callable[[float], None]:
        return clock.forward

    @pytest.mark.parametrize("key", ["", "k" * 1021, "ü" * 511, "\ud800"])
    def test_a_key_has_1_to_1024_bytes(self, store: Store, key: str) -> None:
        """Four of them are the fence's."""
        with pytest.raises(BadRequest, match="key"):
            store.set(key, 1)
        assert store.set("k" * 1020, 1)

    @pytest.mark.parametrize("value", ["1", 1.0, None])
    def test_nothing_is_added_to_what_is_no_whole_number(self, store: Store, value: Any) -> None:
        """It says so by the name that the key has there."""
        store.set("k", value)
        with pytest.raises(Refused, match="'app:k' holds no whole number"):
            store.incr("k")

    def test_a_value_over_the_limit_is_refused_and_the_old_one_stays(self, store: Store) -> None:
        """Before it is sent."""
        store.set("k", b"old")
        with pytest.raises(TooLarge, match="A call has at most"):
            store.set("k", b"x" * 2**24)
        assert store.get("k") == b"old"

    def test_ten_thousand_at_once_are_ten_thousand(self, store: Store) -> None:
        """That is the store's own; this is about the line."""


class TestPubSub(BufferContract, RetainContract):
    @pytest.fixture
    def pubsub(self, client: Client, use: Use, clock: Clock) -> PubSub:
        use(PubSub, MemoryPubSub(clock=clock))
        return client.pubsub

    @pytest.fixture
    def pass_time(self, clock: Clock) -> Callable[[float], None]:
        return clock.forward

    def test_the_end_of_all_ends_each(self, pubsub: PubSub) -> None:
        """Also of a client: what has come can still be taken."""
        subscription = pubsub.subscribe("#")
        pubsub.publish("t", 1)
        assert getattr(subscription.get(30), "value", None) == 1
        pubsub.close()
        pubsub.close()
        assert list(subscription) == []
        with pytest.raises(Refused):
            pubsub.publish("t", 1)
        with pytest.raises(Refused):
            pubsub.subscribe("t")

    def test_a_listener_hears_last_values_before_news(self, pubsub: PubSub) -> None:
        """It is told on a thread of the client's, so what it publishes there has no order with what others do."""
        pubsub.publish("a", 1, retain=True)
        heard: list[tuple[Any, bool]] = []

        def hear(message: Message) -> None:
            if message.retained:
                pubsub.publish("a", 2)
            heard.append((message.value, message.retained))

        listener = pubsub.listen(hear, "#")
        pubsub.publish("a", 3)
        while len(heard) < 3:
            time.sleep(0.01)
        listener.close()
        assert heard[0] == (1, True)
        assert set(heard[1:]) == {(2, False), (3, False)}

    def test_payloads_that_cannot_be_sent_are_refused(self, pubsub: PubSub) -> None:
        """Before they are sent."""
        with pytest.raises(TooLarge, match="A call has at most"):
            pubsub.publish("t", b"x" * 2**24)


class TestQueue(SettlingContract, TimeContract, LinesContract, WaitingContract):
    @pytest.fixture
    def clocks(self) -> Clocks:
        return Clocks()

    @pytest.fixture
    def queue(self, client: Client, use: Use, clocks: Clocks) -> Queue:
        use(Queue, MemoryQueue(clock=clocks.steady, wall=clocks.wall))
        return client.queue

    @pytest.fixture
    def live(self, client: Client, use: Use) -> Queue:
        use(Queue, MemoryQueue())
        return client.queue

    @pytest.fixture
    def pass_time(self, clocks: Clocks) -> Callable[[float], None]:
        return clocks.forward

    @pytest.fixture
    def set_clock(self, clocks: Clocks) -> Callable[[float], None]:
        return clocks.set_wall

    @pytest.fixture
    def clock(self, clocks: Clocks) -> Callable[[], datetime]:
        return clocks.moment

    def test_who_waits_is_woken_when_the_queue_is_closed(self, live: Queue) -> None:
        """Told that this client is closed."""
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(live.pop, "q", wait=60)
            while not waiting.running():
                time.sleep(0.01)
            live.close()
            with pytest.raises(Refused, match="closed"):
                waiting.result(30)


class TestStream(StreamContract):
    @pytest.fixture
    def stream(self, client: Client, use: Use, clock: Clock) -> Stream:
        use(Stream, MemoryStream(clock=clock, wall=clock))
        return client.stream

    @pytest.fixture
    def pass_time(self, clock: Clock) -> Callable[[float], None]:
        return clock.forward

    def test_an_event_has_all_that_it_was_given(self, stream: Stream) -> None:
        """And who appended it, which a client cannot say itself."""
        (one,) = stream.append("s", Fresh("a.b", Content(b"\x89PNG", "image/png"), "k", {"actor": "u1", "by": "root"}))
        assert [one] == stream.read("s")
        assert (one.type, one.key, one.content, one.version) == ("a.b", "k", Content(b"\x89PNG", "image/png"), 1)
        assert one.note["actor"] == "u1"
        assert one.note["by"].startswith("token:")
