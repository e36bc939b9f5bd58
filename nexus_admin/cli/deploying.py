"""`nexus deploy`: the files with which a project runs on a server. Nothing is built, sent or started."""

from __future__ import annotations

import re
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from nexus_admin import __version__
from nexus_admin.cli.opening import HERE, Project
from nexus_admin.cli.project import walk
from nexus_admin.domain.errors import Refused

EXTRAS = "standard"


class Platform(StrEnum):
    """What runs it."""

    DOCKER = "docker"
    SYSTEMD = "systemd"


def deploy(
    platform: Annotated[Platform, typer.Option(help="What runs it.")],
    name: Annotated[str | None, typer.Option(help="What the service is called; made of the folder's name.")] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port that the proxy asks.")] = 8000,
    folder: Annotated[str | None, typer.Option(help="Where the project lies on the server; /opt/NAME.")] = None,
    project: Project = HERE,
) -> None:
    """Write what Docker or systemd need to run this project: hardened, behind a proxy, its state in one place."""
    called = _slug(name or project.resolve().name)
    made = written(platform, project, called, port, folder or f"/opt/{called}")
    for path in made:
        typer.echo(f"{path} is written.")
    typer.echo("Nothing was built or started. The guide to deployment says what is next, and how to back it up.")


def written(platform: Platform, project: Path, name: str, port: int, folder: str) -> list[Path]:
    """Write the files of *platform* into *project*, and return them.

    Raises:
        Refused: one of them is there already, or a word does not fit into such files; nothing is written then.
    """
    if not re.fullmatch(r"/[\w./@-]+", folder):
        raise Refused(f"{folder!r} cannot be the folder on the server: it begins with / and has no spaces.")
    words = {
        "{name}": name, "{title}": f"{name.replace('-', ' ').capitalize()}, an internal tool", "{port}": str(port),
        "{folder}": folder, "{version}": __version__, "{extras}": EXTRAS,
    }  # fmt: skip
    texts = {}
    for place, file in walk(files("nexus_admin.cli") / "deploy" / platform, ""):
        text = file.read_text("utf-8")
        for word, said in words.items():
            text = text.replace(word, said)
        if place == "Dockerfile" and (project / "requirements.txt").is_file():
            text = text.replace("COPY . .\n", "COPY . .\nRUN pip install --no-cache-dir -r requirements.txt\n")
        texts[project / {"dockerignore": ".dockerignore", "unit.service": f"{name}.service"}.get(place, place)] = text
    there = [str(path) for path in texts if path.exists()]
    if there:
        raise Refused(f"{' and '.join(there)} would be overwritten. Remove it first, or write beside it: --project.")
    for path, text in texts.items():
        path.write_text(text, "utf-8")
    return list(texts)


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "nexus-admin"
