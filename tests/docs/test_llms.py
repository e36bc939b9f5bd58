"""The list of the documentation in one file has every page, with what stands on it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools.llms import about, address, listed, pages, title_of


@pytest.mark.req("S002-DOC-02")
def test_every_page_is_listed_with_its_address_and_first_sentence(repository: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(repository / "tools/llms.py"), str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert "llms.txt" in done.stdout
    said, whole = (tmp_path / "llms.txt").read_text(), (tmp_path / "llms-full.txt").read_text()
    written = [one.relative_to(repository / "docs").as_posix() for one in (repository / "docs").rglob("*.md")]
    there = {one for one in written if not one.startswith("changes/")}
    assert there == {file for _, file in pages(repository)}, "A page is not in the navigation of zensical.toml."
    for file in there:
        text = (repository / "docs" / file).read_text()
        assert f"[{title_of(text)}]({address(file)})" in said
        assert text in whole
    assert said.startswith("# Nexus Admin\n\n> ")
    assert said == listed(repository)


def test_addresses_are_those_of_the_site() -> None:
    assert [address(one) for one in ("index.md", "guides/plugins.md")] == ["./", "guides/plugins/"]


def test_the_first_sentence_is_plain() -> None:
    text = "<!-- made -->\n# Lists\n\n![A list](a.png)\n\nA [list](b.md) of `rows`\nis here. And more.\n"
    assert (title_of(text), about(text)) == ("Lists", "A list of rows is here.")
