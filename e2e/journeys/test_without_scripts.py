"""Somebody works without JavaScript: the same pages, the same words."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import Enter
from e2e.pages.form import FormPage
from e2e.pages.lists import ListPage
from e2e.pages.toast import toast, undo


@pytest.fixture
def plain(enter: Enter) -> Page:
    """A signed-in browser that runs no scripts."""
    return enter(java_script_enabled=False)


@pytest.mark.req("S003-PHIL-10")
def test_rows_are_found_made_edited_and_deleted(plain: Page) -> None:
    page = plain
    tags = ListPage(page, "tags").open()
    expect(tags.rows).not_to_have_count(0)
    page.get_by_role("link", name="Filter", exact=True).click()
    page.get_by_label("The same as text").fill("name:sale")
    page.get_by_role("button", name="Apply").first.click()
    expect(tags.rows).to_have_count(1)

    FormPage(page, "tags").open().fill(name="plain").save()
    expect(toast(page, "was made")).to_be_visible()
    page.get_by_role("link", name="Edit", exact=True).click()
    FormPage(page, "tags").fill(name="plain and simple").save()
    expect(page.get_by_role("heading", level=1)).to_have_text("plain and simple")
    undo(page, "was saved")
    expect(page.get_by_role("heading", level=1)).to_have_text("plain")

    page.goto(f"{page.url.split('?')[0]}/delete")
    page.get_by_role("button", name="Delete plain").click()
    expect(page.get_by_role("heading", level=1, name="Tags")).to_be_visible()
    expect(page.get_by_role("link", name="plain", exact=True)).to_have_count(0)
    undo(page, "plain was deleted")
    tags.open("search=plain")
    expect(tags.rows).to_have_count(1)


@pytest.mark.req("S003-PHIL-10")
def test_many_rows_are_deleted_at_once_and_come_back(plain: Page) -> None:
    page = plain
    for name in ("one of two", "two of two"):
        FormPage(page, "tags").open().fill(name=name).save()
    tags = ListPage(page, "tags").open("search=of two")
    tags.tick("one of two", "two of two")
    page.get_by_role("region", name="Selection").get_by_role("button", name="Delete").click()
    page.get_by_role("button", name=re.compile("Delete 2 tags")).click()
    expect(toast(page, "2 tags deleted")).to_be_visible()
    undo(page, "2 tags deleted")
    tags.open("search=of two")
    expect(tags.rows).to_have_count(2)


def test_a_relation_is_chosen_by_its_key_and_a_wrong_form_keeps_what_was_typed(plain: Page) -> None:
    form = FormPage(plain, "categories").open().fill(name="Plain things", slug="plain-things")
    plain.get_by_label("Parent: key").fill("1")
    form.save()
    expect(plain.get_by_role("heading", level=1)).to_have_text("Plain things")
    again = FormPage(plain, "categories").open().fill(name="Plain things again", slug="plain-things")
    again.save()
    expect(plain.get_by_role("alert")).to_contain_text("1 field needs a look")
    expect(again.field("Name")).to_have_value("Plain things again")
