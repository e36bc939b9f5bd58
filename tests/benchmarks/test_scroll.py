"""A hundred thousand rows scrolled through in Chromium: frames, rows in the page, work for a frame. Printed.

On a machine that does other things too, the frames say how busy it is; the work of the page's thread for one
frame, in time of the processor, says what the page could do: 50 frames a second leave it 20 ms.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, CDPSession, Page

from e2e.journeys.test_all_rows import BOARD, MAKE
from e2e.pages.signing import sign_in
from e2e.server import Served, serve

pytestmark = pytest.mark.benchmark

SECONDS = 10
SCROLL = """([part, seconds]) => new Promise((done) => {
  const box = document.querySelector("[data-box]")
  const tall = box.scrollHeight
  let [begun, frames, most] = [0, 0, 0]
  function step(now) {
    begun ||= now
    frames += 1
    most = Math.max(most, box.querySelectorAll("tbody tr").length)
    const gone = (now - begun) / 1000 / seconds
    if (part) box.scrollTop = gone * part * tall
    if (gone < 1) requestAnimationFrame(step)
    else done([frames / seconds, most])
  }
  requestAnimationFrame(step)
})"""


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("log")
    (folder / "dashboards").mkdir()
    (folder / "dashboards/all.toml").write_text(BOARD)
    with sqlite3.connect(folder / "log.db") as connection:
        connection.executescript(MAKE)
    with serve(folder, folder / "log.db", project=folder) as running:
        yield running


def busy(session: CDPSession) -> float:
    """Return the processor's time of the page's thread, in milliseconds."""
    told = session.send("Performance.getMetrics")["metrics"]
    return next(one["value"] for one in told if one["name"] == "TaskDuration") * 1000


@pytest.mark.req("S003-CHAL-03", "S003-WIDG-13")
def test_a_hundred_thousand_rows(browser: Browser, log: Served) -> None:
    page: Page = browser.new_page(base_url=log.url, viewport={"width": 1440, "height": 900})
    sign_in(page, log.account())
    page.goto("/dashboards/all")
    page.get_by_role("grid").wait_for()
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    print()
    for part, what in ((0, "standing still"), (0.05, "500 rows a second"), (1, "all 100,000 rows in 10 s")):
        before = busy(session)
        frames, most = page.evaluate(SCROLL, [part, SECONDS])
        spent = (busy(session) - before) / (frames * SECONDS)
        print(f"  {what}: {frames:.0f} frames a second, {spent:.1f} ms of work a frame, {most} rows in the page")
        assert most < 100
    page.close()
