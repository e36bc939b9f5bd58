"""What is loaded, from where, and in what order: bundled folders, installed packages, the project's own."""

from __future__ import annotations

import importlib
import shutil
import zipfile
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from nexus_admin.domain.errors import ExtensionError
from nexus_admin.kernel import extensions
from nexus_admin.kernel.kernel import Kernel
from tests.kernel.world import kernel_of, plugin
from tests.web.world import served, signed_in

BUNDLED = extensions.bundled_root()
PAGE = """
from nexus_admin.sdk import Page, PageAnswer, hookimpl

@hookimpl
def nexus_pages():
    return [Page("", "Weather", "weather.view", lambda request: PageAnswer("page.html"))]
"""


def started(kernel: Kernel) -> list[str]:
    return [name for name, status in kernel.hooks.statuses.items() if status.state == "started"]


# ── clashes and needs ────────────────────────────────────────────────────────────────────────


@pytest.mark.req("S003-ARCH-02")
@pytest.mark.parametrize(
    ("manifests", "said"),
    [
        ({"one": 'needs = ["two"]', "two": 'needs = ["one"]'}, "in a circle: one -> two -> one"),
        ({"one": 'needs = ["tow"]', "two": ""}, "plugins/one needs 'tow', which is not there. Did you mean 'two'?"),
        ({"one": "api = 99"}, "was written for SDK 99, this is 1. Update Nexus Admin."),
        ({"one": 'nedds = ["two"]'}, "has no key called 'nedds'. Did you mean 'needs'?"),
        ({"archive": ""}, "Two plugins are called 'archive': one is bundled"),
    ],
)
def test_what_cannot_be_put_in_order_stops_the_start_with_its_names(
    tmp_path: Path, manifests: dict[str, str], said: str
) -> None:
    for name, manifest in manifests.items():
        plugin(tmp_path, name, "", manifest)
    with pytest.raises(ExtensionError) as told:
        kernel_of(tmp_path)
    assert said in str(told.value)


@pytest.mark.req("S003-ARCH-02")
def test_one_stands_behind_those_that_it_needs_whatever_they_are_called(tmp_path: Path) -> None:
    plugin(tmp_path, "aaa", "", 'needs = ["mmm"]')
    plugin(tmp_path, "mmm", "", 'needs = ["zzz"]')
    plugin(tmp_path, "zzz", "")
    kernel = kernel_of(tmp_path)
    ours = [name for name in started(kernel) if name in ("plugins/aaa", "plugins/mmm", "plugins/zzz")]
    kernel.stop()
    assert ours == ["plugins/zzz", "plugins/mmm", "plugins/aaa"]


# ── what comes with Nexus can be taken out ───────────────────────────────────────────────────


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The bundled folders in a place where they may be taken out."""
    root = tmp_path / "bundled"
    for kind in extensions.MANIFESTS:
        shutil.copytree(BUNDLED / kind, root / kind, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(extensions, "bundled_root", lambda: root)
    return root


@pytest.mark.req("S003-ARCH-05")
@pytest.mark.parametrize(
    "folder", sorted(f"{path.parent.parent.name}/{path.parent.name}" for path in BUNDLED.glob("plugins/*/plugin.toml"))
)
def test_the_app_boots_without_any_one_of_the_bundled_plugins(copied: Path, tmp_path: Path, folder: str) -> None:
    shutil.rmtree(copied / folder)
    with served(tmp_path) as nexus:
        assert folder not in nexus.kernel.hooks.statuses
        left = nexus.kernel.hooks.statuses.values()
        assert all(one.state == ("started" if one.extension.manifest.on else "off") for one in left)
        assert signed_in(nexus).get("/s/shop/orders").status_code == 200


@pytest.mark.req("S003-PHIL-09")
def test_the_main_job_is_done_without_a_single_extension(copied: Path, tmp_path: Path) -> None:
    shutil.rmtree(copied)
    with served(tmp_path) as nexus:
        browser = signed_in(nexus)
        assert nexus.kernel.hooks.statuses == {}
        for path in ("/", "/s/shop", "/s/shop/orders", "/s/shop/orders/1", "/s/shop/orders/1/edit", "/extensions"):
            assert browser.get(path).status_code == 200, path


# ── packages ─────────────────────────────────────────────────────────────────────────────────


def wheel(folder: Path) -> Path:
    """A package as somebody else would publish it: a module with a plugin folder, and an entry point."""
    path = folder / "nexus_weather-1.0-py3-none-any.whl"
    about = "nexus_weather-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("nexus_weather/__init__.py", "")
        place = "nexus_weather/plugins/weather"
        archive.writestr(f"{place}/plugin.toml", 'name = "weather"\ntitle = "Weather"\nversion = "1.0"\n')
        archive.writestr(f"{place}/__init__.py", PAGE)
        archive.writestr(f"{place}/templates/page.html", '<p id="sky">Clear</p>')
        archive.writestr(f"{about}/entry_points.txt", "[nexus_admin.extensions]\nweather = nexus_weather\n")
        archive.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: nexus-weather\nVersion: 1.0\n")
        archive.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{about}/RECORD", "")
    return path


@pytest.mark.req("S003-ARCH-06")
def test_the_page_of_an_installed_wheel_appears(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel(tmp_path)) as archive:  # which is all that an installer does with a wheel like this
        archive.extractall(site)
    monkeypatch.syspath_prepend(str(site))
    importlib.invalidate_caches()
    with served(tmp_path) as nexus:
        browser: TestClient = signed_in(nexus)
        status = nexus.kernel.hooks.statuses["plugins/weather"]
        assert (status.extension.origin, status.state) == ("nexus-weather", "started")
        assert 'href="/x/weather"' in browser.get("/").text
        assert '<p id="sky">Clear</p>' in browser.get("/x/weather").text


@pytest.mark.req("S003-ARCH-06")
def test_the_page_of_a_folder_of_the_project_appears(tmp_path: Path) -> None:
    folder = plugin(tmp_path, "weather", PAGE)
    (folder / "templates").mkdir()
    (folder / "templates/page.html").write_text('<p id="sky">Clear</p>')
    with served(tmp_path, project=tmp_path) as nexus:
        assert '<p id="sky">Clear</p>' in signed_in(nexus).get("/x/weather").text
