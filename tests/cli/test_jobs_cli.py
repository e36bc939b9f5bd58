"""`nexus job` and `nexus run --only`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nexus_admin.cli.main import app
from nexus_admin.domain.errors import BadRequest, NotFound, Refused, TooLarge

CODE = """
from pydantic import BaseModel
from nexus_admin.sdk import hookimpl, job

@job("tick.count", title="Count", cron="0 3 * * *", zone="Europe/Berlin")
def count(job, data):
    return 1

class Note(BaseModel):
    text: str

@job("tick.note", title="Note", input=Note)
def note(job, data):
    return 1

@hookimpl
def nexus_jobs():
    return [count, note]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "plugins/tick"
    folder.mkdir(parents=True)
    (folder / "plugin.toml").write_text('name = "tick"\n')
    (folder / "__init__.py").write_text(CODE)
    (tmp_path / "nexus.toml").write_text(f'[state]\nurl = "{tmp_path}/state.db"\n')
    return tmp_path


def said(project: Path, *words: str) -> str:
    done = CliRunner().invoke(app, [*words, "--project", str(project)])
    if done.exception is not None:
        raise done.exception
    return done.output


def test_jobs_are_listed_and_pushed_and_wait_for_a_worker(project: Path) -> None:
    assert "tick.count  default  thread" in said(project, "job", "ls")
    id = said(project, "job", "run", "tick.count").strip()
    assert said(project, "job", "runs") == "There are no runs.\n"
    assert said(project, "job", "cancel", id) == f"{id} is cancelled.\n"
    assert "is over already" in said(project, "job", "cancel", id)


@pytest.mark.req("S002-QUEUE-19")
def test_a_job_that_is_too_large_is_refused_with_what_to_do(project: Path) -> None:
    with (project / "nexus.toml").open("a") as file:
        file.write('[queues]\nmost_bytes_of = ["default=2KB"]\n')
    assert said(project, "job", "run", "tick.note", "--data", json.dumps({"text": "x" * 1500}))
    with pytest.raises(TooLarge, match=r"queue 'default' has 2,5\d\d bytes; one may have 2,000 here\. .*most_bytes_of"):
        said(project, "job", "run", "tick.note", "--data", json.dumps({"text": "x" * 2500}))


def test_what_is_not_there_is_named_with_its_neighbour(project: Path) -> None:
    with pytest.raises(NotFound, match=r"Did you mean 'tick\.count'"):
        said(project, "job", "run", "tick.cont")
    with pytest.raises(BadRequest, match="--data is a JSON object"):
        said(project, "job", "run", "tick.count", "--data", "[]")
    with pytest.raises(NotFound, match="There is no schedule"):
        said(project, "job", "pause", "tick.count")


def test_a_file_of_state_is_for_one_process(project: Path) -> None:
    with pytest.raises(
        Refused, match=r"--only worker needs our own state in PostgreSQL.*Run `nexus run` without --only"
    ):
        said(project, "run", "--only", "worker")
