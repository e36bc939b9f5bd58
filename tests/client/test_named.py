"""A topic, a queue, a stream and a map by their names: models go in and come out, on the other side too."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from typing import Any

import pytest
from pydantic import BaseModel

from e2e.server import Served
from nexus_admin.brokers.pubsub import Gap
from nexus_admin.brokers.queue import Queue
from nexus_admin.client import Client
from nexus_admin.client.named import Typed
from nexus_admin.domain.errors import Conflict, Invalid
from tests.waiting import until


class Heartbeat(BaseModel):
    load: float
    at: str = "now"


class Letter(BaseModel):
    to: str


@pytest.mark.req("S002-PUBSUB-16", "S002-PUBSUB-17", "S002-START-07")
def test_a_topic_takes_and_gives_models(client: Client) -> None:
    beat = client.pubsub("edge/42/hb", Heartbeat)
    heard: list[tuple[str, Heartbeat]] = []
    called = threading.Event()

    def hear(one: Any) -> None:
        heard.append((one.raw.topic, one.value))
        called.set()

    listener = client.pubsub("edge/42/#", Heartbeat).listen(hear)
    with client.pubsub("edge/+/hb", Heartbeat).subscribe() as all_beats, client.pubsub("edge/#").subscribe() as plain:
        assert beat.publish(Heartbeat(load=0.4)) == 3
        for one in all_beats:
            assert isinstance(one, Typed)
            assert (one.raw.topic, one.value, one.raw.retained) == ("edge/42/hb", Heartbeat(load=0.4), False)
            break
        told = plain.get(30)
        assert isinstance(told, Typed)
        assert told.value == {"load": 0.4, "at": "now"}
    assert called.wait(30)
    assert heard == [("edge/42/hb", Heartbeat(load=0.4))]
    listener.close()


def test_a_message_that_does_not_fit_is_left_out_and_said(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with client.pubsub("odd/hb", Heartbeat).subscribe() as beats:
        client.pubsub.publish("odd/hb", {"load": "heavy"})
        client.pubsub.publish("odd/hb", {"load": 1})
        one = beats.get(30)
    assert isinstance(one, Typed)
    assert one.value.load == 1
    assert "a message to odd/hb holds does not fit" in caplog.text


def test_what_is_no_value_of_the_model_is_not_sent(client: Client) -> None:
    wrong: Any = {"to": "ana"}
    for send in (
        lambda: client.pubsub("no/hb", Heartbeat).publish(wrong),
        lambda: client.queue("no", Letter).push(wrong),
        lambda: client.stream("no", Letter).publish(wrong),
        lambda: client.queue("no", bytes).push(wrong),
    ):
        with pytest.raises(Invalid, match="no value of the"):
            send()
    assert client.queue.pop("no") == []
    assert client.stream.read("no") == []


@pytest.mark.req("S002-START-06")
def test_a_map_sets_gets_and_deletes_models(client: Client) -> None:
    letters = client.store.map("letters", Letter)
    assert letters.set("a", Letter(to="ana"), ttl=60) is True
    assert letters.get("a") == Letter(to="ana")
    assert letters.delete("a", "b") == 1
    assert letters.get("a") is None


@pytest.mark.req("S002-START-08")
def test_a_queue_acknowledges_what_returns_and_gives_back_what_raises(client: Client) -> None:
    """It is made by the first push, and nothing else."""
    mail = client.queue("typed", Letter)
    ids = [mail.push(Letter(to=one), max_attempts=2, priority=9 if one == "fast" else 0) for one in ("ana", "fast")]
    odd = client.queue.push("typed", {"nobody": 1}, max_attempts=1)
    stop, tried = threading.Event(), Counter[str]()

    def send(one: Any) -> None:
        assert isinstance(one.value, Letter)
        tried[one.value.to] += 1
        if one.value.to == "fast" and tried["fast"] == 1:
            raise ValueError("the printer is out of paper")

    worker = threading.Thread(target=lambda: mail.subscribe(send, stop=stop))
    worker.start()
    until(lambda: all(state_of(client, id) == "done" for id in ids) and state_of(client, odd) == "dead")
    stop.set()
    worker.join(30)
    assert not worker.is_alive()
    assert tried == {"ana": 1, "fast": 2}
    found = client.queue.find(odd)
    assert found is not None
    assert "does not fit its model" in (found.error or "")


@pytest.mark.req("S002-QUEUE-14")
def test_a_worker_has_batches_waits_and_works_side_by_side(served: Served, client: Client) -> None:
    """Four threads have three jobs each at once; they took them with one question, and waited for it idle."""
    asked = Counter[str]()
    queue: Any = served.nexus.kernel.services.get(Queue)  # type: ignore[type-abstract]
    pop, ack = queue.pop, queue.ack

    def counted(name: str, real: Any) -> Any:
        def call(*given: Any, **named: Any) -> Any:
            found = real(*given, **named)
            asked[name] += bool(found)
            return found

        return call

    queue.pop, queue.ack = counted("pop", pop), counted("ack", ack)
    stop, side_by_side = threading.Event(), threading.Barrier(4)
    seen: list[int] = []

    def work(one: Any) -> None:
        if one.value % 3 == 0:  # the first of each batch
            side_by_side.wait(30)
        seen.append(one.value)

    numbers = client.queue("wide.batches", int)
    worker = threading.Thread(target=lambda: numbers.subscribe(work, stop=stop, batch=3, concurrency=4))
    try:
        client.queue.pause("wide.batches")
        for number in range(12):
            numbers.push(number)
        worker.start()
        client.queue.resume("wide.batches")
        until(lambda: len(seen) == 12 and not client.queue.jobs("wide.batches", states=("running", "ready")))
    finally:
        stop.set()
        worker.join(30)
        queue.pop, queue.ack = pop, ack
    assert sorted(seen) == list(range(12))
    assert asked == {"pop": 4, "ack": 4}


@pytest.mark.req("S002-START-09")
def test_a_stream_hands_each_group_every_event_in_order(client: Client) -> None:
    users = client.stream("joined-users", Letter)
    first = users.publish(Letter(to="ana"), "user.joined", key="ana")
    assert (first.type, first.version) == ("user.joined", 1)
    assert users.publish(Letter(to="bo")).type == "joined-users"
    with pytest.raises(Conflict):
        users.publish(Letter(to="ana"), key="ana", expect=0)
    heard: dict[str, list[str]] = {"analytics": [], "mailer": []}
    stop, failed = threading.Event(), threading.Event()

    def hear(group: str, one: Any) -> None:
        if group == "mailer" and not failed.is_set():
            failed.set()
            raise ValueError("not yet")
        heard[group].append(one.value.to)

    threads = [
        threading.Thread(target=lambda group=group: users.subscribe(group, lambda one: hear(group, one), stop=stop))
        for group in heard
    ]
    for one in threads:
        one.start()
    until(lambda: all(len(one) == 2 for one in heard.values()))
    stop.set()
    for one in threads:
        one.join(30)
    assert heard == {"analytics": ["ana", "bo"], "mailer": ["ana", "bo"]}
    assert {one.group: one.behind for one in client.stream.groups("joined-users")} == {"analytics": 0, "mailer": 0}


def test_bytes_stay_bytes_and_anything_is_anything(client: Client) -> None:
    chunks = client.queue("chunks", bytes)
    chunks.push(b"\x00\xff")
    (job,) = client.queue.pop("chunks")
    assert job.value == b"\x00\xff"
    client.queue("chunks").push([1, None])
    (job,) = client.queue.pop("chunks")
    assert job.value == [1, None]


def test_a_gap_is_told_between_models(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with client.pubsub("gap/hb", Heartbeat).subscribe() as beats:
        client._line._socket.socket.close()  # type: ignore[union-attr]  # as a cable that is cut
        assert beats.get(30) == Gap(0)


def state_of(client: Client, id: str) -> str:
    found = client.queue.find(id)
    return found.state if found else "gone"
