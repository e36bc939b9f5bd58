"""The wheel stands alone: built here, installed into an empty environment, on a machine without node."""

import json
import os
import re
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*command: str | Path, env: dict[str, str] | None = None, cwd: Path | None = None) -> str:
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False, env=env, cwd=cwd
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def without_node() -> dict[str, str]:
    """The environment with no folder on PATH that holds node or npm."""
    folders = os.environ["PATH"].split(os.pathsep)
    kept = [folder for folder in folders if not any(Path(folder, name).exists() for name in ("node", "npm"))]
    return {**os.environ, "PATH": os.pathsep.join(kept)}


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A wheel and an sdist of this checkout."""
    out = tmp_path_factory.mktemp("packed")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, "--wheel", ROOT)
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, "--sdist", ROOT)
    return {"wheel": next(out.glob("*.whl")), "sdist": next(out.glob("*.tar.gz"))}


@pytest.fixture(scope="module")
def python(packed: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an empty environment into which the wheel was installed."""
    folder = tmp_path_factory.mktemp("empty")
    venv.create(folder, with_pip=True)
    python = folder / "bin/python"
    quiet = ("--quiet", "--disable-pip-version-check", "--constraint", ROOT / "constraints.txt")
    run(python, "-m", "pip", "install", *quiet, packed["wheel"], env=without_node())
    return python


def test_the_wheel_carries_the_built_assets_and_none_of_their_sources(packed: dict[str, Path]) -> None:
    names = zipfile.ZipFile(packed["wheel"]).namelist()
    assert "nexus_admin/web/static/dist/manifest.json" in names
    assert "nexus_admin/web/static/dist/THIRD_PARTY.md" in names
    assert "nexus_admin/py.typed" in names
    assert [name for name in names if "frontend/" in name or "node_modules" in name or "/tests/" in name] == []
    written = {path.relative_to(ROOT).as_posix() for path in (ROOT / "nexus_admin/cli").rglob("*") if path.is_file()}
    assert {one for one in written if "__pycache__" not in one} <= set(names)  # what commands write is not all Python
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"nexus_admin"}


def test_the_bundled_folders_land_inside_the_package(packed: dict[str, Path]) -> None:
    names = zipfile.ZipFile(packed["wheel"]).namelist()
    for kind in ("plugins", "widgets", "themes"):
        here = {path.parent.name for path in (ROOT / kind).glob("*/*.toml")}
        inside = {
            name.split("/")[3]
            for name in names
            if name.startswith(f"nexus_admin/_bundled/{kind}/") and name.endswith(".toml")
        }
        assert here <= inside


# The archive is our own; a Python that knows the filter warns where none is named (3.11 learned it in its 4th release).
SAFELY: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}


def test_the_wheel_stays_small(packed: dict[str, Path]) -> None:
    assert packed["wheel"].stat().st_size < 3_000_000


def test_the_sdist_carries_the_assets_so_that_no_node_is_needed(packed: dict[str, Path], tmp_path: Path) -> None:
    with tarfile.open(packed["sdist"]) as archive:
        archive.extractall(tmp_path, **SAFELY)
    source = next(tmp_path.iterdir())
    assert (source / "nexus_admin/web/static/dist/.inputs").is_file()
    assert (source / "LICENSE").is_file()
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", tmp_path, "--wheel", source, env=without_node())
    names = zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist()
    assert "nexus_admin/web/static/dist/manifest.json" in names


def test_the_installed_package_is_imported_from_anywhere_but_the_checkout(python: Path, tmp_path: Path) -> None:
    said = run(python, "-c", "import nexus_admin; print(nexus_admin.__version__, nexus_admin.__file__)", cwd=tmp_path)
    version, file = said.split()
    assert version
    assert not file.startswith(str(ROOT))


def test_importing_the_package_loads_no_library(python: Path, tmp_path: Path) -> None:
    heavy = "{'sqlalchemy', 'starlette', 'alembic', 'pydantic', 'duckdb'}"
    assert (
        run(python, "-c", f"import sys, nexus_admin; print({heavy} & set(sys.modules))", cwd=tmp_path).strip()
        == "set()"
    )


@pytest.mark.skipif(not (ROOT / "nexus_admin/cli/main.py").is_file(), reason="The room cli is not built yet.")
def test_the_command_answers_in_an_empty_environment(python: Path, tmp_path: Path) -> None:
    said = run(python.with_name("nexus"), "--help", cwd=tmp_path, env=without_node())
    assert "serve" in said
    assert run(python, "-m", "nexus_admin", "--help", cwd=tmp_path, env=without_node())


def test_the_requirements_of_the_wheel_all_have_floors(packed: dict[str, Path]) -> None:
    archive = zipfile.ZipFile(packed["wheel"])
    about = archive.read(next(name for name in archive.namelist() if name.endswith("/METADATA"))).decode()
    wanted = [line.removeprefix("Requires-Dist: ") for line in about.splitlines() if line.startswith("Requires-Dist: ")]
    assert wanted
    assert [each for each in wanted if ">=" not in each and not each.startswith("nexus-admin[")] == []
    assert "License-Expression: MIT" in about


def test_a_client_needs_nothing_of_what_a_server_needs(packed: dict[str, Path], tmp_path: Path) -> None:
    """The wheel without its requirements, and the two that a client imports."""
    venv.create(tmp_path / "lean", with_pip=True)
    python = tmp_path / "lean/bin/python"
    quiet = ("--quiet", "--disable-pip-version-check", "--constraint", ROOT / "constraints.txt")
    archive = zipfile.ZipFile(packed["wheel"])
    about = archive.read(next(name for name in archive.namelist() if name.endswith("/METADATA"))).decode()
    named = re.findall(r"^Requires-Dist: (\S+); extra == 'client'$", about, re.MULTILINE)
    assert len(named) == 2
    run(python, "-m", "pip", "install", *quiet, *named)
    run(python, "-m", "pip", "install", *quiet, "--no-deps", packed["wheel"])
    code = "import nexus_admin.client as c, sys; print(c.Client.__name__, 'sqlalchemy' in sys.modules)"
    assert run(python, "-c", code, cwd=tmp_path).split() == ["Client", "False"]
    there = {one["name"] for one in json.loads(run(python, "-m", "pip", "list", "--format=json"))}
    assert there & {"sqlalchemy", "starlette", "uvicorn", "alembic", "typer"} == set()
