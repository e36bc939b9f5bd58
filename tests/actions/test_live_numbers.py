"""Numbers of topics and streams for pages: what goes to a page of a message, and for how long it is listened to."""

from __future__ import annotations

import threading
from typing import Any

from nexus_admin.actions.live.numbers import (
    MOST_NAMES,
    MOST_POINTS,
    MOST_STREAMS,
    PATIENCE,
    Numbers,
    Point,
    numbers_of,
)
from nexus_admin.brokers.pubsub import MemoryPubSub
from nexus_admin.brokers.stream import Fresh, MemoryStream
from tests.waiting import until


def test_only_numbers_go_to_a_page() -> None:
    said = {
        "bid": 3,
        "ask": {"price": 3.5, "deep": {"er": {"still": 1}}},
        "name": "Acme",
        "open": True,
        "bad": float("inf"),
    }
    assert numbers_of(said) == {"bid": 3, "ask.price": 3.5}
    assert numbers_of(7) == {"": 7}
    assert numbers_of("7") == numbers_of([1, 2]) == {}


def test_a_number_that_is_called_after_a_secret_goes_to_no_page() -> None:
    said = {"price": 3, "password": 1234, "user": {"api_key": 99, "age": 7}, "secret": {"deep": 5}}
    assert numbers_of(said) == {"price": 3, "user.age": 7}


def test_no_message_is_too_much_for_a_page() -> None:
    wide = {f"a{x}": {f"b{y}": {f"c{z}": 1 for z in range(40)} for y in range(40)} for x in range(40)}
    assert len(numbers_of(wide)) == MOST_NAMES
    assert numbers_of({"n" * 10_000: 1, "n": 2}) == {"n": 2}
    huge = {"huge": 10**400, "low": -(10**400), "nan": float("nan"), "ok": 1}
    assert numbers_of(huge) == {"ok": 1}
    pubsub = MemoryPubSub()
    numbers = Numbers(lambda: pubsub)
    numbers.listen("app/a")
    pubsub.publish("app/a", {"huge": 10**400, "ok": 1})
    assert [point for _, point in numbers.take()["app/a"]] == [{"ok": 1}]


def test_a_topic_is_listened_to_while_it_is_followed_and_a_little_longer() -> None:
    pubsub, now = MemoryPubSub(), [100.0]
    numbers = Numbers(lambda: pubsub, lambda: now[0])
    assert numbers.listen("app/a")
    assert numbers.listen("app/a")
    assert dict(pubsub.patterns()) == {"app/a": 1}
    for number in range(MOST_POINTS + 5):
        pubsub.publish("app/a", number)
    pubsub.publish("app/a", "no number")
    taken = numbers.take()["app/a"]
    assert [point for _, point in taken] == [{"": number} for number in range(5, MOST_POINTS + 5)]
    assert numbers.take() == {}
    now[0] += PATIENCE + 1
    numbers.keep({"app/a"})
    now[0] += PATIENCE - 1
    numbers.keep(set())
    assert dict(pubsub.patterns()) == {"app/a": 1}
    now[0] += 2
    numbers.keep(set())
    assert dict(pubsub.patterns()) == {}


def ears() -> list[str]:
    return sorted(one.name for one in threading.enumerate() if one.name.startswith("nexus-hears-"))


def test_of_a_stream_comes_what_is_appended_from_then_on_and_in_its_order() -> None:
    stream, now = MemoryStream(), [100.0]
    numbers = Numbers(lambda: None, lambda: now[0], lambda: stream)
    stream.append("prices", Fresh("price", 1))
    assert numbers.listen("$stream/prices")
    assert numbers.listen("$stream/prices")
    assert ears() == ["nexus-hears-prices"]
    stream.append("prices", *(Fresh("price", {"bid": number, "of": "Acme"}) for number in (2, 3)), Fresh("price", "no"))
    stream.append("prices", Fresh("price", {"bid": 4, "api_key": 5}))
    came: list[Point] = []

    def all_of_them() -> bool:
        came.extend(numbers.take().get("$stream/prices", []))
        return len(came) == 3

    until(all_of_them)
    assert [point for _, point in came] == [{"bid": 2}, {"bid": 3}, {"bid": 4}]
    now[0] += PATIENCE + 1
    numbers.keep(set())
    until(lambda: ears() == [])
    stream.close()


def test_a_stream_that_is_spelled_wrongly_or_one_too_many_is_not_listened_to() -> None:
    stream = MemoryStream()
    numbers = Numbers(lambda: None, stream=lambda: stream)
    assert not numbers.listen("$stream/what is this")
    assert not Numbers(lambda: None).listen("$stream/prices")
    assert all(numbers.listen(f"$stream/s{number}") for number in range(MOST_STREAMS))
    assert not numbers.listen("$stream/one-more")
    numbers.close()
    stream.close()
    until(lambda: ears() == [])


def test_nothing_is_listened_to_any_more_where_the_end_comes_while_a_stream_is_looked_up() -> None:
    class Ending(MemoryStream):
        def read(self, *asked: Any, **more: Any) -> Any:  # where it ends, before an ear begins
            numbers.close()
            return super().read(*asked, **more)

    stream, pubsub = Ending(), MemoryPubSub()
    numbers = Numbers(lambda: pubsub, stream=lambda: stream)
    assert not numbers.listen("$stream/orders")
    assert not numbers.listen("app/a")
    until(lambda: all(one.name != "nexus-hears-orders" for one in threading.enumerate()), "its ear has ended")
