"""`nexus generate client`: writes a typed client, or says in what the one that is there no longer fits the server."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from nexus_admin.cli.opening import HERE, Project, State, opened

TOKEN = "NEXUS_TOKEN"
KEPT = "nexus_client.json"


class Language(StrEnum):
    """What a client is written in."""

    python = "python"
    js = "js"


def generate_client(
    language: Annotated[Language, typer.Option(help="What it is written in.")] = Language.python,
    out: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("client"),
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing: say what no longer fits the server, and end with 1.")
    ] = False,
    server: Annotated[str, typer.Option(help=f"Ask a running server at this address, with the token in {TOKEN}.")] = "",
    state: State = None,
    project: Project = HERE,
) -> None:
    """Write a typed client for every action of extensions and every table: all of the project's, or a token's own."""
    from nexus_admin.cli.clients import python, script
    from nexus_admin.cli.clients.contract import differences, read

    description = _asked(server) if server else _own(project, state)
    part, words = (python, python.PythonWords()) if language == "python" else (script, script.ScriptWords())
    contract = read(description, words)
    now = contract.as_json()
    kept = json.dumps(now, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    texts = {
        name: text.encode("utf-8", "backslashreplace") for name, text in {**part.files(contract), KEPT: kept}.items()
    }
    if check:
        _check(out, texts, differences(_kept(out), now))
        return
    out.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (out / name).write_bytes(text)
        typer.echo(f"{out / name} is written.")


def _check(out: Path, texts: Mapping[str, bytes], told: Sequence[str]) -> None:
    """Say in what the client in *out* differs from *texts*: what was *told*, else which files; then end with 1."""
    stale = [name for name, text in texts.items() if not (out / name).is_file() or (out / name).read_bytes() != text]
    for sentence in told or [f"{out / name} is not what would be written now." for name in stale]:
        typer.echo("".join(one if one.isprintable() else "?" for one in sentence), err=True)
    if told or stale:
        typer.echo("Write it anew: nexus generate client", err=True)
        raise typer.Exit(1)
    typer.echo(f"The client in {out} fits.")


def _kept(out: Path) -> Mapping[str, Any]:
    """Return what the client there was written for; nothing where there is none."""
    try:
        found = json.loads((out / KEPT).read_bytes())
        methods = {str(name): str(told) for name, told in found["methods"].items()}
        types = {str(name): {str(key): str(kind) for key, kind in one.items()} for name, one in found["types"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {"methods": {}, "types": {}}
    return {"methods": methods, "types": types}


def _own(project: Path, state: str | None) -> Mapping[str, Any]:
    """Return the description of all that the project has."""
    from nexus_admin.actions.rows.describing import described, described_action
    from nexus_admin.domain.actor import Actor
    from nexus_admin.web.api.doors import DOORS
    from nexus_admin.web.api.openapi import description

    with opened(project, state, connect=True) as kernel:
        me = Actor.system("cli")
        sources = [described(one, kernel.access, kernel.actions, me) for one in kernel.sources]
        own = [described_action(one) for one in kernel.actions if one.on == "house" and one.owner != "nexus"]
        return description(DOORS, "", sources, own)


def _asked(server: str) -> Mapping[str, Any]:
    """Return the description that a running server gives to a token.

    Raises:
        Refused: the address is none, or it answers with something else.
    """
    from nexus_admin.domain.errors import Refused

    if not server.startswith(("http://", "https://")):
        raise Refused("The server's address begins with http:// or https://.")
    token = os.environ.get(TOKEN, "")
    asked = urllib.request.Request(f"{server.rstrip('/')}/api/openapi.json")
    if token:
        asked.add_unredirected_header("Authorization", f"Bearer {token}")  # which is for this server alone
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:
            found: Mapping[str, Any] = json.loads(answer.read())
    except (urllib.error.URLError, ValueError) as error:
        if isinstance(error, urllib.error.HTTPError):
            error.close()
        raise Refused(f"{server} does not describe its API: {error}. Is {TOKEN} a token of it?") from None
    return found
