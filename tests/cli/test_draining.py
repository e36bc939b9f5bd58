"""SIGTERM: what runs finishes, and the server ends well."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nexus_admin.cli.main import app
from tests.waiting import until

CODE = """
import time
from pathlib import Path
from nexus_admin.sdk import hookimpl, job

@job("slow.copy", title="Copy")
def copy(job, data):
    Path("begun").touch()
    until = time.monotonic() + 30
    while not Path("go").exists() and time.monotonic() < until:
        time.sleep(0.01)
    return "copied"

@hookimpl
def nexus_jobs():
    return [copy]
"""


@pytest.mark.req("S002-QUEUE-05")
def test_a_server_that_is_told_to_stop_lets_its_jobs_finish(tmp_path: Path) -> None:
    folder = tmp_path / "plugins/slow"
    folder.mkdir(parents=True)
    (folder / "plugin.toml").write_text('name = "slow"\n')
    (folder / "__init__.py").write_text(CODE)
    (tmp_path / "nexus.toml").write_text(f'[state]\nurl = "{tmp_path}/state.db"\n')
    command = [sys.executable, "-c", "from nexus_admin.cli.main import main; main()"]
    words = ["run", "--port", "0", "--no-open"]
    with subprocess.Popen([*command, *words], cwd=tmp_path, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        next(line for line in server.stdout if "is ready" in line)
        pushed = CliRunner().invoke(app, ["job", "run", "slow.copy", "--project", str(tmp_path)])
        assert pushed.exception is None
        until((tmp_path / "begun").exists, "its beginning")
        server.send_signal(signal.SIGTERM)
        (tmp_path / "go").touch()
        assert server.wait(60) in (0, -signal.SIGTERM)  # uvicorn passes the signal on when all is done
    with sqlite3.connect(tmp_path / "state.db") as state:
        assert state.execute("select state from queue_job").fetchall() == [("done",)]
        assert state.execute("select outcome, result from job_run").fetchall() == [("done", '"copied"')]
        assert state.execute("select outcome from audit_entry where action = 'job.work'").fetchall() == [("done",)]
