"""Settings: typed, in five layers of which the topmost counts, each value with where it came from."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from nexus_admin.domain.errors import SettingError
from nexus_admin.domain.setting import Setting
from nexus_admin.kernel.house_settings import HOUSE_SETTINGS
from nexus_admin.kernel.settings import LAYERS, Settings
from tests.kernel.world import kernel_of, perform

KEY = "lists.page_size"
SAID = {"default": 50, "file": 60, "environment": 70, "runtime": 80, "command line": 90}
UPPER = LAYERS[1:]


def settings_of(tmp_path: Path, layers: tuple[str, ...]) -> Settings:
    environ = {"NEXUS_LISTS__PAGE_SIZE": str(SAID["environment"])} if "environment" in layers else {}
    found = Settings(HOUSE_SETTINGS, environ)
    if "file" in layers:
        (tmp_path / "nexus.toml").write_text(f"[lists]\npage_size = {SAID['file']}\n")
        found.read_file(tmp_path / "nexus.toml")
    found.read_environment()
    for layer in ("command line", "runtime"):
        if layer in layers:
            found.lay({KEY: SAID[layer]}, layer)  # type: ignore[arg-type]
    return found


def read(found: Settings, folder: Path) -> None:
    """Read what a start reads, in its order."""
    found.read_file(folder / "nexus.toml")
    found.read_environment()


@pytest.mark.req("S003-KERN-10")
@pytest.mark.parametrize(
    "layers", [one for count in range(5) for one in itertools.combinations(UPPER, count)], ids="+".join
)
def test_of_all_layers_that_say_something_the_topmost_counts(tmp_path: Path, layers: tuple[str, ...]) -> None:
    found = settings_of(tmp_path, layers)
    top = layers[-1] if layers else "default"
    assert (found[KEY], found.origin(KEY).layer) == (SAID[top], top)
    if top == "environment":
        assert found.origin(KEY).where == "NEXUS_LISTS__PAGE_SIZE"


@pytest.mark.req("S003-KERN-10")
def test_the_layer_of_clicks_is_stored_and_taken_away_again(tmp_path: Path) -> None:
    (tmp_path / "nexus.toml").write_text("[lists]\npage_size = 60\n")
    kernel = kernel_of(tmp_path)
    perform(kernel, "settings.change", key=KEY, value="80")
    assert (kernel.settings[KEY], kernel.settings.origin(KEY).layer) == (80, "runtime")
    perform(kernel, "settings.change", key=KEY, value=None)
    assert (kernel.settings[KEY], kernel.settings.origin(KEY).layer) == (60, "file")
    assert len(kernel.ledger.history("nexus", "settings", KEY)) == 2
    kernel.stop()


@pytest.mark.req("S003-KERN-03")
@pytest.mark.parametrize(
    ("text", "environ", "said"),
    [
        ("[server]\nprot = 1", {}, r"nexus\.toml: .* called 'server\.prot'\. Did you mean 'server\.port'\?"),
        ("", {"NEXUS_SERVER__PROT": "1"}, r"NEXUS_SERVER__PROT: .*'server\.prot'\. Did you mean 'server\.port'\?"),
        ("[sources.shop]\nulr = 'x'", {}, r"A source has no setting called 'ulr'\. Did you mean 'url'\?"),
        ("[server]\nport = 'many'", {}, r"server\.port must be of type int, not 'many'"),
        ("[server]\nport = true", {}, r"server\.port must be of type int, not True"),
        ("[server]\ntrusted_proxies = 7", {}, r"server\.trusted_proxies must be of type list, not 7"),
        ("", {"NEXUS_SERVER__DEVELOPMENT": "maybe"}, r"_DEVELOPMENT: .* must be of type bool, not 'maybe'"),
        ("[server", {}, r"nexus\.toml is not TOML"),
    ],
)  # fmt: skip
def test_what_is_unknown_or_of_another_type_is_named_with_its_place(
    tmp_path: Path, text: str, environ: dict[str, str], said: str
) -> None:
    (tmp_path / "nexus.toml").write_text(text)
    found = Settings(HOUSE_SETTINGS, environ)
    with pytest.raises(SettingError, match=said):
        read(found, tmp_path)


@pytest.mark.req("S003-KERN-03")
@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("int", "8", 8), ("float", "1.5", 1.5), ("float", "2", 2.0), ("bool", "On", True), ("bool", "0", False),
        ("str", "a, b", "a, b"), ("list", "a, b,", ["a", "b"]),
    ],
)  # fmt: skip
def test_a_variable_becomes_a_value_of_the_setting_s_type(kind: Any, text: str, value: object) -> None:
    found = Settings([Setting("a.b", kind, None, "It is a test.")], {"NEXUS_A__B": text})
    found.read_environment()
    assert found["a.b"] == value
    assert type(found["a.b"]) is type(value)


@pytest.mark.req("S003-KERN-10")
def test_a_secret_is_never_shown_and_a_reference_is_looked_up_where_it_is_used() -> None:
    secret = Setting("mail.password", "str", "", "It is a test.", secret=True)
    plain = Settings([secret], {})
    plain.lay({"mail.password": "hunter2"}, "command line")
    assert [text for _, text, _ in plain.shown()] == ["••••"]
    referred = Settings([secret], {"MAIL": "hunter2"})
    referred.lay({"mail.password": "env:MAIL"}, "file", "nexus.toml")
    assert [text for _, text, _ in referred.shown()] == ["env:MAIL"]
    assert referred.secret("mail.password") == "hunter2"
    missing = Settings([secret], {})
    missing.lay({"mail.password": "env:MAIL"}, "file", "nexus.toml")
    with pytest.raises(SettingError, match="refers to the variable MAIL, which is not set"):
        missing.secret("mail.password")
