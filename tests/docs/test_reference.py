"""What the documentation says is there: the reference is what the code would write, and every page exists."""

import re
import tomllib
from pathlib import Path

import pytest

from nexus_admin.domain.page import SLOTS
from nexus_admin.kernel.themes import TOKENS
from tools.reference import FOLDER, PAGES, written

ROOT = FOLDER.parent.parent
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")


@pytest.mark.parametrize("page", PAGES)
def test_the_reference_is_what_the_code_says(page: str) -> None:
    assert (FOLDER / f"{page}.md").read_text() == written(page), "Run: python tools/reference.py"


@pytest.mark.parametrize("page", PAGES)
def test_nothing_in_the_reference_is_without_a_word(page: str) -> None:
    silent = [line for line in written(page).splitlines() if re.fullmatch(r"## .*", line) and not line[3:].strip()]
    assert silent == []


def pages(given: object) -> list[str]:
    if isinstance(given, str):
        return [given]
    values = given.values() if isinstance(given, dict) else given
    return [page for value in values for page in pages(value)]  # type: ignore[attr-defined]


def test_the_site_lists_every_page_and_no_other() -> None:
    listed = pages(tomllib.loads((ROOT / "zensical.toml").read_text())["project"]["nav"])
    there = {str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").rglob("*.md")}
    assert sorted(listed) == sorted(path for path in there if not path.startswith("changes/"))


def test_every_link_between_pages_leads_somewhere() -> None:
    lost = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md"]
        for target in LINK.findall(path.read_text())
        if not (path.parent / target).exists()
    ]
    assert lost == []


def test_the_guides_name_every_slot_and_token() -> None:
    plugins, themes = ((ROOT / "docs/guides" / name).read_text() for name in ("plugins.md", "themes.md"))
    assert [name for name, said in SLOTS.items() if f"`{name}` | {said}" not in plugins] == []
    stems = {re.sub(r"-(hover|active|subtle|subtle-hover|border|text|xs|sm|md|lg)$", "", token) for token in TOKENS}
    assert [stem for stem in stems if f"--nx-{stem}" not in themes] == []


def test_every_change_is_one_line_in_the_changes() -> None:
    wrong = [
        str(path)
        for path in Path(ROOT / "docs/changes").glob("*")
        if not re.fullmatch(r"[\w-]+\.(added|changed|fixed|removed|security)\.md", path.name)
        or not path.read_text().strip()
    ]
    assert wrong == []
