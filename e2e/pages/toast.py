"""The message at the edge of a page."""

from __future__ import annotations

from playwright.sync_api import Locator, Page


def toast(page: Page, text: str) -> Locator:
    """Return the message that holds *text*."""
    return page.locator("[data-toast]").filter(has_text=text)


def undo(page: Page, text: str) -> None:
    """Take back what the message with *text* tells of."""
    toast(page, text).get_by_role("button", name="Undo").click()
