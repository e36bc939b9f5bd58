"""A client's right on certain names: nothing with another name is done, heard, listed or found, by whatever way."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from e2e.server import Served, serve
from nexus_admin.access.delegation import check_may_give
from nexus_admin.brokers.stream import Fresh
from nexus_admin.client import Client
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import Forbidden, Invalid
from nexus_admin.domain.role import Grant, Role
from nexus_admin.domain.target import Target

SYSTEM = Actor.system("test")
Enter = Callable[..., Client]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("narrowed")
    with serve(folder, project=folder) as running:
        yield running


@pytest.fixture
def enter(served: Served) -> Iterator[Enter]:
    """Make somebody whose role has these grants, and a client of theirs; who has `*` has every right."""
    with ExitStack() as stack:

        def make(name: str, *grants: tuple[str, str] | tuple[str, str, str]) -> Client:
            _role(served, name, *grants)
            account = served.account(name, (name,))
            secret, _ = served.nexus.kernel.access.tokens.create(account.id, "client", scopes=("client.*",))
            return stack.enter_context(Client(served.url, secret))

        yield make


def _role(served: Served, name: str, *grants: tuple[str, str] | tuple[str, str, str]) -> None:
    made = [Grant(source="nexus", action="client.connect")]
    made += [
        Grant(source="nexus", action=one[0], resource=one[1], effect="deny" if "deny" in one else "allow")
        for one in grants
    ]
    served.nexus.kernel.access.roles.save(Role(name=name, grants=tuple(made)), by=SYSTEM)


@pytest.fixture
def whole(served: Served) -> Iterator[Client]:
    """A client that may do everything."""
    account = served.account("whole")
    secret, _ = served.nexus.kernel.access.tokens.create(account.id, "client", scopes=("client.*",))
    with Client(served.url, secret) as client:
        yield client


def refused(*asked: Callable[[], Any]) -> None:
    for one in asked:
        with pytest.raises(Forbidden):
            one()


def test_queues_of_other_names_are_closed_by_name_by_id_and_in_lists(enter: Enter, whole: Client) -> None:
    foreign = whole.queue.push("pay", {"secret": 1})
    whole.queue.push("orders.new", 1)
    one = enter("qa", *((f"client.queue.{verb}", "orders.*") for verb in ("push", "take", "manage")))
    refused(
        lambda: one.queue.push("pay", 2), lambda: one.queue.push_many("pay", [1, 2]), lambda: one.queue.pop("pay"),
        lambda: one.queue.pop("orders.new", "pay"), lambda: one.queue.jobs("pay"), lambda: one.queue.purge("pay"),
        lambda: one.queue.pause("pay"), lambda: one.queue.resume("pay"), lambda: one.queue.push("ordersx", 1),
        lambda: one.queue.push("ORDERS.new", 1),
    )  # fmt: skip
    assert one.queue.find(foreign) is None
    assert one.queue.retry(foreign) == one.queue.cancel(foreign) == one.queue.discard(foreign) == 0
    assert [each.queue for each in one.queue.figures()] == ["orders.new"]
    (job,) = one.queue.pop("orders.new")
    assert one.queue.ack(job) == 1
    (held,) = whole.queue.pop("pay")
    refused(lambda: one.queue.ack(held))  # a handle that came to it by some other way


def test_streams_of_other_names_are_closed(enter: Enter, whole: Client) -> None:
    whole.stream.append("pay", Fresh("paid"))
    whole.stream.group("pay", "g")
    batch = whole.stream.fetch("pay", "g")
    assert batch is not None
    one = enter("sa", *((f"client.stream.{verb}", "orders") for verb in ("append", "read", "manage")))
    one.stream.append("orders", Fresh("new"))
    refused(
        lambda: one.stream.append("pay", Fresh("forged")), lambda: one.stream.read("pay"),
        lambda: one.stream.fetch("pay", "g"), lambda: one.stream.commit(batch), lambda: one.stream.groups("pay"),
        lambda: one.stream.seek("pay", "g", "begin"), lambda: one.stream.trim("pay", keep=0),
        lambda: one.stream.forget_group("pay", "g"), lambda: one.stream.parked("pay", "g"),
        lambda: one.stream.park(batch, batch.events[0], "x"), lambda: one.stream.release(batch, "x"),
    )  # fmt: skip
    assert [each.stream for each in one.stream.figures()] == ["orders"]
    assert [event.type for event in one.stream.read("orders")] == ["new"]


def test_keys_of_other_maps_are_closed(enter: Enter, whole: Client) -> None:
    whole.store.set("session:1", "secret")
    one = enter("ka", ("client.store.read", "cart:*"), ("client.store.write", "cart:*"))
    one.store.set("cart:1", "mine")
    refused(
        lambda: one.store.get("session:1"), lambda: one.store.set("session:1", "x"),
        lambda: one.store.delete("cart:1", "session:1"), lambda: one.store.incr("n"),
        lambda: one.store.cas("session:1", "secret", "x"), lambda: one.store.touch("session:1", 1),
    )  # fmt: skip
    assert [entry.key for entry in one.store.scan("")] == ["cart:1"]
    assert list(one.store.scan("sess")) == []
    assert one.store.figures().keys == 1
    assert (one.store.get("cart:1"), whole.store.get("session:1")) == ("mine", "secret")


def test_whoever_listens_by_wildcards_hears_only_what_their_right_names(enter: Enter, whole: Client) -> None:
    whole.pubsub.publish("pay/1", "kept", retain=True)
    one = enter(
        "ta", ("client.topic.subscribe", "orders/#"), ("client.topic.subscribe", "orders/+/secret", "deny"),
        ("client.topic.publish", "orders/new"),
    )  # fmt: skip
    refused(
        lambda: one.pubsub.subscribe("pay/1"), lambda: one.pubsub.subscribe("orders/1/secret"),
        lambda: one.pubsub.publish("pay/1", 1), lambda: one.pubsub.publish("orders/newer", 1),
    )  # fmt: skip
    with one.pubsub.subscribe("#", "+/+/secret", "pay/+") as heard:
        for topic in ("pay/1", "orders/1/secret", "order", "orders/1"):
            whole.pubsub.publish(topic, topic)
        assert getattr(heard.get(30), "topic", None) == "orders/1"
        one.pubsub.publish("orders/new", 1)
        assert getattr(heard.get(30), "topic", None) == "orders/new"
    assert all(name.startswith("orders") for name in one.pubsub.patterns())


def test_a_name_that_is_taken_from_a_role_is_not_heard_any_more(served: Served, enter: Enter, whole: Client) -> None:
    one = enter("late", ("client.topic.subscribe", "*"))
    with one.pubsub.subscribe("news", "open/+") as heard:
        whole.pubsub.publish("news", 1)
        assert getattr(heard.get(30), "topic", None) == "news"
        _role(served, "late", ("client.topic.subscribe", "open/+"))
        whole.pubsub.publish("news", 2)
        whole.pubsub.publish("open/1", 3)
        assert getattr(heard.get(30), "topic", None) == "open/1"


def test_a_role_that_is_taken_takes_its_names_from_who_listens(served: Served, whole: Client) -> None:
    for name in ("news", "open"):
        _role(served, name, ("client.topic.subscribe", f"{name}/#"))
    account = served.account("two", ("news", "open"))
    secret, _ = served.nexus.kernel.access.tokens.create(account.id, "client", scopes=("client.*",))
    with Client(served.url, secret) as one, one.pubsub.subscribe("#") as heard:
        served.nexus.kernel.access.users.set_roles(account.id, ("open",), by=SYSTEM)
        until = time.monotonic() + 30  # who it is, is looked at every few seconds
        while "news/1" in _told(whole, heard) and time.monotonic() < until:
            time.sleep(0.5)
        assert _told(whole, heard) == ["open/1"]


def _told(whole: Client, heard: Any) -> list[str]:
    """Publish two messages, the last of which is heard in any case; return which were."""
    for topic in ("news/1", "open/1"):
        whole.pubsub.publish(topic, 1)
    topics = [""]
    while topics[-1] != "open/1":
        topics.append(heard.get(30).topic)
    return topics[1:]


def test_a_denial_of_a_name_wins_over_a_right_to_every_one(enter: Enter) -> None:
    one = enter("most", ("client.queue.*", "*"), ("client.queue.*", "pay*", "deny"))
    one.queue.push("orders", 1)
    refused(lambda: one.queue.push("pay", 1), lambda: one.queue.pop("payroll"))


def test_whoever_has_no_name_at_all_is_refused_before_anything_is_asked(enter: Enter) -> None:
    one = enter("none", ("client.queue.push", "a"), ("client.queue.take", "*", "deny"), ("client.queue.take", "a"))
    refused(lambda: one.queue.figures(), lambda: one.store.figures(), lambda: one.queue.pop("a"))
    assert one.queue.push("a", 1)


def test_a_pattern_that_no_topic_can_have_is_no_right(served: Served) -> None:
    roles = served.nexus.kernel.access.roles
    for pattern in ("a/#/b", "a+/b"):
        grant = Grant(source="nexus", action="client.topic.publish", resource=pattern)
        with pytest.raises(Invalid):
            roles.save(Role(name="typo", grants=(grant,)), by=SYSTEM)


@pytest.mark.parametrize(
    ("has", "gives", "may"),
    [
        ("orders.*", "orders.new", True), ("orders.*", "orders.*", True), ("orders.*", "ord*", False),
        ("orders/#", "orders/+", True), ("orders/#", "orders/#", True), ("orders/+", "orders/1", True),
        ("orders/+", "orders/#", False), ("orders/+", "orders/*", False), ("#", "*", False), ("*", "#", True),
    ],
)  # fmt: skip
def test_nobody_gives_more_names_than_they_have(served: Served, has: str, gives: str, may: bool) -> None:
    _role(served, "host", ("client.topic.publish", has), ("access.role.save", "*"))
    account = served.account("host", ("host",))
    by = served.nexus.kernel.access.actor_of_user(account.id)
    assert by is not None
    role = {"name": "given", "grants": [{"source": "nexus", "action": "client.topic.publish", "resource": gives}]}

    def save() -> None:
        call = Call("access.role.save", Target("nexus", "roles", "given"), {"role": role}, by)
        served.nexus.kernel.perform(call)

    save() if may else refused(save)


@pytest.mark.parametrize("gives", ["*", "orders.*"])
def test_nobody_gives_a_pattern_of_names_some_of_which_are_denied_to_them(served: Served, gives: str) -> None:
    book = served.nexus.kernel.access.roles
    _role(served, "shut", ("client.queue.push", "*"), ("client.queue.push", "orders.secret", "deny"))
    grant = Grant(source="nexus", action="client.queue.push", resource=gives)
    book.save(Role(name="wide", grants=(grant,)), by=SYSTEM)
    account = served.account("shut", ("shut",))
    by = served.nexus.kernel.access.actor_of_user(account.id)
    assert by is not None
    with pytest.raises(Forbidden):
        check_may_give(book.book(), by, ["wide"], served.nexus.kernel.access.permissions, ())
