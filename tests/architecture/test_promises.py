"""What the project says of itself: its size, its licence, its types; and that the same pages draw every table."""

import ast
import re
import tomllib

import pytest

from tests.architecture.checkout import ROOT, name, tree, under

ABOUT = tomllib.loads((ROOT / "pyproject.toml").read_text())
DRAWN = re.compile(r'class="[^"]*\bnx-(gridwrap|form)\b|action="[^"]*/s/|name="(?:values|filter|sort)\b')
"""What lists and forms of rows are made of."""


def code_lines(text: str) -> int:
    """How many lines say something: neither empty nor a comment."""
    return sum(1 for line in text.splitlines() if line.strip() and not line.strip().startswith("#"))


@pytest.mark.req("S003-ARCH-01")
def test_the_kernel_composes_and_stays_small() -> None:
    rooms = [path for path in under("nexus_admin", suffix=".py") if path.parent.name == "kernel"]
    assert rooms
    assert sum(code_lines(path.read_text()) for path in rooms) < 2000


@pytest.mark.req("S003-PHIL-03")
def test_what_is_bundled_draws_no_list_and_no_form_of_its_own() -> None:
    own = [name(path) for path in under("plugins", suffix=".html") if DRAWN.search(path.read_text())]
    assert own == []


@pytest.mark.req("S003-PHIL-12")
def test_everything_is_under_the_mit_licence() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert text.startswith("MIT License")
    assert "without restriction" in " ".join(text.split())
    assert ABOUT["project"]["license"] == "MIT"
    assert "LICENSE" in ABOUT["project"]["license-files"]
    others = [
        name(path) for suffix in ("", ".md", ".txt") for path in under("plugins", "widgets", "themes", suffix=suffix)
    ]
    assert [one for one in others if "LICEN" in one.upper()] == []


@pytest.mark.req("S003-PHIL-07", "S003-KPI-08")
def test_types_are_checked_strictly_wherever_the_product_is() -> None:
    settings = ABOUT["tool"]["mypy"]
    assert settings["strict"] is True
    loose = {"ignore_errors", "disallow_untyped_defs", "disallow_any_generics", "check_untyped_defs", "follow_imports"}
    assert [one for one in settings["overrides"] if loose & set(one)] == []
    assert [one for one in settings["overrides"] if any(part.startswith("nexus_admin") for part in one["module"])] == []
    make = (ROOT / "Makefile").read_text()
    assert "CODE := $(wildcard nexus_admin plugins widgets)" in make
    assert "$(BIN)/mypy $(CODE)" in make
    assert re.search(r"^check: .*\btypes\b", make, re.MULTILINE)
    assert (ROOT / "nexus_admin/py.typed").is_file()


@pytest.mark.req("S003-KPI-08")
def test_no_public_function_is_without_types() -> None:
    bare = [
        f"{name(path)}:{node.lineno} {node.name}"
        for path in under("nexus_admin", "plugins", "widgets", suffix=".py")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is None and node.name != "__init__"
    ]
    assert bare == []
