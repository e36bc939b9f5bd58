"""An extension's life: found, loaded, started, stopped; what fails on the way is its own matter, and is shown."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.architecture.checkout import name, tree, under
from tests.kernel.world import kernel_of, plugin
from tests.web.world import served, signed_in

NOTES = """
from pathlib import Path
from nexus_admin.sdk import Action, Nothing, hookimpl

LOG = Path(__file__).parents[2] / "log.txt"

def note(what):
    with LOG.open("a") as out:
        out.write(what + "\\n")

note("{name} loaded")

@hookimpl
def nexus_actions():
    return [Action("{name}.say", Nothing, lambda unit, data: "said", on="house", writes=False, transaction=False)]

@hookimpl
def nexus_started():
    {started}
    note("{name} started")

@hookimpl
def nexus_stopping():
    {stopping}
    note("{name} stopped")
"""


def noting(project: Path, name: str, started: str = "pass", stopping: str = "pass") -> None:
    code = NOTES.replace("{name}", name).replace("{started}", started).replace("{stopping}", stopping)
    plugin(project, name, code)


def test_each_is_loaded_started_and_stopped_once_in_order(tmp_path: Path) -> None:
    noting(tmp_path, "aaa")
    noting(tmp_path, "bbb")
    kernel = kernel_of(tmp_path)
    assert {kernel.hooks.statuses[f"plugins/{one}"].state for one in ("aaa", "bbb")} == {"started"}
    kernel.stop()
    assert {kernel.hooks.statuses[f"plugins/{one}"].state for one in ("aaa", "bbb")} == {"stopped"}
    assert kernel.hooks.statuses["plugins/timing"].state == "off"
    noted = (tmp_path / "log.txt").read_text().splitlines()
    assert noted == [f"{one} {step}" for step in ("loaded", "started", "stopped") for one in ("aaa", "bbb")]


def test_one_that_fails_at_the_start_is_rolled_back_alone_and_shown_with_its_reason(tmp_path: Path) -> None:
    noting(tmp_path, "bad", started="raise OSError('no disk <b>here</b>')")
    noting(tmp_path, "good")
    with served(tmp_path, project=tmp_path) as nexus:
        page = signed_in(nexus).get("/extensions").text
        card = page.partition('id="plugins-bad"')[2].partition("</article>")[0]
        assert "Failed" in card
        assert "no disk &lt;b&gt;here&lt;/b&gt;" in card
        assert "__init__.py" in card  # the trace, for its author
        assert "Running" in page.partition('id="plugins-good"')[2].partition("</article>")[0]
        known = {one.name for one in nexus.kernel.actions}
        assert "good.say" in known
        assert "bad.say" not in known
    noted = (tmp_path / "log.txt").read_text().splitlines()
    assert noted == ["bad loaded", "good loaded", "good started", "good stopped"]


def test_one_that_fails_at_the_end_keeps_no_other_from_ending(tmp_path: Path) -> None:
    noting(tmp_path, "bad", stopping="raise OSError('no disk')")
    noting(tmp_path, "good")
    kernel = kernel_of(tmp_path)
    kernel.stop()
    assert kernel.hooks.statuses["plugins/bad"].state == "failed"
    assert (tmp_path / "log.txt").read_text().splitlines()[-1] == "good stopped"
    kernel_of(tmp_path).stop()  # the state was let go of


@pytest.mark.req("S003-KERN-02")
def test_a_hook_with_another_signature_is_named_with_its_file_and_line_before_anything_of_it_counts(
    tmp_path: Path,
) -> None:
    code = "from nexus_admin.sdk import *\n\n@hookimpl\ndef nexus_actions(nonsense):\n    return []\n"
    folder = plugin(tmp_path, "bad", code + "\n@hookimpl\ndef nexus_checks():\n    return [1 / 0]\n")
    kernel = kernel_of(tmp_path)
    status = kernel.hooks.statuses["plugins/bad"]
    kernel.stop()
    assert status.state == "failed"
    assert status.error.startswith(f"{folder}/__init__.py:3: ")
    assert "nonsense" in status.error


@pytest.mark.req("S003-PHIL-09")
def test_no_room_of_the_house_imports_an_extension() -> None:
    wrong = [
        f"{name(path)}: {module}"
        for path in under("nexus_admin", suffix=".py")
        for one in ast.walk(tree(path))
        for module in (
            [alias.name for alias in one.names] if isinstance(one, ast.Import)
            else [one.module or ""] if isinstance(one, ast.ImportFrom) and one.level == 0 else []
        )
        if module.partition(".")[0] in ("plugins", "widgets", "themes") or module.startswith("nexus_admin._bundled")
    ]  # fmt: skip
    assert wrong == []
