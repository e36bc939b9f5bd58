"""Every page under axe: nothing serious or critical is found. One theme a file, so that they run side by side."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from e2e.conftest import Enter
from e2e.pages.menu import PAGES, settle

RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
# axe takes the cell of a grid that Tab reaches for a target of the pointer, and what is in the cell for too near to it.
TAB_STOP = "(found) => found.closest('[role=grid] td[tabindex=\"0\"]') !== null"


def findings(page: Page, rules: dict[str, Any]) -> list[str]:
    """Return what axe finds wrong on the page, a line for each element."""
    found: list[dict[str, Any]] = Axe().run(page, options={"runOnly": rules}).response["violations"]
    return [
        f"{page.url}: {one['id']}: {node['html'][:160]} {node['failureSummary'].splitlines()[-1].strip()[:200]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
        if one["id"] != "target-size" or not page.locator(node["target"][0]).evaluate(TAB_STOP)
    ]


def check(enter: Enter, theme: str, rules: dict[str, Any]) -> None:
    """Go through every page in *theme*; what is no matter of colour is the same in every theme."""
    page = enter(bypass_csp=True)  # axe is put into the page
    page.context.add_cookies([{"name": "nx_theme", "value": theme, "url": page.url}])
    wrong: list[str] = []
    for path in PAGES:
        page.goto(path)
        settle(page)
        assert page.locator("html").get_attribute("data-theme") == theme
        wrong += findings(page, rules)
    assert wrong == []
