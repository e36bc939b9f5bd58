"""`nexus check`: what is wrong, before anybody meets it."""

from __future__ import annotations

import typer

from nexus_admin.cli.opening import HERE, Project, State


def check(state: State = None, project: Project = HERE) -> None:
    """Check settings, extensions, sources, roles and dashboards; exit 1 if anything is wrong."""
    from nexus_admin.domain.errors import NexusError
    from nexus_admin.kernel.checking import Finding, findings
    from nexus_admin.kernel.kernel import Kernel
    from nexus_admin.kernel.options import Options

    try:
        kernel = Kernel(Options(project=project, state=state, shared=True)).start()
    except NexusError as error:
        found = [Finding("start", str(error))]
    else:
        found = list(findings(kernel))
        kernel.stop()
    for one in found:
        typer.echo(f"{one.part}: {one.sentence}", err=True)
    if found:
        raise typer.Exit(1)
    typer.echo("Nothing is wrong.")
