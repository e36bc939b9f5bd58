"""The example shop on a real socket, and browsers in front of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from e2e.pages.signing import sign_in
from e2e.server import Account, Served, serve
from e2e.watch import Watch
from example_app.shop.write import generate
from tests.browser import launch_options
from tests.hashing import cheap_hashes
from tests.patience import patient_starts

__all__ = ["cheap_hashes", "patient_starts"]
Enter = Callable[..., Page]
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
PATIENCE = 30_000  # milliseconds: a machine with two cores runs three browsers and three servers
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, **launch_options()}


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The example shop with 2,000 orders, one for each worker; a journey writes only to rows of its own."""
    folder = tmp_path_factory.mktemp("shop")
    generate(str(folder / "shop.db"), orders=2000, until=datetime.now(UTC).date())
    with serve(folder, folder / "shop.db") as running:
        yield running


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Looks over every page of a test, and fails it for what no page may do."""
    watching = Watch()
    yield watching
    assert not watching.wrong


@pytest.fixture
def visit(browser: Browser, served: Served, watch: Watch) -> Iterator[Enter]:
    """Open a browser of its own at the shop: `visit()`, or with Playwright's options for a context."""
    opened = []

    def opening(*, base_url: str = served.url, **options: Any) -> Page:
        context = browser.new_context(base_url=base_url, **{"viewport": DESK, **options})
        context.set_default_timeout(PATIENCE)
        watch.over(context, scripts=options.get("java_script_enabled", True))
        opened.append(context)
        return context.new_page()

    yield opening
    for context in opened:
        context.close()


@pytest.fixture
def enter(visit: Enter, served: Served) -> Enter:
    """Open a browser and sign in: as a new owner, or as `account`."""

    def entering(account: Account | None = None, **options: Any) -> Page:
        page = visit(**options)
        sign_in(page, account or served.account())
        return page

    return entering


@pytest.fixture
def page(enter: Enter) -> Page:
    """A browser in which a new owner has signed in."""
    return enter()


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder of the test's own."""
    return tmp_path
