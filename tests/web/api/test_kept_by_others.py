"""What lies between us and a program may keep answers only as far as they say, and asks again with their version."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.api.world import served, with_token
from tests.web.world import signed_in

ORDER = "/api/v1/shop/orders/1"


@pytest.fixture
def nexus(tmp_path: Path) -> Iterator[object]:
    with served(tmp_path) as app:
        yield app


@pytest.mark.req("S003-PHIL-11")
def test_an_answer_that_is_known_is_not_sent_again(nexus: object) -> None:
    ada = with_token(nexus)  # type: ignore[arg-type]
    first = ada.get(ORDER)
    tag = {"If-None-Match": first.headers["etag"]}
    for method in ("GET", "HEAD"):
        again = ada.request(method, ORDER, headers=tag)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
        assert again.headers["cache-control"] == first.headers["cache-control"] == "private, no-cache"
        assert {"Authorization", "Cookie"} <= {one.strip() for one in again.headers["vary"].split(",")}
    assert ada.get(ORDER, headers={"If-None-Match": f'"old", {tag["If-None-Match"]}'}).status_code == 304
    ada.patch(ORDER, json={"total": 1})
    changed = ada.get(ORDER, headers=tag)
    assert (changed.status_code, changed.json()["total"]) == (200, "1.00")


@pytest.mark.req("S003-PHIL-11")
def test_no_page_may_be_kept_and_every_asset_may(nexus: object) -> None:
    browser = signed_in(nexus)  # type: ignore[arg-type]
    page = browser.get("/s/shop/orders")
    assert page.headers["cache-control"] == "no-store"
    asset = page.text.split('href="/static/')[1].split('"')[0]
    kept = browser.get(f"/static/{asset}")
    assert (kept.status_code, kept.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")


@pytest.mark.req("S003-PHIL-11")
def test_the_page_about_the_edge_says_what_is_kept_where(repository: Path) -> None:
    said = (repository / "docs/concepts/edge.md").read_text()
    for word in ("`ETag`", "`If-None-Match`", "`Cache-Control`", "`Vary`", "CDN", "no JavaScript isolate"):
        assert word in said
