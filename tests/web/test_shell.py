"""The frame around every page: what it says once, how it looks, what it leads to."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.web.reader import reader_of
from tests.web.world import csrf, served, signed_in


@pytest.fixture
def nexus(tmp_path: Path) -> Iterator[Nexus]:
    with served(tmp_path) as app:
        yield app


@pytest.fixture
def browser(nexus: Nexus) -> TestClient:
    return signed_in(nexus)


def test_a_page_says_once_what_the_one_before_did(browser: TestClient) -> None:
    page = browser.get("/s/shop/orders/2/edit").text
    done = browser.post("/s/shop/~undo", data={"_csrf": csrf(page), "entry": "0" * 26, "back": "/s/shop/orders"})
    assert done.status_code == 404
    browser.cookies.set("nx_said", _packed("Saved order A-2.", "01KAJD4M8E5V6W7X8Y9ZABCDEF", "shop"))
    first = browser.get("/s/shop/orders?sort=-id")
    assert "Saved order A-2." in first.text
    assert 'action="/s/shop/~undo"' in first.text
    assert 'name="back" value="/s/shop/orders?sort=-id"' in first.text
    assert "nx_said=" in first.headers["set-cookie"]
    browser.cookies.delete("nx_said")
    assert "Saved order A-2." not in browser.get("/s/shop/orders").text


@pytest.mark.parametrize("value", ["%", "e30", base64.urlsafe_b64encode(b"[1, 2, 3]").decode(), "a" * 5000])
def test_a_message_that_nobody_of_ours_packed_is_not_shown(value: str) -> None:
    assert reader_of({"nx_said": value}).said is None


def test_a_message_is_text_and_leads_only_to_our_own_undo() -> None:
    said = reader_of({"nx_said": _packed("<script>", "", '"><script>')}).said
    assert said is None


def test_cookies_of_looks_are_understood_or_count_as_not_sent() -> None:
    reader = reader_of({"nx_theme": "dark", "nx_density": "comfortable", "nx_nav": "rail", "nx_zone": "Europe/Berlin"})
    assert (reader.theme, reader.density, reader.rail, reader.zone_name) == (
        "dark",
        "comfortable",
        True,
        "Europe/Berlin",
    )
    odd = reader_of({"nx_theme": "<x>", "nx_density": "huge", "nx_nav": "?", "nx_zone": "../../etc/passwd"})
    assert (odd.theme, odd.density, odd.rail, odd.zone, odd.zone_name) == ("", "compact", False, UTC, "")


def test_a_zone_that_was_chosen_goes_before_the_browsers() -> None:
    assert reader_of({"nx_own_zone": "Asia/Tokyo", "nx_zone": "Europe/Berlin"}).zone_name == "Asia/Tokyo"


def _packed(text: str, undo: str, source: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([text, undo, source]).encode()).decode().rstrip("=")
