"""How changes that others make are learned of is switched on, shown and taken back on its page and in the terminal."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from nexus_admin.cli.main import app as command
from nexus_admin.domain.errors import Refused
from nexus_admin.domain.target import Target
from tests.web.live.shop import Shop, shop
from tests.web.world import csrf, signed_in

ORDER = Target("shop", "orders", "1")


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Shop]:
    with shop(f"sqlite:///{tmp_path}/shop.db", tmp_path) as opened:
        yield opened


def card(browser: Any) -> str:
    page = browser.get("/sources/shop").text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.partition('id="h-feed"')[2].partition("</section>")[0]))


@pytest.mark.req("S003-DATA-03")
def test_the_page_of_a_source_names_the_way(small: Shop) -> None:
    browser = signed_in(small.app)
    assert "not what other programs write here" in card(browser)
    assert "1 table can be polled" in card(browser)
    browser.post("/sources/shop/feed/poll", data={"_csrf": csrf(browser.get("/sources/shop").text)})
    said = card(browser)
    assert "polled" in said
    assert "orders by updated_at" in said
    assert "Deleted rows are not seen" in said
    assert "PostgreSQL" in browser.get("/sources/shop/feed.sql").text  # it is none, and that is said
    browser.post("/sources/shop/feed/remove", data={"_csrf": csrf(browser.get("/sources/shop").text)})
    assert "not known" in card(browser)


def test_triggers_are_shown_before_they_are_made(new_postgres_url: str, tmp_path: Path) -> None:
    with shop(new_postgres_url, tmp_path) as opened:
        browser = signed_in(opened.app)
        shown = browser.get("/sources/shop/feed.sql")
        assert shown.headers["content-type"].startswith("text/plain")
        assert "CREATE OR REPLACE FUNCTION nx_changes()" in shown.text
        assert "told by triggers" not in card(browser)
        browser.post("/sources/shop/feed/install", data={"_csrf": csrf(browser.get("/sources/shop").text)})
        assert "1 table tells of every change at once" in card(browser)
        opened.sql("drop trigger nx_changes_delete on orders")
        assert "Install them again" in card(browser)


def test_what_cannot_be_is_refused_with_what_to_do(small: Shop) -> None:
    with pytest.raises(Refused, match="nexus source feed poll shop"):
        small.perform("feed.install")
    with pytest.raises(Exception, match="updated_at"):
        small.perform("feed.poll", columns={"orders": "updated"})
    assert small.perform("feed.poll", columns={"orders": "id"}).tables == {"orders": "id"}


def test_the_terminal_has_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, new_postgres_url: str) -> None:
    with shop(new_postgres_url, tmp_path):
        pass
    (tmp_path / "nexus.toml").write_text(f'[sources.shop]\nurl = "{new_postgres_url}"\nallow_writes = true\n')
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> str:
        done = CliRunner().invoke(command, ["source", "feed", *words, "--state", str(tmp_path / "nexus.db")])
        assert done.exit_code == 0, done.output
        return done.output

    assert "only what is done through Nexus" in run("status", "shop")
    assert "orders  updated_at" in run("poll", "shop", "--seconds", "1", "--column", "orders=updated_at")
    assert "polling since" in run("status", "shop")
    assert "no polling any more" in run("remove", "shop")
    assert "CREATE OR REPLACE TRIGGER nx_changes_update" in run("sql", "shop", "--table", "orders")
    assert "Tables of shop that tell of their changes: orders." in run("install", "shop")
    assert "no triggers any more" in run("remove", "shop")


def test_the_guide_does_what_it_says(small: Shop, repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    guide = (repository / "docs/guides/following.md").read_text()
    code = guide.partition("```python\n")[2].partition("```")[0]
    kept: list[str] = []
    given: dict[str, Any] = {"remember": kept.append}
    exec(compile(code, "following.md", "exec"), given)

    async def work() -> None:
        task = asyncio.ensure_future(given["copy"](small.app, small.owner))
        while not kept:
            await asyncio.to_thread(small.perform, "row.update", ORDER, values={"note": str(len(kept))})
            await asyncio.sleep(0.1)
            small.sql("update orders set note = 'x'")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(work())
    assert "updated 1 Ada" in capsys.readouterr().out
