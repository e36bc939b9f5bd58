"""A chart that is fed by a topic or a stream: numbers as they come, in a picture and a table, under one's rights."""

from __future__ import annotations

import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from e2e.conftest import Enter
from e2e.server import Served, serve
from nexus_admin.brokers.pubsub import PubSub
from nexus_admin.brokers.stream import Fresh, Stream
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.role import Grant, Role

BOARD = """
title = "Prices"
source = "data"

[[widgets]]
widget = "live_chart"
title = "Acme"
width = 12

[widgets.options]
topic = "app/prices/acme"
lines = [{ number = "bid", name = "Bid" }, { number = "ask.price", name = "Ask" }]
seconds = 20
unit = "€"
"""
STREAM = BOARD.replace('topic = "app/prices/acme"', 'stream = "app.prices"').replace("Prices", "Appended")
COUNTED = """() => {
  window.pictures = 0
  const clear = CanvasRenderingContext2D.prototype.clearRect
  CanvasRenderingContext2D.prototype.clearRect = function (...given) {
    window.pictures += 1
    return clear.apply(this, given)
  }
}"""
INK = """() => {
  const canvas = document.querySelector(".nx-livechart canvas")
  const { data } = canvas.getContext("2d").getImageData(60, 0, canvas.width - 70, canvas.height - 30)
  const seen = new Set()
  for (let at = 0; at < data.length; at += 4) if (data[at + 3] === 255) seen.add(data.slice(at, at + 3).join())
  return seen.size
}"""


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("prices")
    (folder / "dashboards").mkdir()
    (folder / "dashboards/prices.toml").write_text(BOARD)
    (folder / "dashboards/appended.toml").write_text(STREAM)
    with sqlite3.connect(folder / "data.db") as connection:
        connection.execute("create table notes (id integer primary key, text text)")
    with serve(folder, folder / "data.db", project=folder) as running:
        yield running


def publish(board: Served, number: float) -> None:
    pubsub = board.nexus.kernel.services.get(PubSub)  # type: ignore[type-abstract]
    pubsub.publish("app/prices/acme", {"bid": number, "ask": {"price": number + 1}, "name": "Acme"})


@contextmanager
def prices(board: Served, a_second: float = 50) -> Iterator[None]:
    """Publish so many prices a second for as long as the block lasts."""
    over = threading.Event()

    def run() -> None:
        number, begun = 0, time.monotonic()
        while not over.wait(max(0.0, begun + number / a_second - time.monotonic())):
            publish(board, 100 + number % 40)
            number += 1

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def append(board: Served, number: float) -> None:
    stream = board.nexus.kernel.services.get(Stream)  # type: ignore[type-abstract]
    stream.append("app.prices", Fresh("price", {"bid": number, "ask": {"price": number + 1}, "name": "Acme"}))


def at(
    enter: Enter, board: Served, roles: tuple[str, ...] = ("owner",), name: str = "prices", **options: object
) -> Page:
    page = enter(board.account(roles=roles), base_url=board.url, **options)
    page.goto(f"/dashboards/{name}")
    return page


def is_live(page: Page) -> None:
    expect(page.locator(".nx-livechart")).to_have_attribute("data-connected", "true")


@pytest.mark.req("S003-ARCH-10")
def test_numbers_appear_as_a_picture_in_words_and_in_a_table(enter: Enter, board: Served) -> None:
    page = at(enter, board)
    is_live(page)
    expect(page.locator("[data-state]")).to_have_text("Nothing has come yet")
    with prices(board):
        expect(page.locator("[data-state]")).to_have_text("Live")
        expect(page.locator("[data-now]").first).to_have_text(re.compile(r"^1\d\d €$"))
        expect(page.get_by_role("img", name=re.compile(r"Bid 1\d\d €, Ask 1\d\d €"))).to_be_visible()
        page.wait_for_timeout(1000)
        assert page.evaluate(INK) >= 2
        page.get_by_text("As a table").click()
        rows = page.locator(".nx-livechart tbody tr")
        expect(rows).to_have_count(30)
        cells = rows.first.locator("td").all_inner_texts()
        bid, ask = (int(one.split()[0]) for one in cells[1:])
        assert ask == bid + 1


