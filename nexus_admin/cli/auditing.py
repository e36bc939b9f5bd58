"""`nexus audit verify | export`: whether the ledger is whole, and its entries as JSON lines."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from nexus_admin.cli.opening import HERE, Project, State, opened

audit = typer.Typer(no_args_is_help=True, help="The ledger.")


@audit.command()
def verify(state: State = None, project: Project = HERE) -> None:
    """Check the chain of the ledger; name the first bad entry."""
    found = _perform(project, state, "audit.verify", {})
    if not found.ok:
        bad = found.first_bad
        typer.echo(f"The ledger was changed: entry {bad.seq if bad else '?'}: {bad.why if bad else ''}", err=True)
        raise typer.Exit(1)
    typer.echo(f"The ledger is whole up to entry {found.upto}.")


@audit.command()
def export(
    file: Annotated[Path, typer.Argument(help="Where to; - for standard output.")] = Path("-"),
    action: Annotated[str, typer.Option(help="Only these actions, by comma: `row.*`.")] = "",
    source: Annotated[str, typer.Option(help="Only these data sources, by comma.")] = "",
    since: Annotated[str, typer.Option(help="Only from this day or moment on.")] = "",
    until: Annotated[str, typer.Option(help="Only before this day or moment.")] = "",
    state: State = None,
    project: Project = HERE,
) -> None:
    """Write entries as JSON lines, newest first, each with every row's before and after; secrets stay hidden."""
    from nexus_admin.actions.plain import entry_json

    asked = {"action": action, "source": source, "since": since, "until": until}
    given = {name: text for name, text in asked.items() if text}

    def write(entries: Any) -> int:
        out = sys.stdout if file == Path("-") else file.open("w", encoding="utf-8")
        count = 0
        for entry in entries:
            out.write(json.dumps(entry_json(entry)) + "\n")
            count += 1
        out.flush() if out is sys.stdout else out.close()
        return count

    count = _perform(project, state, "audit.export", given, write)
    typer.echo(f"{count:,} entries.", err=True)


def _perform(project: Path, state: str | None, action: str, data: dict[str, str], then: Any = None) -> Any:
    """Run an action of the house as the command line; *then* takes what it gives while the state is open."""
    from nexus_admin.domain.action import Call
    from nexus_admin.domain.actor import Actor
    from nexus_admin.domain.target import Target

    with opened(project, state) as kernel:
        found = kernel.perform(Call(action, Target("nexus"), data, Actor.system("cli"), "cli"))
        return then(found) if then else found
