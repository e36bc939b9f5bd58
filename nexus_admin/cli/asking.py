"""Commands that do one action of the house, and print what comes of it as a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from nexus_admin.cli.opening import opened

if TYPE_CHECKING:
    from nexus_admin.kernel.kernel import Kernel


def perform(project: Path, state: str | None, action: str, data: Mapping[str, Any]) -> Any:
    """Do *action* on the house beside a running server, and return what it does."""
    with opened(project, state) as kernel:
        return ask(kernel, action, data)


def ask(kernel: Kernel, action: str, data: Mapping[str, Any], source: str | None = None) -> Any:
    """Do *action* as the command line: on the house, or on the data source called *source*; return what it does."""
    from nexus_admin.domain.action import Call
    from nexus_admin.domain.actor import Actor
    from nexus_admin.domain.address import segment
    from nexus_admin.domain.target import Target

    target = Target("nexus") if source is None else Target("nexus", "sources", segment(source))
    return kernel.perform(Call(action, target, data, Actor.system("cli"), "cli"))


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], none: str) -> None:
    """Print rows below their heads, each column as wide as it must be; control characters of others' are taken out.

    Args:
        heads: Their titles.
        rows: As many cells as there are heads.
        none: What is printed where there are no rows.
    """
    lines = [["".join(one if one.isprintable() else "�" for one in cell) for cell in row] for row in rows]
    if not lines:
        typer.echo(none)
        return
    widths = [max(len(line[at]) for line in [list(heads), *lines]) for at in range(len(heads))]
    for line in [list(heads), *lines]:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
