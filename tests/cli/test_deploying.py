"""`nexus deploy` writes hardened files that say what this Nexus understands, and does nothing else."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import typer.main
from typer.testing import CliRunner

from nexus_admin import __version__
from nexus_admin.cli.main import app
from nexus_admin.domain.errors import Refused
from nexus_admin.kernel.house_settings import HOUSE_SETTINGS

GOLDEN = Path(__file__).parent / "golden"
FILES = {
    "docker": {"Dockerfile": "Dockerfile", "compose.yaml": "compose.yaml", ".dockerignore": "dockerignore"},
    "systemd": {"lamp-shop.service": "lamp-shop.service"},
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "Lamp shop"
    folder.mkdir()
    return folder


def deploy(project: Path, *words: str) -> None:
    done = CliRunner().invoke(app, ["deploy", "--project", str(project), *words])
    if done.exception is not None:
        raise done.exception


def text_of(project: Path) -> str:
    return "\n".join(one.read_text() for one in project.iterdir() if one.is_file())


@pytest.mark.req("S003-START-07")
@pytest.mark.parametrize("platform", FILES)
def test_the_files_are_these(project: Path, platform: str) -> None:
    deploy(project, "--platform", platform)
    found = {one.name: one.read_text().replace(__version__, "VERSION") for one in project.iterdir()}
    assert found == {name: (GOLDEN / platform / golden).read_text() for name, golden in FILES[platform].items()}


@pytest.mark.req("S003-START-07")
@pytest.mark.parametrize("platform", FILES)
def test_every_option_and_variable_in_them_is_one_of_ours(project: Path, repository: Path, platform: str) -> None:
    deploy(project, "--platform", platform)
    text = text_of(project)
    serve = typer.main.get_command(app).commands["serve"]  # type: ignore[attr-defined]
    known = {option for one in serve.params for option in one.opts}
    started = " ".join(re.findall(r"^(?:CMD|ExecStart=).*nexus.*serve.*$", text, re.MULTILINE))
    options = set(re.findall(r"--[a-z-]+", started))
    assert {"--host", "--port", "--no-open"} <= options <= known
    keys = {name.lower().replace("__", ".") for name in re.findall(r"NEXUS_(\w+?)(?=[:=])", text)}
    assert "state.url" in keys
    assert keys <= {one.key for one in HOUSE_SETTINGS}
    extras = tomllib.loads((repository / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert set(re.findall(r"nexus-admin\[(\w+)\]", text)) <= set(extras)


@pytest.mark.req("S003-START-07")
def test_nothing_is_overwritten_and_then_nothing_is_written(project: Path) -> None:
    (project / "compose.yaml").write_text("mine")
    with pytest.raises(Refused, match=r"compose\.yaml would be overwritten"):
        deploy(project, "--platform", "docker")
    assert [one.name for one in project.iterdir()] == ["compose.yaml"]
    with pytest.raises(Refused, match="cannot be the folder"):
        deploy(project, "--platform", "systemd", "--folder", "/opt/a b\nExecStart=/bin/sh")


def test_the_requirements_of_a_project_go_into_its_image(project: Path) -> None:
    (project / "requirements.txt").write_text("nexus-weather\n")
    deploy(project, "--platform", "docker", "--port", "9000")
    text = (project / "Dockerfile").read_text()
    assert "RUN pip install --no-cache-dir -r requirements.txt" in text
    assert '"--port", "9000"' in text
    assert '"127.0.0.1:9000:9000"' in (project / "compose.yaml").read_text()


@pytest.mark.req("S003-START-07")
@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed here")
def test_systemd_takes_the_unit_and_finds_it_closed(project: Path) -> None:
    folder = project.parent / "installed"
    (folder / ".venv/bin").mkdir(parents=True)
    (folder / ".venv/bin/nexus").write_text("#!/bin/sh\n")
    (folder / ".venv/bin/nexus").chmod(0o755)
    deploy(project, "--platform", "systemd", "--folder", str(folder))
    unit = str(project / "lamp-shop.service")
    verified = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, timeout=60)
    assert (verified.returncode, verified.stderr) == (0, "")
    command = ["systemd-analyze", "security", "--offline=yes", "--threshold=20", unit]  # of 100, the most exposed
    closed = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert closed.returncode == 0, closed.stdout[-300:]
