"""What a client may: by its token, at every call, and never with what is the house's."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uvicorn import Config
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from e2e.server import Served
from nexus_admin.brokers.content import Content
from nexus_admin.brokers.frames import packed, unpacked
from nexus_admin.brokers.methods import RIGHT_OF, RIGHTS
from nexus_admin.brokers.pubsub import PubSub
from nexus_admin.brokers.queue import Queue
from nexus_admin.brokers.stream import Fresh, Stream
from nexus_admin.client import Client, line
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import BadRequest, Forbidden, NexusError, NotFound, SignInNeeded
from nexus_admin.web.remote import doors
from tests.client.conftest import token_for

PATH = "/api/v1/brokers"
MOMENTS = st.datetimes(timezones=st.just(UTC)).map(lambda one: one.replace(fold=0))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | st.text() | st.binary() | MOMENTS
    | st.builds(Content, st.binary(), st.just("image/png")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.just("$"), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def opened(served: Served, token: str) -> ClientConnection:
    return connect(served.url.replace("http", "ws") + PATH, additional_headers={"Authorization": f"Bearer {token}"})


@given(JSON)
def test_whatever_is_said_arrives(value: Any) -> None:
    assert repr(unpacked(packed({"value": value}))["value"]) == repr(value)


HEADS = (b"{}", b"[]", b"1", b'{"a":{"$":"Job"}}', b'{"a":{"$":"os"}}', b'{"parts":[-1]}', b'{"parts":[9]}',
         b'{"a":{"$":"bytes","at":-1}}', b'{"a":{"$":["x"]}}', b"[" * 100_000)  # fmt: skip
HOSTILE = st.builds(lambda head, rest: len(head).to_bytes(4, "big") + head + rest, st.sampled_from(HEADS), st.binary())


@given(st.binary(max_size=200) | HOSTILE)
def test_what_is_no_frame_is_refused_and_nothing_else_happens(frame: bytes) -> None:
    with suppress(BadRequest):
        assert isinstance(unpacked(frame), dict)


def test_every_method_has_one_right_and_every_right_is_an_action(served: Served) -> None:
    assert len(RIGHT_OF) == sum(len(methods) for methods in RIGHTS.values())
    assert set(RIGHTS) <= set(served.nexus.kernel.access.permissions.known)


@pytest.mark.parametrize("right", RIGHTS)
def test_a_token_opens_what_it_names_and_nothing_else(served: Served, right: str) -> None:
    """Each method is asked without arguments: who may not is told that, who may is told how it is asked."""
    others = [one for one in RIGHTS if one != right]
    with Client(served.url, token_for(served, "client.connect", *others)) as client:
        for method in RIGHTS[right]:
            if method != "topic.listen":
                with pytest.raises(Forbidden):
                    client._line.call(method)


def test_who_may_not_connect_does_not(served: Served) -> None:
    with Client(served.url, token_for(served, "client.queue.push")) as client, pytest.raises(NexusError):
        client.queue.push("q", 1)
    with Client(served.url, "nxt_guessed") as client, pytest.raises(SignInNeeded):
        client.queue.push("q", 1)


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Basic eDp5"}, {"Cookie": "nx_session=x", "Origin": "https://evil.example"}],
)
def test_strangers_and_other_sites_are_turned_away(served: Served, headers: dict[str, str]) -> None:
    with pytest.raises(InvalidStatus) as refused:
        connect(served.url.replace("http", "ws") + PATH, additional_headers=headers)
    assert refused.value.response.status_code == 403


def test_a_client_cannot_name_what_is_the_house_s(served: Served, client: Client) -> None:
    services = served.nexus.kernel.services
    queue, stream, pubsub = services.get(Queue), services.get(Stream), services.get(PubSub)  # type: ignore[type-abstract]
    job = queue.push("house", {"secret": 1})
    stream.append("house.things", Fresh("thing.done"))
    assert client.queue.find(job) is None
    assert client.queue.cancel(job) == client.queue.retry(job) == client.queue.discard(job) == 0
    assert client.queue.pop("house") == []
    assert "house" not in [one.queue for one in client.queue.figures()]
    assert client.stream.read("house.things") == []
    assert [one.stream for one in client.stream.figures() if "house" in one.stream] == []
    with client.pubsub.subscribe("#") as heard:
        pubsub.publish("rows/shop/orders", {"key": "1"})
        client.pubsub.publish("mine", 1)
        message = heard.get(30)
    assert getattr(message, "topic", None) == "mine"
    with pytest.raises(NotFound, match="no such subscription"):
        client._line.call("topic.unsubscribe", 999)
    found = queue.find(job)
    assert found is not None and found.state == "ready"  # noqa: PT018
    queue.cancel(job)


def test_what_is_pushed_says_by_whom(served: Served, client: Client) -> None:
    id = client.queue.push("signed", b"\x00\x01", note={"by": "root", "trace": "t"})
    job = served.nexus.kernel.services.get(Queue).find(id)  # type: ignore[type-abstract]
    assert job is not None
    assert (job.queue, job.value, job.note["trace"]) == ("app.signed", b"\x00\x01", "t")
    assert job.note["by"].startswith("token:")


@pytest.mark.parametrize(
    "frame",
    [b"", b"\xff" * 9, packed({"do": "queue.push"}), packed({"n": 1, "do": "os.system", "given": ["ls"]}),
     packed({"n": 1, "do": "queue.push", "named": {"tx": 1}}), packed({"n": 1, "do": "queue.close"}),
     packed({"n": 1, "do": "queue.pop", "given": ["q"], "named": {"n": "many"}}),
     packed({"n": 1, "do": "queue.push_many", "given": ["q", [1]], "named": {"tx": {}}}),
     packed({"n": 1, "do": "stream.append", "given": ["s", {"type": "t"}]})],
)  # fmt: skip
def test_nonsense_is_answered_and_the_line_stays(served: Served, token: str, frame: bytes) -> None:
    with connect(
        served.url.replace("http", "ws") + PATH, additional_headers={"Authorization": f"Bearer {token}"}
    ) as line:
        assert unpacked(line.recv(30))["ok"] is True  # type: ignore[arg-type]
        line.send(frame)
        answer = unpacked(line.recv(30))  # type: ignore[arg-type]
        assert answer["error"]["status"] == 400
        line.send(packed({"n": 2, "do": "queue.figures"}))
        assert "ok" in unpacked(line.recv(30))  # type: ignore[arg-type]


def test_a_token_that_is_revoked_ends_its_line_within_seconds(served: Served) -> None:
    account = served.account("gone")
    secret, made = served.nexus.kernel.access.tokens.create(account.id, "client", scopes=("client.*",))
    with connect(
        served.url.replace("http", "ws") + PATH, additional_headers={"Authorization": f"Bearer {secret}"}
    ) as line:
        line.recv(30)
        served.nexus.kernel.access.tokens.revoke(account.id, made.id)
        with pytest.raises(ConnectionClosed) as closed:
            line.recv(30)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4401


def test_who_may_not_listen_any_more_is_told_nothing_more(served: Served) -> None:
    account = served.account("deaf")
    secret, _ = served.nexus.kernel.access.tokens.create(account.id, "client", scopes=("client.*",))
    with opened(served, secret) as line:
        line.recv(30)
        line.send(packed({"n": 1, "do": "topic.subscribe", "given": ["#"]}))
        assert "ok" in unpacked(line.recv(30))  # type: ignore[arg-type]
        served.nexus.kernel.access.users.set_roles(account.id, (), by=Actor.system("test"))
        with pytest.raises(ConnectionClosed) as closed:
            line.recv(30)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4401


def test_both_ends_take_frames_of_one_size(client: Client) -> None:
    assert (line.LARGEST, Config(lambda: None).ws_max_size) == (doors.LARGEST, doors.LARGEST)
    assert len(client.queue.push_many("wide", [b"x" * 1000] * 10_000)) == 10_000


def test_the_line_that_broke_is_made_anew_and_work_goes_on(served: Served, client: Client) -> None:
    """Nothing of queue and stream is missed; what was told meanwhile is a gap."""
    with client.pubsub.subscribe("t") as heard:
        client.queue.push("again", 1)
        (job,) = client.queue.pop("again")
        client.stream.append("again", Fresh("one"))
        client.stream.group("again", "g")
        for broken in range(3):
            socket = client._line._socket
            assert socket is not None
            socket.socket.close()  # as a cable that is cut
            assert client.queue.extend(job, 30)
            client.stream.append("again", Fresh(f"more.{broken}"))
        assert client.queue.ack(job) in (0, 1)
        assert client.queue.pop("again") == []
        batch = client.stream.fetch("again", "g")
        assert batch is not None
        assert [one.type for one in batch.events] == ["one", "more.0", "more.1", "more.2"]
        assert client.stream.commit(batch)
        until = time.monotonic() + 30
        news: list[Any] = []
        while "back" not in news and time.monotonic() < until:
            client.pubsub.publish("t", "back")
            one = heard.get(0.2)
            news.append(getattr(one, "value", one))
        assert "back" in news
