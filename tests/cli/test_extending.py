"""`nexus generate plugin | widget | theme` writes what keeps its contract; `nexus add` takes what is there."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nexus_admin.cli.main import app
from nexus_admin.domain.errors import ExtensionError, NotFound, Refused
from nexus_admin.domain.extension import KINDS
from nexus_admin.testing.plugins import PluginContract
from nexus_admin.testing.widgets import widget_in
from tests.kernel.test_loading import wheel
from tests.kernel.world import kernel_of, perform, plugin

ONE = {kind: kind.removesuffix("s") for kind in KINDS}


def nexus(project: Path, *words: str) -> str:
    """Run a command on *project*; its error is raised."""
    state = ["--state", str(project / "state.db")] if words[0] == "add" else []
    done = CliRunner().invoke(app, [*words, "--project", str(project), *state])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


# ── new ones ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_generated_keeps_the_contract_by_the_tests_that_lie_in_it(tmp_path: Path, kind: str) -> None:
    said = nexus(tmp_path, "generate", ONE[kind], "night_shift", "--title", 'The "night" shift')
    assert f"pytest {tmp_path / kind / 'night_shift'}" in said
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path / kind / "night_shift")],
        capture_output=True, text=True, cwd=tmp_path, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout


def test_the_contract_of_a_plugin_names_the_permissions_that_its_manifest_lacks(tmp_path: Path) -> None:
    nexus(tmp_path, "generate", "plugin", "night_shift")
    manifest = tmp_path / "plugins/night_shift/plugin.toml"
    manifest.write_text(manifest.read_text().replace('"night_shift.view", ', ""))
    suite = type("Suite", (PluginContract,), {"folder": manifest.parent})()
    with pytest.raises(AssertionError, match=r"Add to `permissions` in plugin\.toml: night_shift\.view\."):
        suite.test_what_it_declares_can_be_read_by_people()


def test_what_is_generated_runs_in_its_project_and_is_well_typed(tmp_path: Path) -> None:
    for kind in KINDS:
        nexus(tmp_path, "generate", ONE[kind], "night_shift")
    kernel = kernel_of(tmp_path)
    states = {kind: kernel.hooks.statuses[f"{kind}/night_shift"].state for kind in KINDS}
    said = perform(kernel, "night_shift.greet", name="Ada")
    kernel.stop()
    assert states == dict.fromkeys(KINDS, "started")
    assert said == "Hello, Ada."
    assert widget_in(tmp_path / "widgets/night_shift").title == "Night shift"
    ruff = Path(sys.executable).with_name("ruff")
    checked = subprocess.run([ruff, "check", "--isolated", "--select", "E,F,I,UP,B", "--line-length", "120", tmp_path],
                             capture_output=True, text=True, timeout=60)  # fmt: skip
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("name", ["Refunds", "re-funds", "../refunds", "class", "", "1st"])
def test_a_name_that_is_none_is_refused_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(Refused, match="cannot be a name"):
        nexus(tmp_path, "generate", "plugin", name)
    assert not (tmp_path / "plugins").exists()


def test_a_name_that_is_taken_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"plugins/archive is there already \(bundled\)"):
        nexus(tmp_path, "generate", "plugin", "archive")
    nexus(tmp_path, "generate", "widget", "gauge")
    with pytest.raises(Refused, match="widgets/gauge is there already"):
        nexus(tmp_path, "generate", "widget", "gauge")


# ── those that are there ─────────────────────────────────────────────────────────────────────


@pytest.mark.req("S003-START-05")
def test_a_bundled_plugin_is_switched_on_by_its_name_for_good_and_in_the_ledger(tmp_path: Path) -> None:
    said = nexus(tmp_path, "add", "plugin", "timing")
    assert said.startswith("plugins/timing is switched on: Timing 1.0, which comes with Nexus.")
    assert "is on: Timing" in nexus(tmp_path, "add", "plugin", "timing")
    kernel = kernel_of(tmp_path)
    assert kernel.hooks.statuses["plugins/timing"].state == "started"
    assert len(kernel.ledger.history("nexus", "settings", "extensions.on")) == 1
    perform(kernel, "extension.switch", name="plugins/timing", on=False)
    assert kernel.hooks.statuses["plugins/timing"].state == "off"
    kernel.stop()
    assert "is switched on" in nexus(tmp_path, "add", "plugin", "timing")


@pytest.mark.req("S003-START-05", "S003-START-06")
def test_a_name_that_is_not_there_is_answered_with_the_nearest_and_a_way_to_a_new_one(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"no plugin called 'archve'. Did you mean 'archive'?.*nexus generate plugin"):
        nexus(tmp_path, "add", "plugin", "archve")
    with pytest.raises(NotFound, match=r"no widget called 'metric_crad'. Did you mean 'metric_card'?"):
        nexus(tmp_path, "add", "widget", "metric_crad")
    assert "widgets/bar is on" in nexus(tmp_path, "add", "widget", "bar")


@pytest.mark.req("S003-START-05", "S003-START-06")
def test_a_folder_is_copied_into_the_project_and_says_what_it_asks_for(tmp_path: Path) -> None:
    elsewhere, project = tmp_path / "elsewhere", tmp_path / "project"
    project.mkdir()
    for kind in KINDS:
        nexus(elsewhere, "generate", ONE[kind], "night_shift")
    folder = elsewhere / "plugins/night_shift"
    said = nexus(project, "add", "plugin", str(folder))
    assert "is on: Night shift 0.1, which is the project's own." in said
    assert "It asks for night_shift.view, night_shift.greet" in said
    assert (project / "plugins/night_shift/plugin.toml").read_text() == (folder / "plugin.toml").read_text()
    nexus(project, "add", "widget", str(elsewhere))  # the only widget in there
    assert "chosen on the page Theme" in nexus(project, "add", "theme", f"{elsewhere}/themes/night_shift")
    kernel = kernel_of(project)
    assert {kernel.hooks.statuses[f"{kind}/night_shift"].state for kind in KINDS} == {"started"}
    kernel.stop()
    with pytest.raises(Refused, match="is there already"):
        nexus(project, "add", "plugin", str(folder))
    with pytest.raises(NotFound, match=r"holds no plugin\.toml"):
        nexus(project, "add", "plugin", str(folder / "templates"))


@pytest.mark.req("S003-START-05")
@pytest.mark.parametrize("code", ["raise RuntimeError('no luck')", None])
def test_a_folder_that_cannot_be_loaded_is_not_left_in_the_project(tmp_path: Path, code: str | None) -> None:
    project = tmp_path / "project"
    project.mkdir()
    folder = plugin(tmp_path / "elsewhere", "sad", code or "")
    if code is None:
        (folder / "plugin.toml").write_text('name = "sad"\nneeds = ["joy"]\n')
    with pytest.raises((Refused, ExtensionError), match=r"no luck|needs 'joy'"):
        nexus(project, "add", "plugin", str(folder))
    assert not (project / "plugins/sad").exists()


@pytest.mark.req("S003-START-05")
def test_a_wheel_is_installed_and_what_it_offers_is_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    venv.create(tmp_path / "env", with_pip=True)  # not the environment that runs this
    monkeypatch.setattr(sys, "executable", str(tmp_path / "env/bin/python"))
    (site,) = (tmp_path / "env/lib").glob("python*/site-packages")
    monkeypatch.syspath_prepend(str(site))
    said = nexus(tmp_path, "add", "plugin", str(wheel(tmp_path)))
    assert said.startswith("plugins/weather is on: Weather 1.0, which is installed with nexus-weather.")
    with pytest.raises(NotFound, match="offers no widgets"):
        nexus(tmp_path, "add", "widget", str(wheel(tmp_path)))
    with pytest.raises(NotFound, match="no wheel that can be read"):
        nexus(tmp_path, "add", "plugin", "nowhere.whl")
