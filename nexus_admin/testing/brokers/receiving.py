"""What publish-subscribe must do, second part: how messages wait, what is dropped, who is called, how it ends."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from nexus_admin.brokers.pubsub.protocol import Gap, Message, PubSub
from nexus_admin.domain.errors import Refused
from nexus_admin.testing.brokers.routing import PATIENCE, QUIET, RoutingContract, asks, take, told


class BufferContract(RoutingContract):
    """How it waits, what is dropped, how it ends."""

    def test_what_one_publishes_comes_in_order(self, pubsub: PubSub) -> None:
        """From each of four threads, on topics of their own and one in common."""

        def publish(thread: int) -> None:
            for number in range(200):
                pubsub.publish(f"own/{thread}" if number % 2 else "common", [thread, number])

        with pubsub.subscribe("own/+", "common", buffer=1000) as subscription:
            with ThreadPoolExecutor(4) as pool:
                list(pool.map(publish, range(4)))
            heard = [told(one)[1] for one in take(subscription, 800)]
        for thread in range(4):
            assert [number for who, number in heard if who == thread] == list(range(200))

    def test_a_full_buffer_drops_the_oldest_and_says_how_many(self, pubsub: PubSub) -> None:
        """The gap is told in their place, once; another who keeps up has them all."""
        with pubsub.subscribe("t", buffer=10) as slow, pubsub.subscribe("t", buffer=100) as quick:
            for number in range(25):
                pubsub.publish("t", number)
            assert [told(one)[1] for one in take(quick, 25)] == list(range(25))
            assert slow.get(PATIENCE) == Gap(15)
            assert [told(one)[1] for one in take(slow, 5)] == list(range(15, 20))
            for number in range(25, 33):
                pubsub.publish("t", number)
            assert [told(one)[1] for one in take(quick, 8)] == list(range(25, 33))
            assert slow.get(PATIENCE) == Gap(3)
            assert [told(one)[1] for one in take(slow, 10)] == list(range(23, 33))
            assert slow.get(QUIET) is None
        assert pubsub.figures().dropped == 18

    def test_waiting_ends_with_a_message_or_with_time(self, pubsub: PubSub) -> None:
        """Whoever waits wakes up when it comes."""
        with pubsub.subscribe("t") as subscription:
            assert subscription.get(0) is None
            assert subscription.get(QUIET) is None
            timer = threading.Timer(0.05, pubsub.publish, ("t", 1))
            timer.start()
            assert told(subscription.get(PATIENCE))[1] == 1
            timer.join()
            pubsub.publish("t", 2)
            pubsub.publish("t", 3)
            coming = subscription.until_quiet(PATIENCE)
            assert [told(next(coming))[1] for _ in range(2)] == [2, 3]
            assert list(subscription.until_quiet(QUIET)) == []

    def test_closing_ends_the_wait_after_what_came_before(self, pubsub: PubSub) -> None:
        """From another thread too; nothing comes afterwards."""
        subscription = pubsub.subscribe("t")
        pubsub.publish("t", 1)
        heard: list[Any] = []
        reader = threading.Thread(target=lambda: heard.extend(told(one)[1] for one in subscription))
        reader.start()
        pubsub.publish("t", 2)
        deadline = time.monotonic() + PATIENCE
        while len(heard) < 2 and time.monotonic() < deadline:
            time.sleep(0.005)
        subscription.close()
        subscription.close()
        reader.join(PATIENCE)
        assert not reader.is_alive()
        assert heard == [1, 2]
        assert subscription.closed
        pubsub.publish("t", 3)
        assert subscription.get() is None

    def test_several_who_take_share_the_messages(self, pubsub: PubSub) -> None:
        """Each message comes to one of them."""
        with pubsub.subscribe("t", buffer=1000) as subscription, ThreadPoolExecutor(4) as pool:
            takers = [pool.submit(lambda: [told(one)[1] for one in subscription]) for _ in range(4)]
            for number in range(400):
                pubsub.publish("t", number)
            deadline = time.monotonic() + PATIENCE
            while pubsub.figures().delivered < 400 and time.monotonic() < deadline:
                time.sleep(0.005)
            subscription.close()
            assert sorted(value for one in takers for value in one.result()) == list(range(400))

    def test_the_end_of_all_ends_each(self, pubsub: PubSub) -> None:
        """And later calls are refused."""
        subscription = pubsub.subscribe("#")
        pubsub.publish("t", 1)
        pubsub.close()
        pubsub.close()
        assert [told(one)[1] for one in subscription] == [1]
        for ask in asks(
            lambda: pubsub.publish("t", 1),
            lambda: pubsub.subscribe("t"),
            lambda: pubsub.listen(print, "t"),
        ):
            with pytest.raises(Refused):
                ask()

    def test_figures_say_what_happened(self, pubsub: PubSub) -> None:
        """Of subscriptions that are closed, too."""
        with pubsub.subscribe("a", buffer=2) as one, pubsub.subscribe("#"):
            for number in range(3):
                pubsub.publish("a", number)
            pubsub.publish("b", 1)
            take(one, 3)
            assert pubsub.figures().subscriptions == 2
            assert dict(pubsub.patterns()) == {"a": 1, "#": 1}
        assert not pubsub.patterns()
        after = pubsub.figures()
        assert (after.subscriptions, after.published, after.delivered, after.dropped) == (0, 4, 7, 1)


class ListenerContract(RoutingContract):
    """Functions that are called."""

    def test_a_listener_is_called_until_it_is_closed(self, pubsub: PubSub) -> None:
        """With each message, in order."""
        heard: list[Any] = []
        done = threading.Event()

        def hear(message: Message) -> None:
            heard.append(told(message))
            if message.value == 2:
                done.set()

        listener = pubsub.listen(hear, "a/+")
        for number in range(3):
            pubsub.publish("a/b", number)
        assert done.wait(PATIENCE)
        listener.close()
        listener.close()
        pubsub.publish("a/b", 3)
        time.sleep(QUIET)
        assert heard == [("a/b", number, False) for number in range(3)]

    def test_a_listener_that_fails_is_its_own_matter(self, pubsub: PubSub, caplog: pytest.LogCaptureFixture) -> None:
        """The publisher and the others notice nothing; the log and the figures do."""

        def fail(message: Message) -> None:
            raise RuntimeError(f"no {message.value}")

        failing = pubsub.listen(fail, "t")
        with pubsub.subscribe("t") as other:
            pubsub.publish("t", 1)
            pubsub.publish("t", 2)
            assert [told(one)[1] for one in take(other, 2)] == [1, 2]
            deadline = time.monotonic() + PATIENCE
            while pubsub.figures().failed < 2 and time.monotonic() < deadline:
                time.sleep(0.005)
        failing.close()
        assert pubsub.figures().failed == 2
        assert "no 1" in caplog.text

    def test_a_listener_may_publish_subscribe_and_close(self, pubsub: PubSub) -> None:
        """Nothing is held while it is called."""
        closed = threading.Event()
        with pubsub.subscribe("pong/#") as pong:

            def answer(message: Message) -> None:
                pubsub.publish("pong/again", message.value)
                with pubsub.subscribe("ping"):
                    pass
                listener.close()
                closed.set()

            listener = pubsub.listen(answer, "ping")
            pubsub.publish("ping", 1)
            assert told(pong.get(PATIENCE)) == ("pong/again", 1, False)
            assert closed.wait(PATIENCE)
            pubsub.publish("ping", 2)
            assert pong.get(QUIET) is None
