"""The kernel as a command uses it: beside a running server, closed at the end."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from nexus_admin.kernel.kernel import Kernel

State = Annotated[str | None, typer.Option(help="Where our own state lives: a file or a postgresql:// URL.")]
Project = Annotated[Path, typer.Option(help="The folder with nexus.toml.")]
HERE = Path()


@contextmanager
def opened(
    project: Path, state: str | None, *, connect: bool = False, urls: tuple[tuple[str, str], ...] = ()
) -> Iterator[Kernel]:
    """Start a kernel for one command, and stop it whatever happens.

    Args:
        project: The folder with `nexus.toml`.
        state: Where our own state lives; None for what the settings say.
        connect: Open the data sources too.
        urls: Databases to open besides, by name.
    """
    from nexus_admin.kernel.kernel import Kernel
    from nexus_admin.kernel.options import Options

    kernel = Kernel(Options(project=project, state=state, shared=True, connect=connect, urls=urls)).start()
    try:
        yield kernel
    finally:
        kernel.stop()


@contextmanager
def for_good() -> Iterator[None]:
    """Make what stays as long as the process does: nobody looks through it for what may go, now or later.

    Without it, a tenth of a start is spent on such looks, and each later one goes through every module again.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
