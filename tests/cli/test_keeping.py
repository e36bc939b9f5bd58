"""`nexus backup` copies the state while a server writes; `nexus restore` puts it back, whole and verified."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nexus_admin.cli.main import app
from nexus_admin.domain.errors import NotFound, Refused, StateDown
from tests.kernel.world import kernel_of, owner_of, perform


def nexus(project: Path, *words: str) -> str:
    """Run a command on the state of *project*; its error is raised."""
    where = ["--project", str(project), "--state", str(project / "state.db")]
    done = CliRunner().invoke(app, [*words, *where])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


def name_of(project: Path) -> str:
    kernel = kernel_of(project)
    name: str = kernel.settings["project.name"]
    kernel.stop()
    return name


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose state was used and is at rest."""
    kernel = kernel_of(tmp_path)
    perform(kernel, "settings.change", key="project.name", value="Before")
    kernel.stop()
    return tmp_path


@pytest.mark.req("S003-KPI-15")
def test_a_copy_of_a_running_state_brings_everything_back(project: Path) -> None:
    copy = project / "monday.db"
    kernel = kernel_of(project)  # the server
    said = nexus(project, "backup", str(copy))
    perform(kernel, "settings.change", key="project.name", value="After")
    kernel.stop()
    assert "The key is not in it" in said
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert name_of(project) == "After"
    said = nexus(project, "restore", str(copy), "--yes")
    assert "Its ledger is whole up to entry" in said
    assert name_of(project) == "Before"
    kernel = kernel_of(project)
    assert owner_of(kernel).name
    assert kernel.access.users.by_email("ana@example.com") is not None
    kernel.stop()
    (aside,) = [one for one in project.glob("state.db.before-*") if not one.name.endswith(("-wal", "-shm"))]
    aside.replace(project / "state.db")  # and what was there is whole too
    assert name_of(project) == "After"


@pytest.mark.req("S003-KPI-15")
def test_it_moves_to_another_machine_with_its_key(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    copy, other = project / "copy.db", tmp_path_factory.mktemp("other")
    nexus(project, "backup", str(copy))
    with pytest.raises(Refused, match=r"Put the key of that state to .*state\.db\.key first"):
        nexus(other, "restore", str(copy))
    assert list(other.iterdir()) == []
    (other / "state.db.key").write_bytes((project / "state.db.key").read_bytes())
    (other / "state.db.key").chmod(0o600)
    assert "is whole" in nexus(other, "restore", str(copy))
    assert name_of(other) == "Before"


@pytest.mark.req("S003-KPI-15")
def test_nothing_is_put_back_under_a_running_server(project: Path) -> None:
    copy = project / "copy.db"
    nexus(project, "backup", str(copy))
    kernel = kernel_of(project)
    perform(kernel, "settings.change", key="project.name", value="After")
    with pytest.raises(StateDown, match="Stop it first"):
        nexus(project, "restore", str(copy), "--yes")
    assert kernel.settings["project.name"] == "After"
    kernel.stop()
    assert name_of(project) == "After"


@pytest.mark.req("S003-KPI-15")
def test_what_is_no_whole_copy_is_refused_before_anything_is_touched(project: Path) -> None:
    copy, shop = project / "copy.db", project / "shop.db"
    nexus(project, "backup", str(copy))
    with sqlite3.connect(shop) as connection:
        connection.execute("create table orders (id integer primary key)")
    torn = project / "torn.db"
    torn.write_bytes(copy.read_bytes()[: copy.stat().st_size // 2])
    for wrong in (shop, torn, project / "state.db.key"):
        with pytest.raises(Refused, match=r"is no copy of a state|is damaged"):
            nexus(project, "restore", str(wrong), "--yes")
    with pytest.raises(NotFound, match="There is no file"):
        nexus(project, "restore", str(project / "nowhere.db"), "--yes")
    with pytest.raises(Refused, match=r"is there already\. Name a new file"):
        nexus(project, "backup", str(copy))
    assert name_of(project) == "Before"
    assert not list(project.glob("state.db.before-*"))


def test_a_state_in_a_server_is_left_to_the_tools_of_that(project: Path) -> None:
    words = ["backup", str(project / "x.db"), "--state", "postgresql://host/nexus", "--project", str(project)]
    with pytest.raises(Refused, match="pg_dump"):
        raise CliRunner().invoke(app, words).exception  # type: ignore[misc]
