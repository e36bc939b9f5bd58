"""What Lighthouse says of a list, a record and a dashboard, as a phone on a slow line sees them.

`NEXUS_LIGHTHOUSE` names the program (`npm install lighthouse` in some folder, then its node_modules/.bin/lighthouse).
Scores of performance hang on what else the machine does: the median of three is printed, and not asserted.
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright

from e2e.pages.signing import sign_in
from e2e.server import Served, serve
from example_app.shop.write import generate
from tests.browser import launch_options

PAGES = ("/", "/s/shop/orders", "/s/shop/orders/91", "/s/shop/orders/~dashboard", "/dashboards/sales")
ROUNDS = 3
KEPT = ("accessibility", "best-practices")
MOMENTS = {"first-contentful-paint": "first paint", "interactive": "interactive", "cumulative-layout-shift": "shift"}
"""Lighthouse's audits: milliseconds, and for the shift a share of the page."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("shop")
    generate(str(folder / "shop.db"), orders=20_000, until=datetime.now(UTC).date())
    with serve(folder, folder / "shop.db") as running:
        yield running


@pytest.fixture(scope="module")
def port(served: Served, playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a browser in which somebody has signed in."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        found = int(free.getsockname()[1])
    options = launch_options()
    options["args"] = [*options["args"], f"--remote-debugging-port={found}"]
    context = playwright.chromium.launch_persistent_context(
        tmp_path_factory.mktemp("profile"), base_url=served.url, **options
    )
    page = context.new_page()
    sign_in(page, served.account())
    for path in PAGES:  # answers are remembered, zones are known
        page.goto(path)
        page.wait_for_load_state("networkidle")
    page.close()
    yield found
    context.close()


def audited(program: str, url: str, port: int, out: Path) -> dict[str, Any]:
    command = [program, url, "--port", str(port), "--disable-storage-reset", "--output", "json", "--quiet"]
    subprocess.run([*command, "--output-path", str(out)], check=True, capture_output=True, timeout=180)
    report: dict[str, Any] = json.loads(out.read_text("utf-8"))
    assert report["finalDisplayedUrl"] == url  # not the page to sign in
    scores = {name: round((one["score"] or 0) * 100) for name, one in report["categories"].items()}
    return scores | {name: report["audits"][name]["numericValue"] for name in MOMENTS}


@pytest.mark.benchmark
@pytest.mark.req("S003-KPI-03")
@pytest.mark.parametrize("path", PAGES)
def test_lighthouse(served: Served, port: int, path: str, tmp_path: Path) -> None:
    program = os.environ.get("NEXUS_LIGHTHOUSE")
    if not program:
        pytest.skip("NEXUS_LIGHTHOUSE names no program.")
    rounds = [audited(program, served.url + path, port, tmp_path / f"{at}.json") for at in range(ROUNDS)]
    print(f"\n  {path:<28} performance {statistics.median(one['performance'] for one in rounds)}", end="")
    print(f" of {sorted(one['performance'] for one in rounds)}, ", ", ".join(f"{k} {rounds[0][k]}" for k in KEPT))
    medians = {said: statistics.median(one[name] for one in rounds) for name, said in MOMENTS.items()}
    print("   " + ", ".join(f"{said} {value:,.2f}" for said, value in medians.items()))
    assert [one for one in rounds if any(one[name] < 100 for name in KEPT)] == []
