"""Getting in."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from e2e.server import Account


def sign_in(page: Page, account: Account) -> None:
    """Sign in with the password; a second factor is asked for on the next page."""
    page.goto("/sign-in")
    page.get_by_label("Email").fill(account.email)
    page.get_by_label("Password").fill(account.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page).not_to_have_url("**/sign-in*")
