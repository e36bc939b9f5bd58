"""`nexus source ls | outbox | feed`: the data sources with what is promised of their changes; the outbox of one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from nexus_admin.cli.asking import ask, table
from nexus_admin.cli.feeds import feed
from nexus_admin.cli.opening import HERE, Project, State, opened

source = typer.Typer(no_args_is_help=True, help="Data sources.")
outbox = typer.Typer(no_args_is_help=True, help="A table in a source that takes the events of each change with it.")
source.add_typer(outbox, name="outbox")
source.add_typer(feed, name="feed")

Name = Annotated[str, typer.Argument(help="The source's name.")]


@source.command("ls")
def list_sources(state: State = None, project: Project = HERE) -> None:
    """List the data sources of this project: whether they take writes, and the level of the promise (B or C)."""
    found = _perform(project, state, "source.view", None, {})
    rows = (
        (one.name, one.dialect, one.state, "allowed" if one.writes else "read-only", one.level, one.address)
        for one in found
    )
    table(("source", "database", "state", "writes", "level", "where"), rows, "There are no data sources.")


@outbox.command("install")
def install(
    name: Name,
    adopt: Annotated[bool, typer.Option("--adopt", help="Take over one that is there and nobody uses.")] = False,
    state: State = None,
    project: Project = HERE,
) -> None:
    """Make the table nx_outbox in a source; from then on events are told exactly if their change was made (level B)."""
    _perform(project, state, "outbox.install", name, {"adopt": adopt})
    typer.echo(f"{name} has an outbox: from now on events are told exactly if their change was made (level B).")


@outbox.command("remove")
def remove(
    name: Name,
    abandon: Annotated[
        bool, typer.Option("--abandon", help="Also where the database does not answer; what waits is never told.")
    ] = False,
    state: State = None,
    project: Project = HERE,
) -> None:
    """Tell what waits, and drop the table; from then on events may be late after a crash (level C)."""
    told = _perform(project, state, "outbox.remove", name, {"abandon": abandon})
    typer.echo(f"{name} has no outbox any more; events told on the way: {told:,}.")


@outbox.command("status")
def status(name: Name, state: State = None, project: Project = HERE) -> None:
    """Say whether there is one, what waits there, and what is wrong with it; the exit code is 1 where something is."""
    found = _perform(project, state, "outbox.status", name, {})
    if found.installed is None:
        typer.echo(f"{name} has no outbox: events are told once, and late after a crash (level {found.level}).")
        return
    since = f"{found.installed:%Y-%m-%d %H:%M} UTC, by {found.by}"
    typer.echo(
        f"{name} has an outbox since {since}: events are told exactly if their change was made (level {found.level})."
    )
    if found.problem:
        typer.echo(found.problem, err=True)
        raise typer.Exit(1)
    oldest = "" if found.oldest is None else f", the oldest for {found.oldest:,.0f} s"
    typer.echo(f"Rows that wait: {found.waiting:,}{oldest}.")


def _perform(project: Path, state: str | None, action: str, name: str | None, data: Mapping[str, Any]) -> Any:
    with opened(project, state, connect=True) as kernel:
        return ask(kernel, action, data, source=name)
