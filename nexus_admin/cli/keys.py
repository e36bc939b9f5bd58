"""`nexus keys`: a new master key, beside a running server, and columns that are encrypted with the newest one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import typer

from nexus_admin.cli.opening import HERE, Project, State, opened

if TYPE_CHECKING:
    from nexus_admin.kernel.kernel import Kernel

AT_ONCE = 500
"""Values in one transaction: so long do others wait who write to the same file."""
BREATH = 0.15
"""Seconds between two transactions: who waits for a file of SQLite looks every tenth of a second whether it is free."""

keys = typer.Typer(no_args_is_help=True, help="The master key, which seals what is secret.")


@keys.command("rotate")
def rotate(state: State = None, project: Project = HERE) -> None:
    """Seal every secret with a new key. A server that runs goes on, and so does whoever is signed in."""
    with opened(project, state, connect=True) as kernel:
        found = _perform(kernel, "keys.rotate")
        typer.echo(f"The key {found.key} seals now: {found.done} secrets anew.")
        typer.echo("Keep the older keys below it: the ledger was signed with them.")
        for place in found.lost:
            typer.echo(f"No key opens {place}: enter that secret again.", err=True)
        whole = _encrypt(kernel)
    if found.lost or not whole:
        raise typer.Exit(1)


@keys.command("encrypt")
def encrypt(state: State = None, project: Project = HERE) -> None:
    """Encrypt with the newest key whatever stands otherwise in columns that are encrypted at rest.

    It may be stopped at any time and goes on where it was; the values can be read meanwhile.
    """
    with opened(project, state, connect=True) as kernel:
        whole = _encrypt(kernel)
    if not whole:
        raise typer.Exit(1)


def _encrypt(kernel: Kernel) -> bool:
    """Go through every encrypted column of every source; return whether all of their values have the newest key.

    A source whose structure is not known is named and passed over: nothing says that it has such columns.
    """
    whole = True
    for status in kernel.sources.statuses():
        source = status.source
        if source is None or not status.ready:
            typer.echo(f"{status.name} does not answer: its columns were left as they are.", err=True)
            continue
        columns = [
            (one.name, field.name)
            for one in source.schema.resources.values()
            for field in one.fields
            if field.encrypted
        ]
        for resource, field in columns:
            whole = _encrypt_column(kernel, source.name, resource, field) and whole
    return whole


def _encrypt_column(kernel: Kernel, source: str, resource: str, field: str) -> bool:
    from nexus_admin.domain.errors import NexusError

    done, lost, long, after, more = 0, 0, 0, None, True
    try:
        while more:
            found = _perform(
                kernel, "rows.encrypt", (source, resource), {"field": field, "after": after, "limit": AT_ONCE}
            )
            done, lost, long, after = done + found.done, lost + found.lost, long + found.too_long, found.after
            more = after is not None
            time.sleep(BREATH if more else 0)
    except NexusError as error:
        typer.echo(f"{source}/{resource}.{field}: {error}", err=True)
        return False
    typer.echo(f"{source}/{resource}.{field}: {done:,} values encrypted anew.")
    if lost or long:
        typer.echo(f"{source}/{resource}.{field}: {lost:,} do not open, {long:,} are too long; they stayed.", err=True)
    return not (lost or long)


def _perform(kernel: Kernel, action: str, on: tuple[str, ...] = ("nexus",), data: dict[str, Any] | None = None) -> Any:
    from nexus_admin.domain.action import Call
    from nexus_admin.domain.actor import Actor
    from nexus_admin.domain.target import Target

    return kernel.perform(Call(action, Target(*on), data or {}, Actor.system("cli"), "cli"))
