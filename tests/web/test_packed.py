"""Pages and assets go packed over the wire, to those who take them so."""

import asyncio
from pathlib import Path

import pytest
from starlette.types import Message, Receive, Scope, Send

from nexus_admin.web.packing import Packing
from tests.web.world import csrf, served, signed_in


@pytest.mark.req("S003-KPI-04")
def test_assets_come_as_they_were_packed_when_built(tmp_path: Path) -> None:
    with served(tmp_path) as nexus:
        client = signed_in(nexus)
        page = client.get("/").text
        path = next(part for part in page.split('"') if part.startswith("/static/app-"))
        with client.stream("GET", path, headers={"accept-encoding": "gzip"}) as answer:
            packed = b"".join(answer.iter_raw())
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["content-type"].startswith("text/javascript")
        assert "immutable" in answer.headers["cache-control"]
        plain = client.get(path, headers={"accept-encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert len(packed) < len(plain.content) / 2
        again = client.get(path, headers={"accept-encoding": "gzip", "if-none-match": answer.headers["etag"]})
        assert again.status_code == 304


def test_the_chart_library_is_there_packed_alone_and_comes_plain_to_who_cannot_unpack_it(tmp_path: Path) -> None:
    with served(tmp_path) as nexus:
        client = signed_in(nexus)
        path = next(part for part in client.get("/").text.split('"') if part.startswith("/static/plotly-"))
        packed = client.get(path)
        plain = client.get(path, headers={"accept-encoding": "identity"})
        assert (packed.headers["content-encoding"], plain.headers.get("content-encoding")) == ("gzip", None)
        assert packed.content == plain.content
        assert len(plain.content) > 1_000_000
        assert int(client.head(path).headers["content-length"]) < 600_000
        assert client.get(path.replace("plotly-", "plotly-0")).status_code == 404


def test_pages_are_packed_and_their_secret_is_spelled_anew(tmp_path: Path) -> None:
    with served(tmp_path) as nexus:
        client = signed_in(nexus)
        first, second = client.get("/s/shop/orders"), client.get("/s/shop/orders")
        assert first.headers["content-encoding"] == "gzip"
        assert csrf(first.text) != csrf(second.text)
        for page in (first, second):
            assert client.post("/account", data={"name": "Ada", "_csrf": csrf(page.text)}).status_code < 400
        assert "content-encoding" not in client.get("/s/shop/orders", headers={"accept-encoding": "identity"}).headers


def test_what_is_small_goes_as_it_is_and_a_long_file_is_packed_as_it_comes(tmp_path: Path) -> None:
    with served(tmp_path) as nexus:
        client = signed_in(nexus)
        small = client.get("/healthz")
        assert small.status_code == 200
        assert "content-encoding" not in small.headers
        packed = client.get("/api/v1/shop/orders/~export?format=csv")
        assert (packed.headers["content-encoding"], packed.headers["vary"].count("Accept-Encoding")) == ("gzip", 1)
        plain = client.get("/api/v1/shop/orders/~export?format=csv", headers={"accept-encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert "Accept-Encoding" in plain.headers["vary"]
        assert packed.text == plain.text


def test_a_stream_of_events_begins_before_its_first_event() -> None:
    sent: list[Message] = []

    async def stream(_scope: Scope, _receive: Receive, send: Send) -> None:
        kind = (b"content-type", b"text/event-stream")
        await send({"type": "http.response.start", "status": 200, "headers": [kind]})
        assert [one["type"] for one in sent] == ["http.response.start"]
        await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError

    headers = [(b"accept-encoding", b"gzip")]
    asyncio.run(Packing(stream)({"type": "http", "headers": headers}, receive, send))
    assert sent[1]["body"] == b"data: 1\n\n"
