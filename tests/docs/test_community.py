"""Who comes across the project finds what it is, how to help and where to ask; and no figure that nobody counted."""

import re
from pathlib import Path

import pytest

from nexus_admin.kernel.house_settings import HOUSE_SETTINGS

ADOPTION = re.compile(
    r"\b\d[\d,.]*\s*\+?\s*(?:k\s+)?"
    r"(?:stars?|downloads?|installs?|installations|customers use|companies|members|deployments)\b"
    r"|img\.shields\.io|trusted by|loved by|used by \d",
    re.I,
)


@pytest.mark.req("S003-KPI-13")
def test_the_readme_shows_it_and_says_how_to_try_and_how_to_help(repository: Path) -> None:
    said = (repository / "README.md").read_text()
    first = said.split("```")[1].splitlines()
    assert [line.partition("#")[0].strip() for line in first if line] == ["make demo", "make test"]
    for part in ("pip install", "CONTRIBUTING.md"):
        assert part in said
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", said)
    assert pictures
    for one in pictures:
        assert (repository / one).read_bytes().startswith(b"\x89PNG")
    assert "make check" in (repository / "CONTRIBUTING.md").read_text()


@pytest.mark.req("S003-KPI-13", "S003-KPI-14")
def test_no_page_boasts_of_figures_that_nobody_counted(repository: Path) -> None:
    pages = [*repository.glob("*.md"), *(repository / "docs").rglob("*.md"), *(repository / "docs").glob("*.md")]
    assert len(pages) > 20
    boasts = {page.name: found[0] for page in pages if (found := ADOPTION.search(page.read_text()))}
    assert boasts == {}


@pytest.mark.req("S003-KPI-14")
def test_conduct_support_and_a_channel_are_written_down(repository: Path) -> None:
    conduct = (repository / "CODE_OF_CONDUCT.md").read_text()
    assert "private security advisory form" in conduct
    assert "within three working days" in conduct
    page = (repository / "docs/start/community.md").read_text()
    for part in ("## Where to ask", "## What you may expect", "## A channel of your own", "Supported is"):
        assert part in page
    policy = (repository / "SECURITY.md").read_text()
    assert "newest minor release" in policy
    assert "newest minor release" in page


def test_there_is_no_setting_that_would_send_anything_home() -> None:
    assert [one.key for one in HOUSE_SETTINGS if re.search("ping|telemetry|usage|analytics", one.key)] == []


@pytest.mark.req("S003-KPI-15")
def test_running_it_for_good_is_written_down_and_nobody_is_told_of_it(repository: Path) -> None:
    guide = (repository / "docs/guides/deployment.md").read_text()
    for part in ("## Files for a server", "## Backup and restore", "## Upgrades", "## Hardening"):
        assert part in guide
        assert len(guide.partition(part)[2].partition("\n## ")[0].split()) > 30, f"{part} says too little"
    settings = (repository / "docs/reference/settings.md").read_text()
    assert not re.search(r"telemetry|usage statistics|phone", settings, re.IGNORECASE)
