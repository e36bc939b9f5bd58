"""A chart that is told fifty numbers a second, in Chromium: frames, long tasks, work for a frame. Printed.

On a machine that does other things too, the time between frames says how busy it is; the work of the page's thread, in
time of the processor, says what the page could do. A long task is one of 50 ms and more, as browsers report them.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from e2e.journeys.test_live_chart import board, is_live, prices
from e2e.pages.signing import sign_in
from e2e.server import Served
from tests.benchmarks.test_scroll import busy

__all__ = ["board"]
pytestmark = pytest.mark.benchmark

SECONDS = 10
WATCH = """(seconds) => new Promise((done) => {
  const [long, apart] = [[], []]
  const watching = new PerformanceObserver((list) => long.push(...list.getEntries().map((one) => one.duration)))
  watching.observe({ entryTypes: ["longtask"] })
  let [pictures, begun, before, heard] = [0, 0, 0, 0]
  const clear = CanvasRenderingContext2D.prototype.clearRect
  CanvasRenderingContext2D.prototype.clearRect = function (...given) { pictures += 1; return clear.apply(this, given) }
  const chart = document.querySelector(".nx-livechart")
  chart.addEventListener("nx:news", ({ detail }) => { for (const { points } of detail) heard += points.length })
  function step(now) {
    begun ||= now
    if (before) apart.push(now - before)
    before = now
    if (now - begun < seconds * 1000) requestAnimationFrame(step)
    else {
      watching.disconnect()
      apart.sort((one, other) => one - other)
      const at = (share) => apart[Math.min(apart.length - 1, Math.floor(share * apart.length))]
      done({ frames: apart.length, pictures, heard, long, p50: at(0.5), p95: at(0.95), p99: at(0.99), worst: at(1) })
    }
  }
  requestAnimationFrame(step)
})"""


@pytest.mark.req("S002-PUBSUB-04")
def test_fifty_numbers_a_second(browser: Browser, board: Served) -> None:
    page: Page = browser.new_page(base_url=board.url, viewport={"width": 1440, "height": 900})
    sign_in(page, board.account())
    page.goto("/dashboards/prices")
    is_live(page)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    print()
    for a_second in (0.2, 50, 500):
        with prices(board, a_second):
            page.wait_for_timeout(3000)
            before = busy(session)
            told = page.evaluate(WATCH, SECONDS)
            spent = (busy(session) - before) / told["frames"]
        print(
            f"  {a_second:g} a second: {told['heard']} numbers in {SECONDS} s, {told['frames'] / SECONDS:.0f} frames a "
            f"second (apart p50 {told['p50']:.1f}, p95 {told['p95']:.1f}, p99 {told['p99']:.1f}, worst "
            f"{told['worst']:.1f} ms), {told['pictures']} pictures, {len(told['long'])} long tasks"
            f"{' of ' + ', '.join(f'{one:.0f}' for one in told['long']) + ' ms' if told['long'] else ''}, "
            f"{spent:.2f} ms of work a frame"
        )
        assert told["pictures"] <= told["frames"] + 2, "It draws at most once a frame."
    page.close()
