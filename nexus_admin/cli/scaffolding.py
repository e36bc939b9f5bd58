"""`nexus generate plugin | widget | theme`: a folder that runs, keeps its contract, and is yours to change."""

from __future__ import annotations

import keyword
import re
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from nexus_admin.cli.opening import HERE, Project
from nexus_admin.cli.project import walk

Name = Annotated[str, typer.Argument(help="Small letters, digits and _; the folder is called so.")]
Title = Annotated[str | None, typer.Option(help="What people read; made of the name where none.")]


def generate_plugin(name: Name, title: Title = None, project: Project = HERE) -> None:
    """Write plugins/NAME: an action, a page, and their tests."""
    _say(write("plugins", name, title, project))


def generate_widget(name: Name, title: Title = None, project: Project = HERE) -> None:
    """Write widgets/NAME: options, a question, a drawing, and their tests."""
    _say(write("widgets", name, title, project))


def generate_theme(name: Name, title: Title = None, project: Project = HERE) -> None:
    """Write themes/NAME: the colours of light and dark, and a test of their contrasts."""
    _say(write("themes", name, title, project))


def write(kind: str, name: str, title: str | None, project: Path) -> Path:
    """Write a new extension into the folder *kind* of *project*, and return its own folder.

    Raises:
        Refused: the name is none, or is taken.
    """
    from nexus_admin.domain.errors import Refused
    from nexus_admin.kernel.extensions import discover_all

    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name) or keyword.iskeyword(name):
        raise Refused(
            f"{name!r} cannot be a name: it is 1 to 40 small letters, digits and _, and begins with a letter."
        )
    folder = project / kind / name
    taken = next((one for one in discover_all(project) if (one.kind, one.name) == (kind, name)), None)
    if taken is not None or folder.exists():
        where = folder if taken is None or taken.origin == "project" else taken.origin
        raise Refused(f"{kind}/{name} is there already ({where}). Choose another name.")
    for place, text in _skeleton(kind, name, title):
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def _skeleton(kind: str, name: str, title: str | None) -> list[tuple[str, str]]:
    words = {
        "{name}": name,
        "{title}": (title or name.replace("_", " ").capitalize()).replace('"', "'").replace("\\", "/"),
        "{class}": "".join(part.capitalize() for part in name.split("_")),
    }
    written = []
    for place, file in walk(files("nexus_admin.cli") / "skeletons" / kind.removesuffix("s"), ""):
        text = file.read_text("utf-8")
        for word, said in words.items():
            text = text.replace(word, said)
        written.append((place.removesuffix(".in").replace("test_it", f"tests/test_{name}"), text))
    return written


def _say(folder: Path) -> None:
    typer.echo(f"{folder} is written, and is loaded at the next start. Its tests: pytest {folder}")
