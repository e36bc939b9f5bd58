"""`nexus run --dev` serves a project, and what is changed in it is there a moment later."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest
from typer.testing import CliRunner

from nexus_admin.cli.main import app
from nexus_admin.domain.errors import NotFound

PATIENCE = 20


@contextmanager
def running(project: Path) -> Iterator[str]:
    """Run the command in *project*; yield the address that it says."""
    command = [sys.executable, "-c", "from nexus_admin.cli.main import main; main()"]
    words = ["run", "--dev", "--port", "0", "--no-open"]
    with subprocess.Popen([*command, *words], cwd=project, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            said = next(line for line in process.stdout if "is ready" in line)
            found = re.search(r"http://\S+", said)
            assert found is not None
            yield found[0]
        finally:
            process.terminate()


def eventually(address: str, text: str) -> bool:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with urlopen(address) as answer:
            if text in answer.read().decode():
                return True
        time.sleep(0.1)
    return False


@pytest.mark.req("S003-START-02")
def test_a_project_is_served_and_follows_what_is_changed_in_it(tmp_path: Path) -> None:
    project = tmp_path / "my-admin"
    for words in (["new", str(project)], ["generate", "theme", "ours", "--project", str(project)]):
        assert CliRunner().invoke(app, words).exit_code == 0
    tokens = project / "themes/ours/tokens.css"
    with running(project) as address:
        assert eventually(f"{address}x/themes/ours/x.css", "--nx-chart-1:#2b8a5c")
        tokens.write_text(tokens.read_text().replace("#2b8a5c", "#123456"))
        assert eventually(f"{address}x/themes/ours/x.css", "--nx-chart-1:#123456")
        assert eventually(f"{address}healthz", "ok")


@pytest.mark.req("S003-START-02")
def test_a_folder_that_is_no_project_is_named_with_the_way_to_one(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["run", "--project", str(tmp_path)])
    assert isinstance(done.exception, NotFound)
    assert "it has no nexus.toml. Make one with: nexus new" in str(done.exception)
