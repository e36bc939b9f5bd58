"""Bytes are bytes on the whole way: on the line, in the brokers, in the tables of the state."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from collections.abc import Iterator

import pytest

from e2e.server import Served
from nexus_admin.brokers.content import BYTES, JSON, Content
from nexus_admin.brokers.frames import packed, unpacked
from nexus_admin.brokers.pubsub import Message
from nexus_admin.brokers.store import DurableStore, Store
from nexus_admin.brokers.stream import Fresh
from nexus_admin.client import Client, line
from nexus_admin.domain.errors import TooLarge
from tests.client.conftest import token_for
from tests.client.test_contracts import Use
from tests.client.test_rights import opened

CHUNK = random.Random(7).randbytes(1_000_000)
MOST = 10_000
"""Bytes that may come on top of a megabyte: one in a hundred."""


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts the bytes of the frames that go out and come in; each must be binary."""
    counted = Counter[str]()

    def out(head: dict[str, object]) -> bytes:
        frame = packed(head)
        counted["out"] += len(frame)
        return frame

    def back(frame: bytes) -> dict[str, object]:
        assert isinstance(frame, bytes)
        counted["in"] += len(frame)
        return unpacked(frame)

    monkeypatch.setattr(line, "packed", out)
    monkeypatch.setattr(line, "unpacked", back)
    return counted


@pytest.fixture
def state(served: Served) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"file:{served.folder / 'nexus.db'}?mode=ro", uri=True)
    yield connection
    connection.close()


@pytest.mark.req("S002-BIN-01", "S002-BIN-05")
def test_the_store_keeps_a_megabyte_as_it_is(served: Served, client: Client, wire: Counter[str]) -> None:
    client.store.set("blob", CHUNK)
    assert len(CHUNK) < wire["out"] < len(CHUNK) + MOST
    assert client.store.get("blob") == CHUNK
    assert len(CHUNK) < wire["in"] < len(CHUNK) + MOST
    kept = served.nexus.kernel.services.get(Store)  # type: ignore[type-abstract]
    (entry,) = kept.scan("app:blob")
    assert entry.content == Content(CHUNK, BYTES)


@pytest.mark.req("S002-BIN-01", "S002-BIN-05")
def test_a_durable_store_keeps_them_in_a_column_of_bytes(
    served: Served, client: Client, use: Use, state: sqlite3.Connection
) -> None:
    use(Store, DurableStore(served.nexus.kernel.state))
    client.store.set("durable blob", CHUNK)
    assert client.store.get("durable blob") == CHUNK
    assert column(state, "store_entry", "data") == [(CHUNK, "blob")]


@pytest.mark.req("S002-BIN-02", "S002-BIN-05")
def test_a_message_of_a_megabyte_is_that_megabyte(client: Client, wire: Counter[str]) -> None:
    with client.pubsub.subscribe("blob/#") as heard:
        client.pubsub.publish("blob/1", CHUNK)
        assert len(CHUNK) < wire["out"] < len(CHUNK) + MOST
        assert heard.get(60) == Message("blob/1", Content(CHUNK, BYTES))
        assert len(CHUNK) < wire["in"] < len(CHUNK) + MOST


@pytest.mark.req("S002-BIN-03", "S002-BIN-05")
def test_an_event_of_a_megabyte_is_that_megabyte(client: Client, wire: Counter[str], state: sqlite3.Connection) -> None:
    client.stream.append("blob", Fresh("part.1", CHUNK), Fresh("part.2", Content(b"\x89PNG", "image/png")))
    assert len(CHUNK) < wire["out"] < len(CHUNK) + MOST
    wire.clear()
    assert [one.content for one in client.stream.read("blob")] == [
        Content(CHUNK, BYTES), Content(b"\x89PNG", "image/png"),
    ]  # fmt: skip
    assert len(CHUNK) < wire["in"] < len(CHUNK) + MOST
    assert column(state, "stream_event", "data", "stream = 'app.blob'") == [(CHUNK, "blob"), (b"\x89PNG", "blob")]


@pytest.mark.req("S002-BIN-04", "S002-BIN-05")
def test_a_job_of_a_megabyte_is_that_megabyte(client: Client, wire: Counter[str], state: sqlite3.Connection) -> None:
    client.queue.push("blob", CHUNK)
    assert len(CHUNK) < wire["out"] < len(CHUNK) + MOST
    wire.clear()
    (job,) = client.queue.pop("blob")
    assert (job.content, job.value) == (Content(CHUNK, BYTES), CHUNK)
    assert len(CHUNK) < wire["in"] < len(CHUNK) + MOST
    assert column(state, "queue_job", "data", "queue = 'app.blob'") == [(CHUNK, "blob")]
    client.queue.ack(job)


@pytest.mark.req("S002-BIN-05")
def test_what_is_json_is_json_and_nothing_else_is(client: Client) -> None:
    for value, kind in (({"a": 1}, JSON), (b'{"a": 1}', BYTES), (Content(b"<a/>", "text/xml"), "text/xml")):
        client.queue.push("kinds", value)
        (job,) = client.queue.pop("kinds")
        assert job.content.type == kind
        client.queue.ack(job)


@pytest.mark.req("S002-START-02")
def test_one_socket_carries_all_four_at_once_in_binary_frames(served: Served) -> None:
    asked = {
        1: ("store.set", ["four", b"\x00\xff"]), 2: ("topic.subscribe", ["four"]), 3: ("queue.push", ["four", 1]),
        4: ("stream.append", ["four", Fresh("one")]), 5: ("queue.pop", ["later"], {"wait": 25.0}),
    }  # fmt: skip
    with opened(served, token_for(served, "client.*")) as socket:
        assert unpacked(binary(socket.recv(30)))["ok"] is True
        for number, (method, given, *named) in asked.items():
            socket.send(packed({"n": number, "do": method, "given": given, "named": named[0] if named else {}}))
        answers = {}
        while len(answers) < 4:
            one = unpacked(binary(socket.recv(30)))
            answers[one["n"]] = one["ok"]
        assert set(answers) == {1, 2, 3, 4}, "What waits for a job holds up nobody."
        socket.send(packed({"n": 6, "do": "topic.publish", "given": ["four", b"\x00"]}))
        told = [unpacked(binary(socket.recv(30))) for _ in range(2)]
        assert [one["told"].value for one in told if "told" in one] == [b"\x00"]
        socket.send(packed({"n": 7, "do": "queue.push", "given": ["later", b"\x01"]}))
        answers = {one["n"]: one["ok"] for one in (unpacked(binary(socket.recv(30))) for _ in range(2))}
        assert [job.value for job in answers[5]] == [b"\x01"]


def binary(frame: str | bytes) -> bytes:
    assert isinstance(frame, bytes)
    return frame


def column(state: sqlite3.Connection, table: str, name: str, where: str = "1=1") -> list[tuple[bytes, str]]:
    return state.execute(f"select {name}, typeof({name}) from {table} where {where} order by rowid").fetchall()


@pytest.mark.req("S002-QUEUE-19")
def test_a_client_is_told_the_size_the_limit_and_what_to_do(client: Client) -> None:
    told = r"queue '.*mail' has 1,048,577 bytes; one may have 1,048,576 here\. Put what is large .* queues\.most_bytes"
    with pytest.raises(TooLarge, match=told):
        client.queue.push("mail", b"x" * 1_048_577)
    with pytest.raises(TooLarge, match=r"at most 16,777,216 bytes .* this one has 17,\d\d\d,\d\d\d\. Send less"):
        client.queue.push("mail", b"x" * 17_000_000)
    assert client.queue.push("mail", b"x" * 1_048_576)
