"""The browser's first load is small, the rest waits until it is needed, and all of it is accounted for."""

import gzip
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / "nexus_admin/web/static/dist"
KB = 1024


@pytest.fixture(scope="module")
def manifest() -> dict[str, str]:
    if not (DIST / "manifest.json").is_file():
        pytest.fail("The browser assets are not built; run `make assets`.", pytrace=False)
    return dict(json.loads((DIST / "manifest.json").read_text()))


def weight(manifest: dict[str, str], *names: str) -> float:
    return sum(len(gzip.compress((DIST / manifest[name]).read_bytes(), 9)) for name in names) / KB


@pytest.mark.req("S003-KPI-04")
def test_the_first_load_stays_within_its_budget(manifest: dict[str, str]) -> None:
    assert weight(manifest, "app.js") <= 50
    assert weight(manifest, "app.js", "style.css") <= 60
    assert weight(manifest, "app.js", "style.css", "icons.svg") <= 100


def test_every_name_in_the_manifest_is_a_file_whose_name_changes_with_its_content(manifest: dict[str, str]) -> None:
    assert set(manifest) == {
        "app.js", "style.css", "manage.css", "live.css", "client.js", "icons.svg", "inter.woff2", "plotly.js",
        "plotly.css",
    }  # fmt: skip
    assert [name for name in manifest.values() if not (DIST / name).is_file()] == [manifest["plotly.js"]]
    assert (DIST / f"{manifest['plotly.js']}.gz").is_file()  # alone, for it is half of a wheel
    assert [name for name in manifest.values() if not re.search(r"-[0-9A-Z]{8}\.\w+$", name)] == []


def test_the_chart_library_is_no_part_of_the_first_load(manifest: dict[str, str]) -> None:
    app = (DIST / manifest["app.js"]).read_text()
    assert "scattergl" not in app
    assert manifest["plotly.js"] not in app  # the page's own meta tag names it


def test_no_asset_evaluates_text_or_loads_from_elsewhere(manifest: dict[str, str]) -> None:
    app = (DIST / manifest["app.js"]).read_text()
    assert re.findall(r"\bnew Function\(|\beval\(", app) == []
    style = (DIST / manifest["style.css"]).read_text() + (DIST / manifest["plotly.css"]).read_text()
    assert [url for url in re.findall(r"url\(\"?([^)\"]+)", style) if url.startswith(("http", "//", "data:"))] == []
    assert "@import" not in style


def test_the_rules_of_the_chart_library_are_taken_out_whole(manifest: dict[str, str]) -> None:
    rules = (DIST / manifest["plotly.css"]).read_text()
    assert rules.count("{") == rules.count("}") > 40
    assert ".js-plotly-plot .plotly .main-svg{position:absolute" in rules
    assert ".plotly-notifier p{margin:0;}" in rules


def test_every_package_inside_is_named_with_its_licence() -> None:
    told = (DIST / "THIRD_PARTY.md").read_text()
    wanted = json.loads((ROOT / "nexus_admin/web/frontend/package.json").read_text())["dependencies"]
    assert [name for name, version in wanted.items() if f"## {name} {version}" not in told] == []
    licences = set(re.findall(r"^## .+\n\n(.+)$", told, re.MULTILINE))
    assert licences <= {"MIT", "ISC", "BSD-3-Clause", "Apache-2.0", "OFL-1.1"}
