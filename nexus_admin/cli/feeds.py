"""`nexus source feed …`: how changes are learned of that other programs make in a source, past Nexus."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from nexus_admin.cli.asking import ask, table
from nexus_admin.cli.opening import HERE, Project, State, opened

feed = typer.Typer(no_args_is_help=True, help="Learning of changes that other programs make in a source.")

Name = Annotated[str, typer.Argument(help="The source's name.")]
Tables = Annotated[
    list[str] | None, typer.Option("--table", help="A table; may be given again. All with a key, where none is.")
]


@feed.command("status")
def status(name: Name, state: State = None, project: Project = HERE) -> None:
    """Say how changes of a source are learned of; the exit code is 1 where that does not work."""
    found = _perform(project, state, "feed.status", name, {})
    if found.mode == "events":
        typer.echo(f"Of {name} only what is done through Nexus is known (events).")
        return
    typer.echo(f"{name}: {found.mode} since {found.since:%Y-%m-%d %H:%M} UTC, by {found.by}.")
    table(("table", "column"), found.tables.items(), "No table is followed.")
    if found.left_out:
        typer.echo(f"Not followed: {', '.join(found.left_out)}.")
    if found.problem:
        typer.echo(found.problem, err=True)
        raise typer.Exit(1)


@feed.command("poll")
def poll(
    name: Name,
    seconds: Annotated[float, typer.Option(help="Between two looks at a table that somebody follows.")] = 2.0,
    column: Annotated[
        list[str] | None, typer.Option(help="TABLE=COLUMN that rises with every change; guessed where not given.")
    ] = None,
    state: State = None,
    project: Project = HERE,
) -> None:
    """Look for rows that were written last, every few seconds. Rows that are deleted are not seen."""
    named = [one.partition("=") for one in column or ()]
    if not all(between and there for _, between, there in named):
        raise typer.BadParameter("Write TABLE=COLUMN, such as orders=updated_at.")
    data = {"seconds": seconds, "columns": {key: value for key, _, value in named}}
    found = _perform(project, state, "feed.poll", name, data)
    table(("table", "column"), found.tables.items(), "No table is followed.")


@feed.command("sql")
def sql(name: Name, tables: Tables = None, state: State = None, project: Project = HERE) -> None:
    """Print the SQL of the triggers that `install` would make in a PostgreSQL database; nothing is done."""
    for text in _perform(project, state, "feed.sql", name, {"tables": tables or []}):
        typer.echo(f"{text};\n")


@feed.command("install")
def install(
    name: Name,
    tables: Tables = None,
    made: Annotated[bool, typer.Option("--made", help="The SQL was run by hand: only look for the triggers.")] = False,
    state: State = None,
    project: Project = HERE,
) -> None:
    """Make triggers in a PostgreSQL database that tell of every change; again for tables that came since."""
    found = _perform(project, state, "feed.install", name, {"tables": tables or [], "made": made})
    typer.echo(f"Tables of {name} that tell of their changes: {', '.join(found.tables)}.")


@feed.command("remove")
def remove(
    name: Name,
    abandon: Annotated[bool, typer.Option("--abandon", help="Also where the database does not answer.")] = False,
    state: State = None,
    project: Project = HERE,
) -> None:
    """Drop our triggers, or poll no more."""
    was = _perform(project, state, "feed.remove", name, {"abandon": abandon})
    typer.echo(f"{name}: no {was} any more. Only what is done through Nexus is known.")


def _perform(project: Path, state: str | None, action: str, name: str, data: Mapping[str, Any]) -> Any:
    with opened(project, state, connect=True) as kernel:
        return ask(kernel, action, data, source=name)
