"""`nexus check`: what is wrong, before anybody meets it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from nexus_admin.cli.opening import HERE, Project, State, opened

if TYPE_CHECKING:
    from nexus_admin.kernel.checking import Finding
    from nexus_admin.kernel.kernel import Kernel


def check(
    urls: Annotated[
        list[str] | None, typer.Argument(help="Databases to open besides, as `nexus serve` takes them.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="What the first of them is called.")] = None,
    state: State = None,
    project: Project = HERE,
) -> None:
    """Check settings, extensions, sources, roles, dashboards and own templates; exit 1 if anything is wrong.

    A project whose files name a source that is given on the command line is checked with that source.
    """
    from nexus_admin.cli.main import named
    from nexus_admin.domain.errors import NexusError
    from nexus_admin.kernel.checking import Finding, findings

    try:
        with opened(project, state, connect=True, urls=tuple(named(urls or [], name))) as kernel:
            found = [*findings(kernel), *_templates(kernel)]
    except NexusError as error:
        found = [Finding("start", str(error))]
    for one in found:
        typer.echo(f"{one.part}: {one.sentence}", err=True)
    if found:
        raise typer.Exit(1)
    typer.echo("Nothing is wrong.")


def _templates(kernel: Kernel) -> Iterator[Finding]:
    """Yield what is wrong with the templates that a project puts in the place of others."""
    from nexus_admin.kernel.checking import Finding
    from nexus_admin.web.overrides import own_folder, problems
    from nexus_admin.web.templating import TEMPLATES

    own = own_folder(kernel.options.project, "templates")
    if own is not None:
        folders = {name: one.extension.path / "templates" for name, one in kernel.hooks.statuses.items()}
        yield from (Finding("templates", sentence) for sentence in problems(own, TEMPLATES, folders))
