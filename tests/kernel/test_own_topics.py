"""`$sys/...`: figures of the brokers, for who may see them, and only while somebody listens."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nexus_admin.actions.brokers.topics import MessageSeen
from nexus_admin.brokers.pubsub import Message
from nexus_admin.brokers.stream import Fresh
from nexus_admin.domain.errors import Forbidden, Refused
from nexus_admin.kernel.brokers import own_topics
from tests.waiting import until
from tests.web.brokers_world import World, brokers


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(own_topics, "EVERY", 0.05)
    with brokers(tmp_path) as made:
        yield made


def heard(world: World, pattern: str, wanted: set[str]) -> dict[str, Any]:
    """Return what is said under *pattern*, as soon as all that is *wanted* was."""
    with world.pubsub.subscribe(pattern) as subscription:
        told: dict[str, Any] = {}
        while not told.keys() >= wanted:
            one = subscription.get(60)
            assert isinstance(one, Message), one
            told[one.topic] = one.value
        return told


@pytest.mark.req("S002-PUBSUB-14")
def test_who_listens_hears_how_every_broker_is_doing(world: World) -> None:
    world.die({"n": 1})
    world.queue.push("mail", {"n": 2})
    world.queue.pause("mail")
    world.stream.append("orders", Fresh("order.paid", {"n": 1}))
    world.stream.group("orders", "billing")
    world.store.set("k", b"1234")
    told = heard(world, "$sys/#", {"$sys/queue/mail", "$sys/stream/orders", "$sys/store", "$sys/topics"})
    assert {one: told["$sys/queue/mail"][one] for one in ("ready", "dead", "paused", "pushed")} == {
        "ready": 1, "dead": 1, "paused": True, "pushed": 2,
    }  # fmt: skip
    assert told["$sys/stream/orders"]["groups"] == {"billing": 1}
    assert (told["$sys/stream/orders"]["events"], told["$sys/store"]["keys"]) == (1, 1)
    assert told["$sys/topics"]["subscriptions"] >= 1


@pytest.mark.req("S002-PUBSUB-14")
def test_a_leading_wildcard_hears_none_of_it_and_nobody_pays_for_it(world: World) -> None:
    with world.pubsub.subscribe("#", "+/queue/mail") as subscription:
        time.sleep(0.5)
        assert list(subscription.until_quiet(0)) == []
    assert world.pubsub.figures().published == 0


@pytest.mark.req("S002-PUBSUB-14")
def test_pages_show_it_to_whoever_may_see_figures_and_to_nobody_else(world: World) -> None:
    world.queue.push("mail", {"n": 2})
    world.perform("topic.tree", "looker")  # the tap listens from the first look on
    seen: list[MessageSeen] = until(lambda: world.perform("topic.tap", "looker", pattern="$sys/queue/+"), "figures")
    assert (seen[0].topic, json.loads(seen[0].shown.text)["ready"]) == ("$sys/queue/mail", 1)
    assert world.perform("topic.tap", "looker") == [], "Nor are they among what is published."
    told = {one.name: one for one in world.perform("topic.tree", "looker").topics}
    assert "$sys/queue/mail" in told
    assert "$sys/#" not in told, "The tap itself is nobody whom one wants to know of."
    page = world.browser("looker").get("/brokers/topics", params={"tap": "$sys/#"}).text
    assert "$sys/queue/mail" in page
    for by, error in (("none", Forbidden), ("doer", Refused)):
        with pytest.raises(error):
            world.perform("topic.publish", by, topic="$sys/queue/mail", payload="1")
    with pytest.raises(Forbidden):
        world.perform("topic.tap", "none", pattern="$sys/#")
