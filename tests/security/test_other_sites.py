"""What a page of another site can make a browser send is refused, also where nobody is signed in yet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from nexus_admin import Nexus
from tests.security.world import Browser, guarded
from tests.web.world import PASSWORD


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Nexus]:
    with guarded(tmp_path) as nexus:
        yield nexus


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null", "sec-fetch-site": "cross-site"},
        {"origin": "http://other.testserver", "sec-fetch-site": "same-site"},
    ],
)
def test_nobody_is_signed_in_or_out_by_another_site(app: Nexus, headers: dict[str, str]) -> None:
    stranger = TestClient(app, base_url="http://testserver", follow_redirects=False)
    login = {"email": "bo@example.com", "password": PASSWORD}
    assert stranger.post("/sign-in", data=login, headers=headers).status_code == 403
    assert "nx_session" not in stranger.cookies
    bo = Browser(app, "bo@example.com")
    assert bo.client.post("/sign-out", headers=headers).status_code == 403
    assert bo.get("/account").status_code == 200


def test_our_own_forms_go_through(app: Nexus) -> None:
    own = TestClient(app, base_url="http://testserver", follow_redirects=False)
    login = {"email": "bo@example.com", "password": PASSWORD}
    headers = {"origin": "http://testserver", "sec-fetch-site": "same-origin"}
    assert own.post("/sign-in", data=login, headers=headers).status_code == 303


@pytest.mark.parametrize("onward", ["//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil", "x:y"])
def test_nobody_is_led_to_another_site(app: Nexus, onward: str) -> None:
    answer = Browser(app, "bo@example.com").get("/sign-in", next=onward)
    assert answer.headers["location"] == "/"
