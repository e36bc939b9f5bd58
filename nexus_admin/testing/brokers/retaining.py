"""What publish-subscribe must do, third part: last values, for who comes later."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from nexus_admin.brokers.pubsub.protocol import Message, PubSub
from nexus_admin.domain.errors import BadRequest
from nexus_admin.testing.brokers.routing import PATIENCE, QUIET, RoutingContract, asks, take, told


class RetainContract(RoutingContract):
    """Last values."""

    @pytest.fixture(autouse=True)
    def _can(self, pubsub: PubSub) -> None:
        if "retain" not in pubsub.capabilities:
            pytest.skip(f"{type(pubsub).__name__} keeps no last values")

    @pytest.mark.parametrize(
        "pattern", ["home/hall/temp", "home/+/temp", "home/#", "#", "+/hall/+", "home/hall/temp/#"]
    )
    def test_who_comes_later_is_told_the_last_value(self, pubsub: PubSub, pattern: str) -> None:
        """By any pattern, marked, before what is new, and only what was to be kept."""
        pubsub.publish("home/hall/temp", 20, retain=True)
        pubsub.publish("home/hall/temp", 21, retain=True)
        pubsub.publish("home/hall/temp", 22)
        pubsub.publish("else", 1, retain=False)
        with pubsub.subscribe(pattern) as subscription:
            pubsub.publish("home/hall/temp", 23, retain=True)
            assert [told(one) for one in take(subscription, 2)] == [
                ("home/hall/temp", 21, True),
                ("home/hall/temp", 23, False),
            ]
            assert subscription.get(QUIET) is None

    def test_last_values_come_once_each_to_whom_they_concern(self, pubsub: PubSub) -> None:
        """However many patterns match; `$` topics not to leading wildcards."""
        for topic in ("a", "a/b", "a/b/c", "b", "$sys/a"):
            pubsub.publish(topic, topic, retain=True)
        for patterns, topics in (
            (("a", "a/#", "+"), {"a", "a/b", "a/b/c", "b"}),
            (("#",), {"a", "a/b", "a/b/c", "b"}),
            (("$sys/+",), {"$sys/a"}),
            (("+/+", "a/b"), {"a/b"}),
            (("c", "+/+/+/+"), set()),
        ):
            with pubsub.subscribe(*patterns) as subscription:
                heard = [told(one) for one in take(subscription, len(topics))]
                assert sorted(heard) == [(topic, topic, True) for topic in sorted(topics)]
                assert subscription.get(QUIET) is None

    def test_an_empty_payload_takes_the_last_value_away(self, pubsub: PubSub) -> None:
        """Who is there is told of it; an empty text or nothing is a value."""
        pubsub.publish("t", 1, retain=True)
        with pubsub.subscribe("t") as there:
            pubsub.publish("t", b"", retain=True)
            assert [told(one)[1] for one in take(there, 2)] == [1, b""]
        with pubsub.subscribe("#") as later:
            assert later.get(QUIET) is None
        values: tuple[Any, ...] = ("", None, 0, [], {})
        for value in values:
            pubsub.publish("t", value, retain=True)
            with pubsub.subscribe("t") as later:
                assert told(later.get(PATIENCE)) == ("t", value, True)
        assert pubsub.figures().retained == 1

    def test_a_last_value_ends_with_its_lifetime(self, pubsub: PubSub, pass_time: Callable[[float], None]) -> None:
        """And a new one has its own."""
        pubsub.publish("short", 1, retain=True, ttl=0.2)
        pubsub.publish("renewed", 1, retain=True, ttl=0.2)
        pubsub.publish("renewed", 2, retain=True, ttl=60)
        pubsub.publish("ever", 1, retain=True, ttl=0.2)
        pubsub.publish("ever", 3, retain=True)
        pass_time(0.3)
        for pattern in ("short", "short/#"):
            with pubsub.subscribe(pattern) as subscription:
                assert subscription.get(QUIET) is None
        with pubsub.subscribe("+") as subscription:
            assert sorted(told(one) for one in take(subscription, 2)) == [("ever", 3, True), ("renewed", 2, True)]
        assert pubsub.figures().retained == 2

    @pytest.mark.parametrize("ttl", [0, -1, float("nan"), float("inf")])
    def test_a_lifetime_is_a_number_above_0_of_a_last_value(self, pubsub: PubSub, ttl: float) -> None:
        """Others are refused, and nobody is told."""
        with pubsub.subscribe("t") as subscription:
            for ask in asks(
                lambda: pubsub.publish("t", 1, retain=True, ttl=ttl),
                lambda: pubsub.publish("t", 1, ttl=60),
            ):
                with pytest.raises(BadRequest, match="lifetime"):
                    ask()
            assert subscription.get(QUIET) is None

    def test_a_listener_hears_last_values_before_news(self, pubsub: PubSub) -> None:
        """Also of news that come while it is told them."""
        pubsub.publish("a", 1, retain=True)
        heard: list[tuple[str, Any, bool]] = []
        done = threading.Event()

        def hear(message: Message) -> None:
            if message.retained:
                pubsub.publish("a", 2, retain=True)
            heard.append(told(message))
            if message.value == 3:
                done.set()

        listener = pubsub.listen(hear, "#")
        pubsub.publish("a", 3)
        assert done.wait(PATIENCE)
        listener.close()
        assert heard == [("a", 1, True), ("a", 2, False), ("a", 3, False)]

    def test_who_subscribes_amid_news_misses_none_and_hears_none_twice(self, pubsub: PubSub) -> None:
        """One who counts up and keeps each count; who comes hears every number from the last value on."""
        stop = threading.Event()

        def count() -> None:
            number = 0
            while not stop.is_set():
                number += 1
                pubsub.publish("count", number, retain=True)
                if number % 50 == 0:
                    time.sleep(0.001)

        publisher = threading.Thread(target=count)
        publisher.start()
        try:
            for turn in range(20):
                with pubsub.subscribe("count" if turn % 2 else "#", buffer=100_000) as subscription:
                    heard = [told(one)[1] for one in take(subscription, 30)]
                assert heard == list(range(heard[0], heard[0] + 30))
        finally:
            stop.set()
            publisher.join(PATIENCE)
