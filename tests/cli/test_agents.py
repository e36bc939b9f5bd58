"""What `nexus new` tells authors of extensions is true: its commands are there, and its plugin runs as it stands."""

import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main
from typer.testing import CliRunner

from nexus_admin.cli.main import app
from nexus_admin.domain.action import Call
from nexus_admin.domain.errors import Refused
from nexus_admin.domain.target import Target
from tests.kernel.world import kernel_of, owner_of


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "my-admin"
    assert CliRunner().invoke(app, ["new", str(folder)]).exit_code == 0
    return folder


def files_in(text: str) -> dict[str, str]:
    """Return what stands behind a line that names a file."""
    return dict(re.findall(r"^`([\w/.]+)`\n\n```\w+\n(.*?)^```", text, re.M | re.S))


@pytest.mark.req("S002-DOC-02")
def test_the_plugin_that_it_shows_runs_and_passes_its_tests(project: Path) -> None:
    found = files_in((project / "AGENTS.md").read_text())
    assert set(found) == {
        "plugins/notes/plugin.toml", "plugins/notes/README.md", "plugins/notes/__init__.py",
        "plugins/notes/tests/test_notes.py",
    }  # fmt: skip
    for place, text in found.items():
        (project / place).parent.mkdir(parents=True, exist_ok=True)
        (project / place).write_text(text)
    with sqlite3.connect(project / "data.db") as connection:
        connection.executescript(
            "create table cards (id integer primary key, note text); insert into cards (id) values (1)"
        )
    kernel = kernel_of(project, urls=(("data", f"sqlite:///{project}/data.db"),), allow_writes=True)
    call = Call("notes.add", Target("data", "cards", "1"), {"text": "Call back."}, owner_of(kernel))
    kernel.perform(call)
    with pytest.raises(Refused, match="There is a note already"):
        kernel.perform(call)
    kernel.stop()
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", str(project / "plugins")], capture_output=True, text=True
    )
    assert tested.returncode == 0, tested.stdout


@pytest.mark.req("S002-DOC-02")
def test_every_command_that_it_names_is_there(project: Path) -> None:
    text = (project / "AGENTS.md").read_text()
    named = re.findall(r"`nexus ([a-z]+)(?: ([a-z]+))?", text)
    assert len(named) >= 5
    known = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for first, second in named:
        assert first in known
        assert not second or not hasattr(known[first], "commands") or second in known[first].commands
