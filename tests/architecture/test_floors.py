"""Imports go down; what can be added sees the SDK and nothing else of ours; below the web everything is synchronous."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.checkout import ROOT, imports, name, tree, under

# These rooms may speak to the event loop: the web lives on it, the shell and the tests start it. Coroutines of
# extensions that are jobs have a loop of their own, in one file.
ASYNC_ROOMS = ("nexus_admin/web/", "nexus_admin/cli/", "nexus_admin/testing/", "nexus_admin/kernel/working/loop.py")

LIBRARY_S = (
    "nexus_admin/domain/dataclass.py",
    "nexus_admin/cli/skeleton",
    "nexus_admin/client/",
    "nexus_admin/testing/",
)
"""Where the library's data classes are: what makes ours of them, and what no start reads."""


def test_the_import_contracts_are_kept() -> None:
    checked = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_nouns_know_pydantic_and_the_standard_library_only() -> None:
    known = {*sys.stdlib_module_names, "pydantic", "pydantic_core", "annotated_types", "typing_extensions"}
    strangers = [
        f"{name(path)}:{line} imports {module}"
        for path in under("nexus_admin", suffix=".py")
        if name(path).startswith("nexus_admin/domain/")
        for line, module in imports(path)
        if module.split(".")[0] not in known and not module.startswith("nexus_admin.domain")
    ]
    assert strangers == []


def test_data_classes_are_those_that_write_their_constructor_late() -> None:
    """A start makes some four hundred: see decision 0013."""
    strangers = [
        f"{name(path)}:{line} takes the library's; import it of nexus_admin.domain.dataclass"
        for path in under("nexus_admin", suffix=".py")
        if not name(path).startswith(LIBRARY_S)
        for line, module in imports(path)
        if module == "dataclasses.dataclass"
    ]
    assert strangers == []


@pytest.mark.parametrize("kind", ["plugins", "widgets"])
def test_an_extension_imports_the_sdk_and_nothing_else_of_ours(kind: str) -> None:
    own = ("nexus_admin.sdk", "nexus_admin.testing")
    strangers = []
    for path in under(kind, suffix=".py"):
        folder = path.relative_to(ROOT).parts[1]
        for line, module in imports(path):
            ours = module.startswith("nexus_admin") and not module.startswith(
                own[:2] if "tests" in path.parts else own[:1]
            )
            other = module.split(".")[0] in ("plugins", "widgets", "themes") and module.split(".")[1:2] != [folder]
            if ours or other:
                strangers.append(f"{name(path)}:{line} imports {module}")
    assert strangers == []


def test_the_house_never_imports_an_extension() -> None:
    strangers = [
        f"{name(path)}:{line} imports {module}"
        for path in under("nexus_admin", suffix=".py")
        for line, module in imports(path)
        if module.split(".")[0] in ("plugins", "widgets", "themes", "example_app") or "._bundled" in module
    ]
    assert strangers == []


def test_below_the_web_everything_is_synchronous() -> None:
    found = []
    for path in under("nexus_admin", suffix=".py"):
        if name(path).startswith(ASYNC_ROOMS):
            continue
        found += [
            f"{name(path)}:{node.lineno}" for node in ast.walk(tree(path)) if isinstance(node, ast.AsyncFunctionDef)
        ]
        found += [
            f"{name(path)}:{line} imports {module}"
            for line, module in imports(path)
            if module.split(".")[0] == "asyncio"
        ]
    assert found == []


def test_imports_are_absolute() -> None:
    relative = [
        f"{name(path)}:{node.lineno}"
        for path in under("nexus_admin", "tests", "e2e", suffix=".py")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []
