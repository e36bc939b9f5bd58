"""Writing an extension: what is saved in its files is on the open page at once, and what was typed there stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import Enter
from e2e.pages.signing import sign_in
from e2e.server import Served, serve

DESK = """
from nexus_admin.sdk import Action, Nothing, Page, PageAnswer, hookimpl

TITLE = "{title}"

@hookimpl
def nexus_actions():
    return [Action("desk.view", Nothing, lambda unit, data: None, on="house", writes=False, transaction=False)]

@hookimpl
def nexus_pages():
    return [Page("", TITLE, "desk.view", lambda asked: PageAnswer("desk.html", {{"title": TITLE}}))]
"""
PAGE = '<label>Note <input name="note"></label><p id="says">{says}, {{{{ title }}}}</p>'
LOOKS = ':root, [data-theme="light"] {{ --nx-color-accent: {accent}; }}'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    desk, ours = tmp_path / "plugins/desk", tmp_path / "themes/ours"
    (desk / "templates").mkdir(parents=True)
    (desk / "plugin.toml").write_text('name = "desk"\n')
    (desk / "__init__.py").write_text(DESK.format(title="one"))
    (desk / "templates/desk.html").write_text(PAGE.format(says="Hello"))
    ours.mkdir(parents=True)
    (ours / "theme.toml").write_text('name = "ours"\n')
    (ours / "tokens.css").write_text(LOOKS.format(accent="#123456"))
    return tmp_path


@pytest.fixture
def written(project: Path) -> Iterator[Served]:
    with serve(project, project=project, given={"server.development": True, "appearance.theme": "ours"}) as running:
        yield running


@pytest.mark.req("S003-KERN-11")
def test_what_is_saved_is_on_the_open_page_and_what_was_typed_stays(
    written: Served, visit: Enter, project: Path
) -> None:
    page: Page = visit(base_url=written.url)
    sign_in(page, written.account())
    page.goto("/x/desk")
    says, note = page.locator("#says"), page.get_by_label("Note")
    expect(says).to_have_text("Hello, one")
    page.locator("#nx-live-said").wait_for(state="attached")  # what follows is there, and listens
    page.evaluate("window.sameDocument = true")
    note.fill("typed")

    (project / "plugins/desk/templates/desk.html").write_text(PAGE.format(says="Servus"))
    expect(says).to_have_text("Servus, one")
    (project / "plugins/desk/__init__.py").write_text(DESK.format(title="two and more"))
    expect(says).to_have_text("Servus, two and more")
    expect(page.get_by_role("link", name="two and more")).to_be_visible()  # in the menu, too
    (project / "themes/ours/tokens.css").write_text(LOOKS.format(accent="#abcdef"))
    expect(page.locator("html")).to_have_css("--nx-color-accent", "#abcdef")
    expect(note).to_have_value("typed")
    assert page.evaluate("window.sameDocument")

    (project / "plugins/desk/static").mkdir()
    with page.expect_event("load"):  # scripts need the page to be loaded anew
        (project / "plugins/desk/static/desk.js").write_text("export const more = 1\n")
    expect(says).to_have_text("Servus, two and more")
