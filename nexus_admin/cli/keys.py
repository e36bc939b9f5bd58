"""`nexus keys rotate`: a new master key, beside a running server."""

from __future__ import annotations

from typing import Any

import typer

from nexus_admin.cli.opening import HERE, Project, State, opened

keys = typer.Typer(no_args_is_help=True, help="The master key, which seals what is secret.")


@keys.callback()
def _keys() -> None:
    """Keep `rotate` a word of its own while it is the only one."""


@keys.command("rotate")
def rotate(state: State = None, project: Project = HERE) -> None:
    """Seal every secret of our state with a new key. A server that runs goes on, and so does whoever is signed in."""
    with opened(project, state) as kernel:
        found = _perform(kernel)
    typer.echo(f"The key {found.key} seals now: {found.done} secrets anew.")
    typer.echo("Keep the older keys below it: the ledger was signed with them.")
    for place in found.lost:
        typer.echo(f"No key opens {place}: enter that secret again.", err=True)
    if found.lost:
        raise typer.Exit(1)


def _perform(kernel: Any) -> Any:
    from nexus_admin.domain.action import Call
    from nexus_admin.domain.actor import Actor
    from nexus_admin.domain.target import Target

    return kernel.perform(Call("keys.rotate", Target("nexus"), {}, Actor.system("cli"), "cli"))
