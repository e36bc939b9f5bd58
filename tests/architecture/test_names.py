"""Names that must not be: ways around the one path, rooms without a noun, and places outside of the repository."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.checkout import PRODUCT, ROOT, definitions, files, name, under

# The patterns are written so that they do not find themselves.
AROUND = re.compile(r"^(skip|bypass|force)_|^as_admin$")
NOT_NOUNS = {"utils", "util", "helpers", "helper", "common", "core", "services", "managers", "manager", "misc"}
REGISTRY = re.compile(r"py[p]i\.org|python[h]osted|np[m]js\.(org|com)|[d]eb\.debian|yarn[p]kg\.com|\"resolv[e]d\"\s*:")
MACHINE = re.compile(r"(^|[^a-zA-Z0-9_.])/((wor[k]|far[m]|roo[t]|opt/n[x])/[a-z.]|home/[a-z]+/)")
BINARY = {".png", ".jpg", ".ico", ".woff2", ".sqlite", ".db", ".duckdb", ".parquet", ".gz", ".xlsx", ".pdf"}


def parameters(path: Path) -> Iterator[tuple[str, str]]:
    """Every parameter of a function and every annotated field of a class, with where it is."""
    for qualified, node in definitions(path):
        if isinstance(node, ast.ClassDef):
            for each in node.body:
                if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
                    yield each.target.id, f"{name(path)}:{each.lineno} {qualified}"
        else:
            given = node.args
            every = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
            yield from ((each.arg, f"{name(path)}:{each.lineno} {qualified}") for each in every if each)


def test_no_parameter_leads_around_the_one_path() -> None:
    found = [
        f"{where}: {parameter}"
        for path in under(*PRODUCT, suffix=".py")
        for parameter, where in parameters(path)
        if AROUND.search(parameter)
    ]
    assert found == []


def test_every_module_is_named_for_what_it_holds() -> None:
    found = [
        name(path) for path in under(*PRODUCT, suffix=".py") if {path.stem, *path.relative_to(ROOT).parts} & NOT_NOUNS
    ]
    assert found == []


def test_no_file_names_a_registry_or_a_path_of_one_machine() -> None:
    found = []
    for path in files():
        if path.suffix in BINARY:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        for at, line in enumerate(text.splitlines(), start=1):
            if REGISTRY.search(line) or MACHINE.search(line):
                found.append(f"{name(path)}:{at}: {line.strip()[:100]}")
    assert found == []


def test_the_lock_of_the_browser_side_pins_by_hash_and_names_no_address() -> None:
    lock = json.loads((ROOT / "nexus_admin/web/frontend/package-lock.json").read_text())
    packages = {where: package for where, package in lock["packages"].items() if where}
    assert [where for where, package in packages.items() if "resolved" in package] == []
    assert [where for where, package in packages.items() if not package.get("integrity")] == []
    wanted = json.loads((ROOT / "nexus_admin/web/frontend/package.json").read_text())
    pins = {**wanted["dependencies"], **wanted["devDependencies"]}
    assert [package for package, version in pins.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []


def test_nothing_built_or_of_third_parties_is_committed() -> None:
    forbidden = {"node_modules", "dist", ".venv", "__pycache__", "uv.lock"}
    assert [name(path) for path in files() if forbidden & set(path.relative_to(ROOT).parts)] == []
    assert [name(path) for path in files() if path.name.endswith((".min.js", ".min.css"))] == []
