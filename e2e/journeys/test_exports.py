"""Somebody exports what a list shows: the file is written while they look on, downloaded, and deleted; also stopped."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import DESK, PHONE, Enter
from e2e.pages.toast import toast
from nexus_admin.actions.exports import parts as export_parts


class Pause:
    """Holds whoever keeps a part of a file, until the journey goes on."""

    def __init__(self) -> None:
        self.on = threading.Event()


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pause]:
    pause, real = Pause(), export_parts.Parts.add

    def add(self: Any, chunk: bytes) -> None:
        real(self, chunk)
        pause.on.wait(60)

    monkeypatch.setattr(export_parts.Parts, "add", add)
    yield pause
    pause.on.set()


def ask(page: Page) -> None:
    """Ask for the paid orders in the background."""
    page.goto("/s/shop/orders?filter=status:delivered&sort=-id")
    page.get_by_role("link", name="Export", exact=True).click()
    expect(page.get_by_role("heading", name="Export orders")).to_be_visible()
    expect(page.get_by_text("status:delivered")).to_be_visible()
    page.get_by_label("JSON by lines").check()
    page.get_by_label("In the background").check()
    page.get_by_role("button", name="Export").click()
    expect(page).to_have_url(re.compile("/~exports/[0-9a-f]{32}$"))


@pytest.mark.parametrize("way", ["desk", "phone", "without scripts"])
def test_a_file_is_written_while_somebody_looks_on(enter: Enter, held: Pause, way: str) -> None:
    page = enter(viewport=PHONE if way == "phone" else DESK, java_script_enabled=way != "without scripts")
    ask(page)
    expect(page.get_by_text(re.compile("of about [0-9,]+ rows|rows so far"))).to_be_visible()
    expect(page.get_by_role("progressbar", name="How far it is")).to_be_visible()
    held.on.set()
    expect(page.get_by_text("Ready.")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert re.fullmatch(r"orders-\d{8}-\d{6}\.ndjson", download.value.suggested_filename)
    lines = Path(download.value.path()).read_text().splitlines()
    assert f"{len(lines):,} rows," in page.get_by_role("status").filter(has_text="Ready.").inner_text()
    assert all('"status": "delivered"' in line for line in lines)
    page.get_by_role("button", name="Delete the file").click()
    expect(toast(page, "The export was deleted.")).to_be_visible()


def test_it_is_stopped_by_keyboard_and_nothing_is_kept(page: Page, held: Pause) -> None:
    ask(page)
    stop = page.get_by_role("button", name="Stop it")
    stop.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing of the file was kept.")).to_be_visible()
    held.on.set()
    page.get_by_role("link", name="Export again").click()
    expect(page.get_by_text("status:delivered")).to_be_visible()
    expect(page.get_by_text("Stopped")).to_be_visible()
