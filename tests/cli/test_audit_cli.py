"""The ledger from the command line: verified, and written as JSON lines."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Ran
from tests.web.api.world import served, with_token


@pytest.fixture
def run(tmp_path: Path, command: Callable[..., Ran]) -> Callable[..., Ran]:
    where = ("--state", str(tmp_path / "nexus.db"), "--project", str(tmp_path))
    return lambda *words: command("audit", *words, *where)


@pytest.mark.req("S003-SEC-12")
def test_entries_are_written_as_lines_and_the_chain_is_checked(tmp_path: Path, run: Callable[..., Ran]) -> None:
    with served(tmp_path) as app:
        ada = with_token(app)
        ada.patch("/api/v1/shop/orders/2", json={"number": "B-2"})
        ada.patch("/api/v1/shop/orders/2", json={"number": "C-2"})
    code, out, told = run("export", "--action", "row.update")
    lines = [json.loads(line) for line in out.splitlines()]
    assert (code, told) == (0, "2 entries.\n")
    assert [one["changes"][0]["after"]["number"] for one in lines] == ["C-2", "B-2"]
    code, _, _ = run("export", str(tmp_path / "all.jsonl"))
    assert code == 0
    assert "audit.export" in (tmp_path / "all.jsonl").read_text()
    assert run("verify")[0] == 0
    assert run("export", "--since", "yesterday")[0] == 1
    with sqlite3.connect(tmp_path / "nexus.db") as connection:
        connection.execute("update audit_entry set actor = 'eve' where action = 'row.update'")
        bad = connection.execute("select min(seq) from audit_entry where action = 'row.update'").fetchone()[0]
    code, _, told = run("verify")
    assert code == 1
    assert f"The ledger was changed: entry {bad}: " in told