@pytest.mark.req("S003-ARCH-10")
def test_what_is_appended_to_a_stream_appears_for_those_who_may_read_it(enter: Enter, board: Served) -> None:
    """The stream is durable: what was there before the page is history, and no news."""
    append(board, 1)
    reads = (Grant(action="client.stream.read", resource="prices"),)
    for name, more in (("reader", reads), ("looker", ())):
        grants = (Grant(source="data", action="*"), Grant(action="dashboard.*"), *more)
        board.nexus.kernel.access.roles.save(Role(name=name, grants=grants), by=Actor.system("e2e"))
    page = at(enter, board, ("reader",), "appended")
    is_live(page)
    expect(page.locator("[data-state]")).to_have_text("Nothing has come yet")
    for number in (3, 5, 7):
        append(board, number)
    expect(page.get_by_role("img", name="Bid 7 €, Ask 8 €")).to_be_visible()
    page.get_by_text("As a table").click()
    rows = page.locator(".nx-livechart tbody tr")
    expect(rows.first).to_contain_text("7 €")
    assert [int(one.split()[0]) for one in rows.locator("td:nth-child(2)").all_inner_texts()] == [7, 5, 3]
    other = at(enter, board, ("looker",), "appended")
    append(board, 9)
    expect(rows.first).to_contain_text("9 €")
    expect(other.locator("[data-state]")).to_have_text("Not connected")
    expect(other.locator("[data-now]").first).to_have_text("–")


def test_a_line_that_was_lost_comes_back_with_what_came_meanwhile(enter: Enter, board: Served) -> None:
    page = enter(board.account(), base_url=board.url)
    lines: list[WebSocketRoute] = []

    def through(route: WebSocketRoute) -> None:
        lines.append(route)
        route.connect_to_server()

    page.context.route_web_socket(re.compile("/live$"), through)
    page.goto("/dashboards/prices")
    is_live(page)
    page.get_by_text("As a table").click()
    publish(board, 1)
    rows = page.locator(".nx-livechart tbody tr")
    expect(rows.first).to_contain_text("2 €")
    lines[-1].close(code=1012)
    expect(page.locator(".nx-livechart")).to_have_attribute("data-connected", "false")
    for number in (3, 5):
        publish(board, number)
    is_live(page)
    publish(board, 7)
    expect(rows.first).to_contain_text("7 €")
    bids = [int(one.split()[0]) for one in rows.locator("td:nth-child(2)").all_inner_texts()]
    assert bids[:4] == [7, 5, 3, 1]


def test_with_less_motion_it_is_drawn_once_a_second(enter: Enter, board: Served) -> None:
    page = at(enter, board, reduced_motion="reduce")
    is_live(page)
    with prices(board):
        expect(page.locator("[data-state]")).to_have_text("Live")
        page.evaluate(COUNTED)
        page.wait_for_timeout(3000)
        assert 1 <= page.evaluate("window.pictures") <= 5


def test_who_may_not_hear_the_topic_hears_nothing_of_it(enter: Enter, board: Served) -> None:
    access = board.nexus.kernel.access
    others = (Grant(action="client.topic.subscribe", resource="weather"),)
    for name, more in (
        ("watcher", ()),
        ("trader", (Grant(action="client.topic.subscribe"),)),
        ("meteorologist", others),
    ):
        grants = (Grant(source="data", action="*"), Grant(action="dashboard.*"), *more)
        access.roles.save(Role(name=name, grants=grants), by=Actor.system("e2e"))
    with prices(board):
        trader = at(enter, board, ("trader",))
        expect(trader.locator("[data-state]")).to_have_text("Live")
        for role in ("watcher", "meteorologist"):
            page = at(enter, board, (role,))
            expect(page.get_by_role("heading", name="Acme")).to_be_visible()
            page.wait_for_timeout(1500)
            expect(page.locator("[data-state]")).to_have_text("Not connected")
            expect(page.locator("[data-now]").first).to_have_text("–")


def test_numbers_of_any_size_hold_up_no_page(enter: Enter, board: Served) -> None:
    page = at(enter, board)
    is_live(page)
    for number in (1.7e18, 1.7e18, 10**400, 1e308, -1e308, 5e-324, 7):
        publish(board, number)
        page.wait_for_timeout(200)
    expect(page.locator("[data-now]").first).to_have_text("7 €")
    assert page.evaluate("1 + 1") == 2
