"""What an isolated extension might do to the server: to its files, its process, its answer and the pages of people."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.domain.action import Call
from nexus_admin.domain.errors import ExtensionError
from nexus_admin.domain.target import Target
from tests.kernel.world import owner_of, plugin
from tests.web.world import served

CODE = """
import json, os

def empties(path):
    open(path, "w").close()

def cuts(path):
    os.truncate(path, 0)

def deletes(path):
    os.remove(path)

def renames(path):
    os.rename(path, path + ".gone")

def adds(path):
    os.mkdir(path + ".new")

def looks(given):
    with open(f"/proc/{os.getppid()}/environ") as file:
        return file.read()

def stops(given):
    os.kill(os.getppid(), 0)

def lies(given):
    for pipe in range(3, 20):
        try:
            os.write(pipe, given.encode())
        except OSError:
            pass
    os._exit(0)
"""
NAMES = ("empties", "cuts", "deletes", "renames", "adds", "looks", "stops", "lies")
MANIFEST = "isolated = true\n" + "".join(f"[functions.{name}]\nseconds = 30\n" for name in NAMES)


def landlock() -> int:
    """Return the version of Landlock that this Linux has, 0 or less for none."""
    if sys.platform != "linux":
        return 0
    return int(ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nexus]:
    folder = tmp_path_factory.mktemp("untrusted")
    files = plugin(folder, "wild", CODE, MANIFEST) / "static"
    files.mkdir()
    (files / "page.html").write_text('<script src="page.js"></script>')
    (files / "page.js").write_text("fetch('/api/v1/users')")
    with served(folder, project=folder) as nexus:
        assert nexus.kernel.hooks.statuses["plugins/wild"].state == "started"
        yield nexus


def called(app: Nexus, name: str, given: Any = None) -> Any:
    return app.kernel.perform(Call(f"wild.{name}", Target("nexus"), {"input": given}, owner_of(app.kernel)))


@pytest.mark.req("S003-CHAL-01")
@pytest.mark.skipif(landlock() < 3, reason="This Linux fences nobody in.")
@pytest.mark.parametrize("name", ["empties", "cuts", "deletes", "renames", "adds"])
def test_it_changes_no_file(app: Nexus, tmp_path: Path, name: str) -> None:
    kept = tmp_path / "kept.txt"
    kept.write_text("kept")
    with pytest.raises(ExtensionError, match=r"raised (PermissionError|OSError)"):
        called(app, name, str(kept))
    assert [one.name for one in tmp_path.iterdir()] == ["kept.txt"]
    assert kept.read_text() == "kept"


@pytest.mark.req("S003-CHAL-01")
@pytest.mark.skipif(landlock() < 6, reason="This Linux fences nobody in.")
@pytest.mark.parametrize("name", ["looks", "stops"])
def test_it_reaches_the_server_by_nothing_of_the_system(app: Nexus, name: str) -> None:
    with pytest.raises(ExtensionError, match="raised PermissionError"):
        called(app, name)


@pytest.mark.req("S003-CHAL-01")
@pytest.mark.parametrize("said", ["7", "[]", "{}", '"raised"', "[" * 200_000, ""])
def test_an_answer_that_it_forges_is_an_answer_of_it_and_no_fault_of_the_house(app: Nexus, said: str) -> None:
    with pytest.raises(ExtensionError, match=r"plugins/wild: lies (answered with what is no JSON|was ended)"):
        called(app, "lies", said)


@pytest.mark.req("S003-CHAL-01")
@pytest.mark.parametrize("name", ["page.html", "page.js"])
def test_no_page_or_script_of_it_is_served_where_people_are_signed_in(app: Nexus, name: str) -> None:
    assert TestClient(app).get(f"/x/static/plugins/wild/0/{name}").status_code == 404
