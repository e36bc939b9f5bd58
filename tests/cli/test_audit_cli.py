"""The ledger from the command line: verified, and written as JSON lines."""

from __future__ import annotations

import json
import sqlite3
import sys
from pathlib import Path

import pytest

from nexus_admin.cli.main import main
from tests.web.api.world import served, with_token


def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path, *words: str):
    given = ["nexus", "audit", *words, "--state", str(folder / "nexus.db"), "--project", str(folder)]
    monkeypatch.setattr(sys, "argv", given)
    code: object = 0
    try:
        main()
    except SystemExit as error:
        code = error.code or 0
    told = capsys.readouterr()
    return code, told.out, told.err


def test_entries_are_written_as_lines_and_the_chain_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with served(tmp_path) as app:
        ada = with_token(app)
        ada.patch("/api/v1/shop/orders/2", json={"number": "B-2"})
        ada.patch("/api/v1/shop/orders/2", json={"number": "C-2"})
    code, out, told = run(monkeypatch, capsys, tmp_path, "export", "--action", "row.update")
    lines = [json.loads(line) for line in out.splitlines()]
    assert (code, told) == (0, "2 entries.\n")
    assert [one["changes"][0]["after"]["number"] for one in lines] == ["C-2", "B-2"]
    code, _, _ = run(monkeypatch, capsys, tmp_path, "export", str(tmp_path / "all.jsonl"))
    assert code == 0
    assert "audit.export" in (tmp_path / "all.jsonl").read_text()
    assert run(monkeypatch, capsys, tmp_path, "verify")[0] == 0
    assert run(monkeypatch, capsys, tmp_path, "export", "--since", "yesterday")[0] == 1
    with sqlite3.connect(tmp_path / "nexus.db") as connection:
        connection.execute("update audit_entry set actor = 'eve' where action = 'row.update'")
    code, _, told = run(monkeypatch, capsys, tmp_path, "verify")
    assert code == 1
    assert "The ledger was changed" in told
