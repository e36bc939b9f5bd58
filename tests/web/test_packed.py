"""Pages and assets go packed over the wire, to those who take them so."""

from pathlib import Path

import pytest

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


def test_pages_are_packed_and_their_secret_is_spelled_anew(tmp_path: Path) -> None:
    with served(tmp_path) as nexus:
        client = signed_in(nexus)
        first, second = client.get("/s/shop/orders"), client.get("/s/shop/orders")
        assert first.headers["content-encoding"] == "gzip"
        assert csrf(first.text) != csrf(second.text)
        for page in (first, second):
            assert client.post("/account", data={"name": "Ada", "_csrf": csrf(page.text)}).status_code < 400
        assert "content-encoding" not in client.get("/s/shop/orders", headers={"accept-encoding": "identity"}).headers
