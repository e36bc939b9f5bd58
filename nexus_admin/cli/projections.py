"""`nexus projection ls | rebuild`: how far projections are; making one anew."""

from __future__ import annotations

from typing import Annotated

import typer

from nexus_admin.cli.asking import perform, table
from nexus_admin.cli.opening import HERE, Project, State

projection = typer.Typer(no_args_is_help=True, help="Projections: streams folded into rows.")


@projection.command("ls")
def list_projections(state: State = None, project: Project = HERE) -> None:
    """List projections: their stream, how many events they are behind, what they set aside, since when it reaches."""
    found = perform(project, state, "projection.list", {})
    rows = (
        (
            one.projection.name, one.projection.stream, f"{one.behind:,}", f"{one.parked:,}",
            f"{one.since:%Y-%m-%d %H:%M} UTC" if one.since else "-",
            "being made anew" if one.generations and one.generations.building else one.projection.title,
        )
        for one in found
    )  # fmt: skip
    table(("projection", "stream", "behind", "parked", "stream since", ""), rows, "No extension declares one.")


@projection.command("rebuild")
def rebuild(
    name: Annotated[str, typer.Argument(help="Its name.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    state: State = None,
    project: Project = HERE,
) -> None:
    """Have a running server make one anew from the beginning of its stream; what is there is shown until then."""
    if not yes:
        found = {one.projection.name: one for one in perform(project, state, "projection.list", {})}
        one = found.get(name)
        since = f"{one.since:%Y-%m-%d %H:%M} UTC" if one and one.since else "now"
        typer.confirm(f"Its stream begins {since}; what {name} has of before will be gone. Go on?", abort=True)
    generation = perform(project, state, "projection.rebuild", {"projection": name})
    typer.echo(f"{name} is made anew, as generation {generation}.")
