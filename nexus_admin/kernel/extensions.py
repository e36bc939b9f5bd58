"""Find extension folders, read their manifests, settle clashes, import them.

Bundled, installed and project extensions all pass through `discover`;
the only difference between them is the `origin` that the caller names.
"""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from collections.abc import Collection, Iterable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from nexus_admin.domain.errors import ExtensionError
from nexus_admin.domain.extension import Extension, Manifest
from nexus_admin.domain.nearest import did_you_mean
from nexus_admin.domain.toml_file import read_toml
from nexus_admin.kernel.isolation.declaring import Isolated, check_functions

MANIFESTS = {"plugins": "plugin.toml", "widgets": "widget.toml", "themes": "theme.toml"}
API = 1
"""The version of the SDK that this kernel speaks."""

_LISTS = ("needs", "permissions")
_KEYS = ("name", "title", "version", "api", "description", *_LISTS, "replaces", "isolated", "functions", "on")


def bundled_root() -> Path:
    """Return the folder that holds the first-party plugins/, widgets/ and themes/.

    A wheel carries them in `nexus_admin/_bundled`; a source checkout keeps
    them beside `nexus_admin`, at the top of the repository.
    """
    package = Path(__file__).resolve().parents[1]
    inside = package / "_bundled"
    return inside if inside.is_dir() else package.parent


def installed_roots() -> Iterator[tuple[Path, str]]:
    """Yield (folder, distribution name) of each installed package that offers extensions; imports none of them."""
    for point in sorted(entry_points(group="nexus_admin.extensions"), key=lambda point: point.name):
        spec = importlib.util.find_spec(point.value)
        if spec and spec.submodule_search_locations:
            yield Path(spec.submodule_search_locations[0]), point.dist.name if point.dist else point.name


def discover_all(project: Path | None, registered: Iterable[Extension] = ()) -> list[Extension]:
    """Return what is found in all three origins, and what code has *registered*: clashes settled, ordered by need."""
    found = list(discover(bundled_root(), "bundled"))
    for root, distribution in installed_roots():
        found += discover(root, distribution)
    if project and project.resolve() != bundled_root():
        found += discover(project, "project")
    found += registered
    return ordered(choose(found))


def discover(root: Path, origin: str) -> Iterator[Extension]:
    """Yield the extensions under *root*, sorted by kind and name; imports nothing.

    Raises:
        ExtensionError: a manifest is wrong.
    """
    for kind, file_name in MANIFESTS.items():
        for folder in sorted((root / kind).glob("*/")):
            if (folder / file_name).is_file():
                yield Extension(kind, origin, folder, read_manifest(folder / file_name))


def read_manifest(path: Path) -> Manifest:
    """Return what the manifest *path* says.

    Raises:
        ExtensionError: names the file, the key and its nearest neighbour.
    """
    where = "/".join(path.parts[-3:])
    meta: dict[str, Any] = read_toml(path)
    for key in meta:
        if key not in _KEYS:
            raise ExtensionError(f"{where} has no key called {key!r}.{did_you_mean(key, _KEYS)}")
    if meta.get("name") != path.parent.name:
        raise ExtensionError(
            f"{where} says name = {meta.get('name')!r}, but the folder is called {path.parent.name!r}. "
            "Make the two agree."
        )
    if meta.get("api", API) > API:
        raise ExtensionError(f"{where} was written for SDK {meta['api']}, this is {API}. Update Nexus Admin.")
    if not isinstance(meta.get("on", True), bool):
        raise ExtensionError(f"{where} says on = {meta['on']!r}. It is true or false.")
    check_functions(where, meta)
    given: dict[str, Any] = {key: tuple(value) if key in _LISTS else value for key, value in meta.items()}
    return Manifest(**given)


def choose(found: Iterable[Extension]) -> list[Extension]:
    """Settle name clashes: the later one wins only where it says `replaces`.

    Raises:
        ExtensionError: shows both places and what to write.
    """
    chosen: dict[tuple[str, str], Extension] = {}
    for extension in found:
        key = (extension.kind, extension.name)
        earlier = chosen.get(key)
        if earlier and extension.manifest.replaces != extension.name:
            raise ExtensionError(
                f"Two {extension.kind} are called {extension.name!r}: one is {earlier.origin} ({earlier.path}), "
                f"one is {extension.origin} ({extension.path}). Rename one, or put "
                f'replaces = "{extension.name}" in the second\'s {MANIFESTS[extension.kind]}.'
            )
        chosen[key] = extension
        if extension.manifest.replaces and extension.manifest.replaces != extension.name:
            chosen.pop((extension.kind, extension.manifest.replaces), None)
    return list(chosen.values())


def is_off(extension: Extension, on: Collection[str], off: Collection[str]) -> bool:
    """Return whether *extension* is not to be loaded: switched off, or not asked for where it waits for that."""
    return extension.id in off or not (extension.manifest.on or extension.id in on)


def ordered(extensions: list[Extension]) -> list[Extension]:
    """Return *extensions* with each behind those of its kind that it needs.

    Raises:
        ExtensionError: one that is needed is missing, or they need each other in a circle.
    """
    by_key = {(one.kind, one.name): one for one in extensions}
    done: dict[tuple[str, str], Extension] = {}

    def place(one: Extension, path: tuple[str, ...]) -> None:
        if one.name in path:
            raise ExtensionError(f"{one.kind} need each other in a circle: {' -> '.join([*path, one.name])}.")
        for name in one.manifest.needs:
            needed = by_key.get((one.kind, name))
            if needed is None:
                known = [other for kind, other in by_key if kind == one.kind]
                raise ExtensionError(f"{one.id} needs {name!r}, which is not there.{did_you_mean(name, known)}")
            place(needed, (*path, one.name))
        done.setdefault((one.kind, one.name), one)

    for one in extensions:
        place(one, ())
    return list(done.values())


def module_name(extension: Extension) -> str:
    """Return where the folder lives in `sys.modules`; unique to the folder, so two kernels may load two projects."""
    origin = "".join(letter if letter.isalnum() else "_" for letter in extension.origin)
    stamp = hashlib.blake2s(str(extension.path).encode(), digest_size=4).hexdigest()
    return f"nexus_ext.{origin}_{stamp}.{extension.kind}.{extension.name}"


def load(extension: Extension) -> ModuleType | Isolated | None:
    """Import the folder as a package, so that imports of its own modules work; None where it has no code.

    Of one that is isolated nothing is imported: what stands for it knows its functions.

    Raises:
        Exception: whatever its code raises; the caller names the extension.
    """
    if extension.manifest.isolated:
        return Isolated(extension)
    name = module_name(extension)
    init = extension.path / "__init__.py"
    if not init.is_file() or name in sys.modules:
        return sys.modules.get(name)
    spec = importlib.util.spec_from_file_location(name, init, submodule_search_locations=[str(extension.path)])
    assert spec is not None
    assert spec.loader is not None
    parent = ""
    for part in name.split(".")[:-1]:
        parent = f"{parent}.{part}" if parent else part
        sys.modules.setdefault(parent, ModuleType(parent)).__dict__.setdefault("__path__", [])
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        unload(extension)
        raise
    return module


def unload(extension: Extension) -> None:
    """Forget the extension's modules, so that the next `load` reads its files again."""
    name = module_name(extension)
    for known in [one for one in sys.modules if one == name or one.startswith(f"{name}.")]:
        del sys.modules[known]
