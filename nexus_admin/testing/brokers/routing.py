"""What publish-subscribe must do, first part: who is told of what.

Messages may take up to `PATIENCE` seconds from `publish` to whoever waits; that nothing comes is believed after
`QUIET` seconds. Time passes by sleeping unless `pass_time` is given.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from nexus_admin.brokers.content import Content
from nexus_admin.brokers.pubsub.protocol import Gap, Message, PubSub, Subscription
from nexus_admin.brokers.pubsub.topics import BadTopic
from nexus_admin.domain.errors import BadRequest, Invalid, TooLarge
from nexus_admin.testing.brokers.vectors import MATCHING, NO_PATTERNS, NO_TOPICS

PATIENCE = 30.0
QUIET = 0.05
PAYLOADS: tuple[Any, ...] = ("text", 1.5, None, {"a": [1, {"b": "日本"}]}, b"\x00\xff", Content(b"<a/>", "text/xml"))


def take(subscription: Subscription, count: int) -> list[Message | Gap | None]:
    """Return the next *count* things that come."""
    return [subscription.get(PATIENCE) for _ in range(count)]


def told(message: Message | Gap | None) -> tuple[str, Any, bool]:
    """Return topic, value and whether it was retained, of what must be a message."""
    assert isinstance(message, Message)
    return message.topic, message.value, message.retained


def asks(*calls: Callable[[], object]) -> tuple[Callable[[], object], ...]:
    """Return *calls*, each to be made where it is expected to raise."""
    return calls


class RoutingContract:
    """Who is told. Subclasses give the fixture `pubsub`, new for each test."""

    @pytest.fixture
    def pubsub(self) -> Iterator[PubSub]:
        """Return the one that is tried; nobody has subscribed to it, and it has no last values."""
        raise NotImplementedError

    @pytest.fixture
    def pass_time(self) -> Callable[[float], None]:
        """Return what lets so many seconds pass."""
        return time.sleep

    @pytest.mark.parametrize(("pattern", "topic", "fits"), MATCHING)
    def test_a_pattern_hears_the_topics_that_it_matches(
        self, pubsub: PubSub, pattern: str, topic: str, fits: bool
    ) -> None:
        """As the table of vectors says."""
        with pubsub.subscribe(pattern) as subscription:
            pubsub.publish(topic, "hello")
            heard = subscription.get(PATIENCE if fits else QUIET)
        assert (heard is not None) is fits
        assert not fits or told(heard) == (topic, "hello", False)

    @pytest.mark.parametrize("pattern", NO_PATTERNS, ids=lambda text: repr(text)[:20])
    def test_nobody_subscribes_to_what_is_no_pattern(self, pubsub: PubSub, pattern: str) -> None:
        """Not among good ones either; nothing is left of the try."""
        for ask in asks(lambda: pubsub.subscribe("good", pattern), lambda: pubsub.listen(print, pattern)):
            with pytest.raises(BadTopic):
                ask()
        assert pubsub.figures().subscriptions == 0

    @pytest.mark.parametrize("topic", NO_TOPICS, ids=lambda text: repr(text)[:20])
    def test_nobody_publishes_to_what_is_no_topic(self, pubsub: PubSub, topic: str) -> None:
        """Wildcards least of all; whoever catches `ValueError` catches this."""
        with pubsub.subscribe("#") as everything:
            with pytest.raises(ValueError, match=r"topic|wildcard"):
                pubsub.publish(topic, 1)
            assert everything.get(QUIET) is None

    @pytest.mark.parametrize("payload", PAYLOADS, ids=repr)
    def test_a_payload_arrives_as_it_was_sent(self, pubsub: PubSub, payload: Any) -> None:
        """Bytes, JSON, or any type by name."""
        with pubsub.subscribe("t") as subscription:
            pubsub.publish("t", payload)
            heard = subscription.get(PATIENCE)
        assert told(heard) == ("t", payload, False)

    def test_payloads_that_cannot_be_sent_are_refused(self, pubsub: PubSub) -> None:
        """Nobody is told."""
        with pubsub.subscribe("#") as everything:
            with pytest.raises(Invalid):
                pubsub.publish("t", object())
            with pytest.raises(TooLarge, match="'t' has 67,108,864 bytes"):
                pubsub.publish("t", b"x" * 2**26, retain=True)
            assert everything.get(QUIET) is None

    def test_each_is_told_once_however_many_of_its_patterns_match(self, pubsub: PubSub) -> None:
        """And each of several subscriptions with the same pattern."""
        with pubsub.subscribe("a/b", "a/+", "#", "a/b") as one, pubsub.subscribe("a/b") as other:
            pubsub.publish("a/b", 1)
            pubsub.publish("end", 2)
            assert [told(each)[1] for each in take(one, 2)] == [1, 2]
            assert told(other.get(PATIENCE))[1] == 1
            assert one.get(QUIET) is other.get(QUIET) is None

    def test_who_comes_and_goes_is_told_between(self, pubsub: PubSub) -> None:
        """A topic that was published to before is found anew for each who comes, exact or not."""
        pubsub.publish("a/b", 0)
        for number, pattern in enumerate(("a/b", "a/+", "#", "a/b/#"), start=1):
            subscription = pubsub.subscribe(pattern)
            pubsub.publish("a/b", number)
            assert told(subscription.get(PATIENCE))[1] == number
            subscription.close()
            pubsub.publish("a/b", -1)
            assert subscription.get(QUIET) is None

    def test_a_subscription_needs_a_pattern_and_room(self, pubsub: PubSub) -> None:
        """Others are refused."""
        for ask in asks(
            lambda: pubsub.subscribe(), lambda: pubsub.subscribe("a", buffer=0), lambda: pubsub.listen(print)
        ):
            with pytest.raises(BadRequest):
                ask()
