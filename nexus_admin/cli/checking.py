"""`nexus check`: what is wrong, before anybody meets it."""

from __future__ import annotations

import typer

from nexus_admin.cli.opening import HERE, Project, State, opened


def check(state: State = None, project: Project = HERE) -> None:
    """Check settings, extensions, sources, roles and dashboards; exit 1 if anything is wrong."""
    from nexus_admin.domain.errors import NexusError
    from nexus_admin.kernel.checking import Finding, findings

    try:
        with opened(project, state, connect=True) as kernel:
            found = list(findings(kernel))
    except NexusError as error:
        found = [Finding("start", str(error))]
    for one in found:
        typer.echo(f"{one.part}: {one.sentence}", err=True)
    if found:
        raise typer.Exit(1)
    typer.echo("Nothing is wrong.")
