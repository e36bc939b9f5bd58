"""`nexus new`: a folder with everything in its place."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated

import typer

from nexus_admin.domain.errors import Refused

SPELLED = {"gitignore": ".gitignore"}
"""Files that cannot lie in a package under the name that they get."""


def new(
    folder: Annotated[Path, typer.Argument(help="The folder to make.")],
    title: Annotated[str | None, typer.Option(help="What the sidebar calls it; the folder's name where none.")] = None,
) -> None:
    """Make a project: settings, and a place for everything of its own."""
    made = write_project(folder, title or folder.resolve().name.replace("-", " ").replace("_", " ").capitalize())
    typer.echo(f"{folder} is ready, with {len(made)} files. Next: cd {folder} && nexus run --dev")


def write_project(folder: Path, title: str) -> list[Path]:
    """Write the files of a new project into *folder*, and return them.

    Raises:
        Refused: there is something in the folder already; nothing is overwritten.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(f"{folder} is not empty. Choose another folder.")
    made = []
    for place, text in skeleton(title):
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        made.append(path)
    return made


def skeleton(title: str) -> Iterator[tuple[str, str]]:
    """Yield (path, text) of each file of a new project."""
    for place, file in walk(files("nexus_admin.cli") / "skeleton", ""):
        yield place, file.read_text("utf-8").replace("{title}", title)


def walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    """Yield (path, file) of each file under *folder*, as a new folder has it."""
    for one in sorted(folder.iterdir(), key=lambda each: each.name):
        if one.is_dir():
            yield from walk(one, f"{prefix}{one.name}/")
        elif not one.name.endswith((".py", ".pyc")):
            yield f"{prefix}{SPELLED.get(one.name, one.name)}", one
