"""`nexus add plugin | widget | theme`: one that is there is switched on, a folder is copied, a wheel is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nexus_admin.cli.opening import HERE, Project, State, opened

if TYPE_CHECKING:
    from nexus_admin.domain.extension import Extension, ExtensionStatus

What = Annotated[str, typer.Argument(help="A name, a folder (./refunds), or a wheel (nexus_weather-1.0-….whl).")]
NOT_COPIED = shutil.ignore_patterns("__pycache__", ".git", ".*_cache")


def add_plugin(what: What, state: State = None, project: Project = HERE) -> None:
    """Switch on a plugin that comes with Nexus or is installed; or take one from a folder or a wheel."""
    _add("plugins", what, state, project)


def add_widget(what: What, state: State = None, project: Project = HERE) -> None:
    """Switch on a widget that comes with Nexus or is installed; or take one from a folder or a wheel."""
    _add("widgets", what, state, project)


def add_theme(what: What, state: State = None, project: Project = HERE) -> None:
    """Take a theme from a folder or a wheel, so that it can be chosen."""
    _add("themes", what, state, project)


def _add(kind: str, what: str, state: str | None, project: Path) -> None:
    if what.endswith(".whl"):
        for name in _installed(kind, Path(what)):
            _switch_on(kind, name, state, project)
    elif os.sep in what or what.startswith("."):
        extension = _folder(kind, Path(what))
        copied = _copied(extension, project)
        try:
            _switch_on(kind, extension.name, state, project)
        except Exception:
            if copied is not None:
                shutil.rmtree(copied)
            raise
    else:
        _switch_on(kind, what, state, project)


def _switch_on(kind: str, name: str, state: str | None, project: Path) -> None:
    """See to it that an extension runs, and say so.

    Raises:
        NotFound: there is none; names the nearest.
        Refused: it cannot be loaded.
    """
    from nexus_admin.domain.action import Call
    from nexus_admin.domain.actor import Actor
    from nexus_admin.domain.errors import NotFound, Refused
    from nexus_admin.domain.nearest import did_you_mean
    from nexus_admin.domain.target import Target

    with opened(project, state) as kernel:
        status = kernel.hooks.statuses.get(f"{kind}/{name}")
        if status is None:
            known = [one.extension.name for one in kernel.hooks.statuses.values() if one.extension.kind == kind]
            hint = did_you_mean(name, known, f"There are: {', '.join(known)}.")
            one = kind.removesuffix("s")
            raise NotFound(f"There is no {one} called {name!r}.{hint} A new one: nexus generate {one} NAME.")
        before = status.state
        if before == "off":
            on = {"name": status.extension.id, "on": True}
            kernel.perform(Call("extension.switch", Target("nexus"), on, Actor.system("cli"), "cli"))
            status = kernel.hooks.statuses[status.extension.id]
        if status.state == "failed":
            raise Refused(f"{status.extension.id} cannot be loaded: {status.error}")
        typer.echo(_said(status, "is switched on" if before == "off" else "is on"))


def _said(status: ExtensionStatus, became: str) -> str:
    extension, manifest = status.extension, status.extension.manifest
    origin = {"bundled": "comes with Nexus", "project": "is the project's own"}.get(
        extension.origin, f"is installed with {extension.origin}"
    )
    said = f"{extension.id} {became}: {manifest.title or manifest.name} {manifest.version}, which {origin}."
    if manifest.permissions:
        said += f" It asks for {', '.join(manifest.permissions)}; roles give these under Access."
    if extension.kind == "themes":
        said += " It is chosen on the page Theme."
    return said


def _folder(kind: str, path: Path) -> Extension:
    """Return the one extension of *kind* that lies in the folder *path*.

    Raises:
        NotFound: there is none, or more than one.
        ExtensionError: its manifest is wrong.
    """
    from nexus_admin.domain.errors import NotFound
    from nexus_admin.domain.extension import Extension
    from nexus_admin.kernel.extensions import MANIFESTS, discover, read_manifest

    path = path.resolve()
    if (path / MANIFESTS[kind]).is_file():
        return Extension(kind, "project", path, read_manifest(path / MANIFESTS[kind]))
    found = [one for one in discover(path, "project") if one.kind == kind]
    if len(found) == 1:
        return found[0]
    there = f"There are {', '.join(one.path.name for one in found)} in it: name one." if found else ""
    raise NotFound(f"{path} holds no {MANIFESTS[kind]}. {there}".rstrip())


def _copied(extension: Extension, project: Path) -> Path | None:
    """Copy an extension into the project, and return where to; None where it lies there already.

    Raises:
        Refused: another one of that name is there.
    """
    from nexus_admin.domain.errors import Refused

    folder = project.resolve() / extension.kind / extension.name
    if folder == extension.path:
        return None
    if folder.exists():
        raise Refused(f"{extension.id} is there already ({folder}). Remove it first.")
    shutil.copytree(extension.path, folder, ignore=NOT_COPIED)
    return folder


def _installed(kind: str, wheel: Path) -> list[str]:
    """Install *wheel*, and return the names of the extensions of *kind* in it.

    Raises:
        NotFound: there is no such wheel, or it offers no such extension.
        Refused: it could not be installed.
    """
    import importlib

    from nexus_admin.domain.errors import NotFound, Refused
    from nexus_admin.kernel.extensions import MANIFESTS

    try:
        with zipfile.ZipFile(wheel) as archive:
            places = [Path(name) for name in archive.namelist()]
            points = [name for name in archive.namelist() if name.endswith(".dist-info/entry_points.txt")]
            offers = any("[nexus_admin.extensions]" in archive.read(name).decode() for name in points)
    except (OSError, zipfile.BadZipFile, UnicodeDecodeError):
        raise NotFound(f"{wheel} is no wheel that can be read.") from None
    names = sorted(one.parent.name for one in places if one.name == MANIFESTS[kind] and one.parent.parent.name == kind)
    if not offers or not names:
        raise NotFound(
            f"{wheel.name} offers no {kind}: it has no entry point nexus_admin.extensions with a {kind}/ folder."
        )
    why = _install(wheel)
    if why:
        one = kind.removesuffix("s")
        raise Refused(f"{wheel.name}: {why} Install it as you installed Nexus, then: nexus add {one} {names[0]}")
    importlib.invalidate_caches()
    return names


def _install(wheel: Path) -> str:
    """Install *wheel* beside Nexus with what is at hand, and return why that could not be done, or nothing."""
    ways = [[sys.executable, "-m", "pip", "install", "--disable-pip-version-check", str(wheel)]]
    if uv := shutil.which("uv"):
        ways.append([uv, "pip", "install", "--python", sys.executable, str(wheel)])
    said = []
    for way in ways:
        done = subprocess.run(way, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return ""
        said.append((done.stderr.strip().splitlines() or ["It could not be installed."])[-1])
    return " ".join(said)
