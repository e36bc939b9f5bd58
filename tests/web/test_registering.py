"""Extensions that code registers: what does not fit is refused at once, with its file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from nexus_admin import Nexus
from nexus_admin.domain.errors import PluginError, Refused
from nexus_admin.kernel.options import Options
from tests.kernel.world import plugin

GREETS = """from nexus_admin.sdk import Action, Nothing, hookimpl


@hookimpl
def nexus_actions():
    return [Action("greets.say", Nothing, lambda unit, data: "said", on="house")]
"""


@pytest.fixture
def nexus(tmp_path: Path) -> Nexus:
    return Nexus(options=Options(state=str(tmp_path / "state.db"), environ={}))


@pytest.mark.req("S003-KERN-02")
def test_what_code_registers_starts_with_the_others(nexus: Nexus, tmp_path: Path) -> None:
    nexus.register(plugin(tmp_path / "elsewhere", "greets", GREETS))
    assert "plugins/greets" not in nexus.kernel.hooks.statuses  # looked at, not begun
    nexus.start()
    status = nexus.kernel.hooks.statuses["plugins/greets"]
    assert (status.state, status.extension.origin) == ("started", "code")
    assert nexus.kernel.actions.get("greets.say").owner == "plugins/greets"
    with pytest.raises(Refused, match="before the start"):
        nexus.register(plugin(tmp_path, "late", GREETS))
    nexus.kernel.stop()


@pytest.mark.req("S003-KERN-02")
@pytest.mark.parametrize(
    ("code", "line", "said"),
    [
        (GREETS.replace("nexus_actions()", "nexus_actions(nonsense)"), 4, "nonsense"),
        (GREETS.replace("nexus_actions()", "nexus_acts()"), 4, "nexus_acts"),
        (f"{GREETS}\n1 / 0\n", 8, "division by zero"),
        ("def broken(:\n", 1, "SyntaxError"),
    ],
)
def test_what_does_not_fit_is_named_with_file_and_line_and_nothing_of_it_counts(
    nexus: Nexus, tmp_path: Path, code: str, line: int, said: str
) -> None:
    folder = plugin(tmp_path, "bad", code)
    with pytest.raises(PluginError, match=said) as refused:
        nexus.register(folder)
    assert str(refused.value).startswith(f"{folder}/__init__.py:{line}: ")
    nexus.start()
    assert "plugins/bad" not in nexus.kernel.hooks.statuses
    nexus.kernel.stop()


@pytest.mark.req("S003-KERN-02")
def test_a_manifest_is_looked_at_first(nexus: Nexus, tmp_path: Path) -> None:
    with pytest.raises(PluginError, match=r"plugin\.toml, widget\.toml, theme\.toml"):
        nexus.register(tmp_path)
    with pytest.raises(PluginError, match=r"bad/plugin\.toml has no key called 'nmae'\. Did you mean 'name'\?"):
        nexus.register(plugin(tmp_path, "bad", "1 / 0", 'nmae = "x"\n'))
