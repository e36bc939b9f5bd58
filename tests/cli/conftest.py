"""Commands, run in this process as the terminal runs them."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from nexus_admin.cli.main import main

Ran = tuple[object, str, str]
"""The exit code, what was printed, and what was complained of."""


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """`command("audit", "verify", "--state", …)` runs that."""

    def running(*words: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["nexus", *words])
        capsys.readouterr()
        code: object = 0
        try:
            main()
        except SystemExit as error:
            code = error.code or 0
        told = capsys.readouterr()
        return code, told.out, told.err

    return running
