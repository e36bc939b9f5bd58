"""The kernel as a command uses it: beside a running server, closed at the end."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
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


def state_file_of(project: Path, state: str | None) -> Path:
    """Return the file of the state, as the settings name it; the state itself is not opened, for it may be damaged.

    Raises:
        Refused: it is in PostgreSQL.
    """
    from nexus_admin.kernel import house
    from nexus_admin.kernel.options import Options
    from nexus_admin.kernel.settings import Settings
    from nexus_admin.state.copies import state_file

    options = Options(project=project, state=state, shared=True, connect=False)
    settings = Settings(house.nexus_settings(), options.environ)
    if options.config:
        settings.read_file(options.config)
    settings.read_environment()
    return state_file(options.state or settings.secret("state.url"))


def must_be_there(project: Path, state: str | None) -> None:
    """End with the exit code 2 where there is no state: a command that only looks would make an empty one."""
    if not _is_there(project, state):
        typer.echo(
            f"There is no state at {state_file_of(project, state)}, so there is nothing to look at. Say where it is "
            "with --state, or name the folder with nexus.toml with --project.",
            err=True,
        )
        raise typer.Exit(2)


@contextmanager
def for_a_look(project: Path, state: str | None) -> Iterator[str | None]:
    """Give the state to look at; where there is none yet, an empty one that is gone afterwards."""
    if _is_there(project, state):
        yield state
        return
    with TemporaryDirectory() as folder:
        yield str(Path(folder) / "nexus.db")


def _is_there(project: Path, state: str | None) -> bool:
    """Whether there is a state. Where it is in a server, nothing is looked for: that says itself what is not there."""
    from nexus_admin.domain.errors import Refused

    try:
        return state_file_of(project, state).is_file()
    except Refused:
        return True


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
