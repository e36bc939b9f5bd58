"""Actions on brokers: who may, what is written down, how figures go, and the tap that lets go by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel, SecretStr

from nexus_admin.actions.brokers.tap import PATIENCE, Tap
from nexus_admin.actions.brokers.watch import KEPT, Watch
from nexus_admin.actions.jobs.book import Jobs
from nexus_admin.brokers.pubsub import MemoryPubSub
from nexus_admin.domain.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from nexus_admin.domain.job import Job
from tests.web.brokers_world import SECRET, World, brokers


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with brokers(tmp_path) as made:
        yield made


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


NEEDS = {
    "broker.view": (
        "queue.list", "queue.jobs", "queue.job", "queue.match", "stream.list", "stream.read", "stream.preview",
        "stream.parked", "stream.kept", "stream.trim_preview", "stream.keep_preview", "stream.archived",
        "topic.tree", "topic.tap", "store.view", "store.scan",
    ),
    "broker.payload": ("store.get",),
    "broker.act": (
        "queue.pause", "queue.resume", "queue.purge", "queue.retry", "queue.edit", "queue.cancel", "queue.discard",
        "stream.seek", "stream.retry", "stream.unpark", "stream.trim", "topic.publish", "topic.clear", "store.delete",
    ),
}  # fmt: skip


@pytest.mark.req("S003-KERN-06")
def test_every_action_needs_one_of_three_rights(world: World) -> None:
    rights = {"looker": {"broker.view"}, "reader": {"broker.view", "broker.payload"}, "all": set(NEEDS)}
    rights |= {"doer": {"broker.view", "broker.act"}, "none": set()}
    declared = {one.name: one for one in world.app.kernel.actions}
    for needs, names in NEEDS.items():
        for name in names:
            assert declared[name].needs == needs
            assert declared[name].outside == (needs == "broker.act")
            for who, may in rights.items():
                came_in = True
                try:
                    world.perform(name, who, **{"no such part": 1})
                except Forbidden:
                    came_in = False
                except Invalid:
                    pass
                assert came_in == (needs in may), (name, who)
    assert set(declared) >= {name for names in NEEDS.values() for name in names}


def test_who_acts_without_seeing_contents_cannot_write_one(world: World) -> None:
    id = world.die({"n": 1})
    with pytest.raises(Forbidden, match=r"broker\.payload"):
        world.perform("queue.edit", "doer", id=id, payload=SecretStr("{}"))
    assert world.perform("queue.retry", "doer", ids=[id]) == 1
    assert world.audited("queue.retry")[0] == ("done", f"Tried again 1 of 1 jobs ({id}).")
    assert world.audited("queue.edit")[0][0] == "denied"


def test_a_job_that_is_gone_or_at_work_is_not_changed(world: World) -> None:
    with pytest.raises(NotFound, match="no job"):
        world.perform("queue.edit", id="none", payload=SecretStr("{}"))
    ready = world.queue.push("mail", {"n": 3})
    (job,) = world.queue.pop("mail")
    assert job.id == ready
    with pytest.raises(Conflict, match="left alone"):
        world.perform("queue.edit", id=ready, payload=SecretStr('{"n": 4}'))
    sealed = world.die({"action": "row.update", "sealed": "x"}, queue="actions")
    with pytest.raises(Refused, match="sealed"):
        world.perform("queue.edit", id=sealed, payload=SecretStr('{"action": "row.delete"}'))


class Mail(BaseModel):
    to: str


@pytest.mark.req("S003-KERN-06")
def test_whoever_changes_a_job_is_the_one_for_whom_it_runs(world: World) -> None:
    """Else who may edit would have the rights of everybody who ever queued a job."""
    note = {"actor": "system:nightly", "name": "Nightly"}
    id = world.die({"job": "mail.send", "data": {"to": "nobody"}}, note=note, key="k")
    wiping = world.die({"job": "mail.wipe", "data": {"to": "nobody"}}, note=note)
    free = Job("mail.send", lambda *_: None, input=Mail, queue="mail")
    kept = Job("mail.wipe", lambda *_: None, input=Mail, queue="mail", needs="access.change")
    world.app.kernel.services.get(Jobs).replace([free, kept])  # from now on a worker takes what is ready
    for payload, error in (
        ('{"job": "mail.wipe", "data": {"to": "ada"}}', Invalid),
        ('{"job": "mail.send", "data": {"nope": 1}}', Invalid),
        ('{"job": 7}', Invalid),
        ("[]", Invalid),
    ):
        with pytest.raises(error):
            world.perform("queue.edit", id=id, payload=SecretStr(payload))
        assert world.queue.find(id).state == "dead"  # type: ignore[union-attr]
    with pytest.raises(Forbidden, match=r"may not run the job mail\.wipe"):
        world.perform("queue.edit", id=wiping, payload=SecretStr('{"job": "mail.wipe", "data": {"to": "ada"}}'))
    anew = world.perform("queue.edit", id=id, payload=SecretStr('{"job": "mail.send", "data": {"to": "ada"}}'))
    assert anew != id
    assert world.queue.find(id) is None
    job = world.queue.find(anew)
    assert job is not None
    assert (job.key, job.note["actor"]) == ("k", world.actor().id)
    assert job.value == {"job": "mail.send", "data": {"to": "ada"}}


def test_more_than_was_confirmed_is_refused(world: World) -> None:
    ids = [world.die({"n": number}) for number in range(3)]
    matched = world.perform("queue.match", queue="mail", states="dead", do="discard")
    assert (matched.count, matched.upto, matched.more) == (3, max(ids), False)
    with pytest.raises(Conflict, match="3 jobs fit by now, not 2"):
        world.perform("queue.discard", queue="mail", states="dead", expected=2)
    assert world.perform("queue.discard", queue="mail", text='"n": 1', expected=1) == 1
    assert world.perform("queue.cancel", queue="mail", states="dead") == 0
    with pytest.raises(Invalid, match="no state"):
        world.perform("queue.jobs", states="dying")


def test_jobs_come_by_page_and_a_search_says_where_it_goes_on(world: World) -> None:
    for number in range(30):
        world.queue.push("mail", {"n": number, "odd": number % 2})
    seen, after = [], ""
    while True:
        page = world.perform("queue.jobs", queue="mail", text='"odd": 1', after=after, limit=10)
        seen += [one.job.value["n"] for one in page.jobs]
        after = page.next
        if not after:
            break
    assert seen == list(range(29, 0, -2))
    first = world.perform("queue.jobs", queue="mail", limit=20)
    assert len(world.perform("queue.jobs", queue="mail", after=first.next, limit=20).jobs) == 10


def test_what_is_looked_at_is_noted_without_what_it_was(world: World) -> None:
    id = world.die({"password": SECRET})
    world.store.set("cart:1", {"password": SECRET})
    world.perform("queue.job", id=id)
    world.perform("queue.job", "looker", id=id)
    world.perform("store.get", key="cart:1")
    assert [len(world.audited(name)) for name in ("queue.job", "store.get")] == [1, 1]
    assert SECRET not in world.ledger_text()


def test_a_key_is_not_found_by_its_beginning(world: World) -> None:
    world.store.set("cart:12", 1)
    with pytest.raises(NotFound):
        world.perform("store.get", key="cart:1")
    found = world.perform("store.scan", prefix="cart:")
    assert (found.found, found.whole, found.prefixes) == (1, True, ())


def test_rates_and_courses_come_from_looks_that_lie_apart() -> None:
    clock = Clock()
    watch = Watch(clock)
    assert watch.see("q", {"in": 10, "depth": 5}).rate("in") is None
    clock.now += 0.1
    assert watch.see("q", {"in": 11, "depth": 6}).rate("in") is None
    clock.now += 9.9
    course = watch.see("q", {"in": 30, "depth": 2})
    assert course.rate("in") == 2.0
    assert course.level("depth") == [(10.0, 5.0), (0.0, 2.0)]
    clock.now += 1
    assert watch.see("q", {"in": 0, "depth": 0}).rate("in") == 0.0  # a server that began anew counts from 0
    clock.now += KEPT + 1
    assert len(watch.see("q", {"in": 0}).samples) <= 2


def test_the_tap_hears_while_somebody_looks_and_then_lets_go() -> None:
    clock, pubsub = Clock(), MemoryPubSub()
    tap = Tap(pubsub, clock)
    pubsub.publish("kept", 1, retain=True)
    tap.look()
    assert tap.newest(lambda _: True, 10) == []  # a last value is no news
    for number in range(3):
        pubsub.publish("a", number)
    pubsub.publish("b", "x" * 100_000)
    clock.now += 2
    found = tap.newest(lambda topic: topic == "a", 2)
    assert [one.message.value for one in found] == [2, 1]
    assert tap.rates() == {"a": 1.5, "b": 0.5}
    (big,) = tap.newest(lambda topic: topic == "b", 2)
    assert (big.size, len(big.message.content.data)) == (100_002, 16 * 1024)
    clock.now += PATIENCE
    pubsub.publish("a", 9)
    assert not tap.listens
    assert pubsub.patterns() == {}
    assert tap.newest(lambda _: True, 10) == []


def test_the_tap_is_no_subscriber_that_anybody_counts(world: World) -> None:
    assert "#" not in {one.name for one in world.perform("topic.tree").topics}
    assert world.perform("topic.publish", topic="nobody/here", payload=SecretStr("x")) == 0
    assert world.perform("topic.tap", pattern="nobody/#")[0].shown.text == "x"
    assert world.perform("topic.tap", "looker", pattern="nobody/#")[0].shown.kind == "hidden"
