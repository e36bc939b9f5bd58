"""When a page is seen and when it answers, on a phone with a slow line: cold, and at the third quartile; printed.

The profile is what Chromium calls *Fast 3G*: 562.5 ms before each answer, 1.44 Mbit/s down, with a processor four times
slower than this one. Each round is a browser that has never been here; for pages behind the sign-in it has a session,
and nothing else. *Interactive* is the end of the last task that held the page up for more than 50 ms, in five seconds
in which none came, and not before the first paint and the parsed page.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from e2e.pages.signing import sign_in
from e2e.server import Served, serve
from example_app.shop.write import generate

pytestmark = pytest.mark.benchmark

ROUNDS = int(os.environ.get("NEXUS_BENCH_ROUNDS", "8"))
PAGES = {"login": "/sign-in", "list": "/s/shop/orders", "dashboard": "/dashboards/sales"}
LINE = {"offline": False, "latency": 562.5, "downloadThroughput": 1.44e6 / 8, "uploadThroughput": 675e3 / 8}
SLOWER = 4
PHONE: Any = {"viewport": {"width": 412, "height": 823}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
WATCH = """window.held = []
new PerformanceObserver((list) => window.held.push(...list.getEntries().map((one) => one.startTime + one.duration)))
  .observe({ type: "longtask", buffered: true })"""
TOLD = """() => {
  const [paint] = performance.getEntriesByName("first-contentful-paint")
  const [page] = performance.getEntriesByType("navigation")
  const bytes = performance.getEntriesByType("resource").reduce((sum, one) => sum + one.transferSize, page.transferSize)
  return [paint.startTime, Math.max(paint.startTime, page.domContentLoadedEventEnd, ...window.held), bytes]
}"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("shop")
    generate(str(folder / "shop.db"), orders=20_000, until=datetime.now(UTC).date())
    with serve(folder, folder / "shop.db") as running:
        yield running


@pytest.fixture(scope="module")
def session(served: Served, browser: Browser) -> Any:
    """The cookies of somebody who has signed in; each page was asked for before, so that templates are compiled."""
    context = browser.new_context(base_url=served.url)
    page = context.new_page()
    sign_in(page, served.account())
    for path in PAGES.values():
        page.goto(path)
        page.wait_for_load_state("networkidle")
    cookies = context.cookies()
    context.close()
    return cookies


def seen(context: BrowserContext, path: str) -> tuple[float, float, float]:
    """Open *path* over the slow line; return first paint and interactive in milliseconds, and the bytes of it all."""
    page = context.new_page()
    page.add_init_script(WATCH)
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", LINE)
    line.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(path, wait_until="load", timeout=120_000)
    page.wait_for_timeout(5_000)
    paint, interactive, size = page.evaluate(TOLD)
    return paint, interactive, size


@pytest.mark.parametrize("name", PAGES)
def test_first_paint_and_interactive(served: Served, browser: Browser, session: Any, name: str) -> None:
    rounds = []
    for _ in range(ROUNDS):
        context = browser.new_context(base_url=served.url, **PHONE)
        if name != "login":
            context.add_cookies(session)
        rounds.append(seen(context, PAGES[name]))
        context.close()
    paint, interactive = (statistics.quantiles((one[at] for one in rounds), n=4)[2] for at in (0, 1))
    print(
        f"\n  {name:<10} first paint {paint:6,.0f} ms (of 1,500), interactive {interactive:6,.0f} ms (of 3,000),",
        end="",
    )
    print(f" third quartile of {ROUNDS}; {max(one[2] for one in rounds) / 1024:,.0f} KB at most")
    assert all(paint > 0 for paint, _, _ in rounds)
