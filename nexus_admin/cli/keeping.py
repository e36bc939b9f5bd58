"""`nexus backup | restore`: the state as one file, while a server runs, and back again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from nexus_admin.cli.opening import HERE, Project, State, opened, state_file_of

Copy = Annotated[Path, typer.Argument(help="The file.")]


def backup(file: Copy, state: State = None, project: Project = HERE) -> None:
    """Write users, roles, settings, dashboards and the ledger into a new FILE; a server may run meanwhile."""
    from nexus_admin.state.copies import back_up

    where = state_file_of(project, state)
    size = back_up(where, file)
    typer.echo(f"{file} holds the state {where}, {size / 1_000_000:,.1f} MB.")
    key = where.with_name(where.name + ".key")
    if not os.environ.get("NEXUS_SECRET_KEY") and key.is_file():
        typer.echo(f"The key is not in it: keep a copy of {key} in another place.")


def restore(
    file: Copy,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    state: State = None,
    project: Project = HERE,
) -> None:
    """Put FILE in the place of the state, which is kept beside it; then verify the ledger. No server may run on it."""
    from nexus_admin.domain.action import Call
    from nexus_admin.domain.actor import Actor
    from nexus_admin.domain.target import Target
    from nexus_admin.state.copies import check, put_back

    where = state_file_of(project, state)
    check(file)
    if where.exists() and not yes:
        typer.confirm(f"Put {file} in the place of {where}?", abort=True)
    aside = put_back(file, where, has_key=bool(os.environ.get("NEXUS_SECRET_KEY")))
    typer.echo(f"{where} is what {file} holds.{f' What was there is {aside}.' if aside else ''}")
    with opened(project, str(where)) as kernel:  # which brings its tables up to date
        found = kernel.perform(Call("audit.verify", Target("nexus"), {}, Actor.system("cli"), "cli"))
    if not found.ok:
        bad = found.first_bad
        typer.echo(f"Its ledger does not verify: entry {bad.seq if bad else '?'}: {bad.why if bad else ''}", err=True)
        raise typer.Exit(1)
    typer.echo(f"Its ledger is whole up to entry {found.upto}.")
