"""An extension that code names: looked at as a whole before anything of it counts."""

from __future__ import annotations

import traceback
from pathlib import Path

from nexus_admin.domain.errors import NexusError, PluginError, Refused
from nexus_admin.domain.extension import Extension
from nexus_admin.kernel.extensions import MANIFESTS, load, read_manifest
from nexus_admin.kernel.hooks import Hooks, entered, manager

ORIGIN = "code"
"""Where such an extension comes from, beside `bundled` and `project`."""


def register(hooks: Hooks, folder: Path) -> None:
    """Add the extension in *folder* to those that the start of *hooks* brings up.

    Raises:
        PluginError: it does not fit; nothing of it counts then.
        Refused: the start is over.
    """
    if hooks.statuses:
        raise Refused("Extensions are registered before the start. Call register() first.")
    hooks.registered.append(looked_at(folder.resolve()))


def looked_at(folder: Path) -> Extension:
    """Return the extension in *folder*: its manifest read, its code imported, its hooks held against their signatures.

    Raises:
        PluginError: it does not fit; names the file, and the line where it is one of code.
    """
    kind = next((kind for kind, name in MANIFESTS.items() if (folder / name).is_file()), None)
    if kind is None:
        raise PluginError(f"{folder} has none of {', '.join(MANIFESTS.values())}. An extension is a folder with one.")
    try:
        extension = Extension(kind, ORIGIN, folder, read_manifest(folder / MANIFESTS[kind]))
    except NexusError as error:
        raise PluginError(str(error)) from error
    try:
        module = load(extension)
    except Exception as error:
        raise PluginError(f"{_place(error, folder)}: {type(error).__name__}: {error}") from error
    if module is not None:
        entered(manager(), extension.id, module)
    return extension


def _place(error: Exception, folder: Path) -> str:
    """Return `file:line` of the innermost place in *folder* where *error* arose."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    frames = [one for one in traceback.extract_tb(error.__traceback__) if one.filename.startswith(f"{folder}/")]
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else str(folder)
