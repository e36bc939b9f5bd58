"""The four brokers of a house that was given nothing: in its process, in its state, on its pages, in its backup."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from nexus_admin.brokers.pubsub import Message, PubSub
from nexus_admin.brokers.queue import Queue
from nexus_admin.brokers.store import Store
from nexus_admin.brokers.stream import Fresh, Stream
from nexus_admin.kernel.kernel import Kernel
from tests.cli.test_keeping import nexus
from tests.kernel.world import kernel_of
from tests.web.brokers_world import World, brokers


@contextmanager
def house(project: Path, **given: Any) -> Iterator[Kernel]:
    kernel = kernel_of(project, given=given)
    try:
        yield kernel
    finally:
        kernel.stop()


def broker(kernel: Kernel, kind: type[Any]) -> Any:
    return kernel.services.get(kind)


def use_all(kernel: Kernel) -> None:
    """Put something into each, and take it out again."""
    queue, stream = broker(kernel, Queue), broker(kernel, Stream)
    queue.push("mail", {"n": 1})
    (job,) = queue.pop("mail")
    assert queue.ack(job) == 1
    stream.append("orders", Fresh("order.paid", {"n": 1}))
    stream.group("orders", "billing")
    assert stream.commit(stream.fetch("orders", "billing"))
    with broker(kernel, PubSub).subscribe("news/#") as news:
        broker(kernel, PubSub).publish("news/today", "hello")
        told = news.get(10)
        assert isinstance(told, Message)
    broker(kernel, Store).set("k", 1)
    assert broker(kernel, Store).get("k") == 1


@pytest.mark.req("S002-ARCH-01", "S002-MISS-01")
def test_all_four_are_in_this_process_and_ask_nobody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No connection is made and no process begun, from the start to the end."""

    def forbidden(*given: object, **named: object) -> None:
        raise AssertionError(f"Something was asked of somebody else: {given}")

    for name in ("connect", "connect_ex", "bind"):
        monkeypatch.setattr(socket.socket, name, forbidden)
    monkeypatch.setattr(os, "fork", forbidden)
    monkeypatch.setattr("subprocess.Popen.__init__", forbidden)
    with house(tmp_path) as kernel:
        use_all(kernel)
    assert [one.name for one in tmp_path.iterdir() if not one.name.startswith("state.db")] == []


@pytest.mark.req("S002-ARCH-01", "S002-ARCH-04")
def test_each_has_its_pages_which_show_what_is_in_it(tmp_path: Path) -> None:
    with brokers(tmp_path) as world:
        use_all_of(world)
        browser = world.browser()
        for path, shown in (
            ("/brokers", "mail"), ("/brokers/streams", "orders"), ("/brokers/streams/orders", "order.paid"),
            ("/brokers/topics", "news/today"), ("/brokers/store", "cart:7"), ("/brokers/store?key=cart:7", "tea"),
        ):  # fmt: skip
            page = browser.get(path)
            assert page.status_code == 200
            assert shown in page.text, path


def use_all_of(world: World) -> None:
    world.queue.push("mail", {"n": 1})
    world.stream.append("orders", Fresh("order.paid", {"n": 1}))
    world.pubsub.publish("news/today", "hello", retain=True)
    world.store.set("cart:7", "tea")


@pytest.mark.req("S002-ARCH-06")
def test_the_store_forgets_with_the_process_unless_it_is_told_to_keep(tmp_path: Path) -> None:
    for durable in (False, True):
        given = {"store.durable": durable}
        with house(tmp_path, **given) as kernel:
            broker(kernel, Store).set("k", b"12345")
            broker(kernel, Store).set("short", 1, ttl=0.001)
        with house(tmp_path, **given) as again:
            assert broker(again, Store).get("k") == (b"12345" if durable else None)
            assert broker(again, Store).get("short") is None


@pytest.mark.req("S002-ARCH-07")
def test_what_is_published_is_on_no_disk(tmp_path: Path) -> None:
    """Whoever comes later hears last values alone, and those end with the process."""
    with house(tmp_path) as kernel:
        pubsub = broker(kernel, PubSub)
        pubsub.publish("news/today", "said-once-7f3a")
        pubsub.publish("news/kept", "kept-7f3a", retain=True)
        with pubsub.subscribe("#") as late:
            assert [one.topic for one in late.until_quiet(0)] == ["news/kept"]
        kernel.state.flush()
        for file in tmp_path.iterdir():
            assert b"7f3a" not in file.read_bytes(), file
    with house(tmp_path) as again, broker(again, PubSub).subscribe("#") as late:
        assert list(late.until_quiet(0)) == []


@pytest.mark.req("S002-MISS-04")
def test_one_copy_of_the_state_brings_back_jobs_streams_and_cursors(tmp_path: Path) -> None:
    """One service for each broker, all of it in one file, and nothing beside it but the key."""
    with house(tmp_path, **{"store.durable": True}) as kernel:
        queue, stream = broker(kernel, Queue), broker(kernel, Stream)
        later = queue.push("mail", {"n": 1}, delay=3600)
        ready = queue.push("mail", b"\x00\xff", priority=5)
        queue.pause("mail")
        stream.append("orders", *(Fresh("order.paid", number, key="k") for number in range(5)))
        stream.group("orders", "billing", lanes=2)
        batch = stream.fetch("orders", "billing", n=2)
        stream.commit(batch)
        broker(kernel, Store).set("k", 1)
        nexus(tmp_path, "backup", str(tmp_path / "copy.db"))
        queue.purge("mail")  # after the copy
        stream.seek("orders", "billing", "end")
    nexus(tmp_path, "restore", str(tmp_path / "copy.db"), "--yes")
    with house(tmp_path, **{"store.durable": True}) as again:
        queue, stream = broker(again, Queue), broker(again, Stream)
        assert {one.id: one.state for one in queue.jobs("mail")} == {later: "waiting", ready: "ready"}
        assert [one.held for one in queue.figures() if one.queue == "mail"] == [True]
        assert [one.value for one in stream.read("orders")] == list(range(5))
        rest = stream.fetch("orders", "billing")
        assert rest is not None
        assert [one.value for one in rest.events] == [2, 3, 4]
        assert stream.append("orders", Fresh("order.paid", 5, key="k"), expect=5)[0].version == 6
        assert broker(again, Store).get("k") == 1
