"""Somebody finds out who changed what, and takes it back from there."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from e2e.pages.form import FormPage
from e2e.pages.toast import toast


def test_a_change_is_found_in_the_audit_and_taken_back(page: Page) -> None:
    page.goto("/s/shop/customers/101")
    before = page.get_by_role("heading", level=1).inner_text()
    form = FormPage(page, "customers", 101).open().fill(name="Rosalind Franklin")
    form.save()
    expect(toast(page, "was saved")).to_be_visible()

    page.get_by_role("navigation", name="Main").get_by_role("link", name="Audit log").click()
    page.get_by_label("Search the audit log").fill("Rosalind Franklin")
    page.keyboard.press("Enter")
    line = page.get_by_role("region", name="Audit entries").get_by_role("row").filter(has_text="Rosalind Franklin")
    line.first.get_by_role("link", name=re.compile("^Open")).click()
    changed = page.get_by_role("row", name=re.compile(f"{re.escape(before)}.*Rosalind Franklin"))
    expect(changed.last).to_be_visible()
    page.get_by_role("link", name="Undo this change…").click()
    page.get_by_role("button", name=re.compile("Undo|Take")).last.click()
    expect(toast(page, "Taken back").or_(page.get_by_text("Taken back")).first).to_be_visible()
    page.goto("/s/shop/customers/101")
    expect(page.get_by_role("heading", level=1)).to_have_text(before)


def test_the_chain_is_verified_on_demand(page: Page) -> None:
    page.goto("/audit")
    page.get_by_role("button", name="Verify now").click()
    expect(page.get_by_text(re.compile("Verified to #"))).to_be_visible()
