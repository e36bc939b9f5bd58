"""`nexus access export | apply` and `nexus token add`: rights as files, and tokens for programs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nexus_admin.cli.opening import HERE, Project, State, for_a_look, must_be_there, opened

if TYPE_CHECKING:
    from nexus_admin.access.file import Plan
    from nexus_admin.kernel.kernel import Kernel

access = typer.Typer(no_args_is_help=True, help="Roles, and who holds them, as a file.")
token = typer.Typer(no_args_is_help=True, help="Tokens for programs.")

File = Annotated[Path, typer.Argument(help="A .toml or .json file; - for standard input or output.")]


@access.command("export")
def export_file(file: File = Path("-"), state: State = None, project: Project = HERE) -> None:
    """Write every role, and who holds which, to FILE."""
    must_be_there(project, state)
    with opened(project, state) as kernel:
        text = _perform(kernel, "access.export", form=_form(file))
    if file == Path("-"):
        typer.echo(text, nl=False)
        return
    file.write_text(text, encoding="utf-8")
    typer.echo(f"Every role and who holds it is in {file}.")


@access.command("apply")
def apply_file(
    file: File,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    state: State = None,
    project: Project = HERE,
) -> None:
    """Make roles and members as FILE says: all of it or nothing. First say who gains and who loses what.

    What the file says of sources, tables and columns that are not there is named by its line, and applied all the same.
    """
    data = {"text": _read(file), "form": _form(file)}
    if dry_run:
        with for_a_look(project, state) as looked_at, opened(project, looked_at, connect=True) as kernel:
            _say(_perform(kernel, "access.plan", **data))
        return
    with opened(project, state, connect=True) as kernel:
        plan = _perform(kernel, "access.plan", **data)
        _say(plan)
        if plan.empty:
            return
        if not yes and sys.stdin.isatty():
            typer.confirm("Apply?", abort=True)
        _perform(kernel, "access.apply", **data)
    typer.echo("Applied.")


@token.command("add")
def add_token(
    email: str,
    name: Annotated[str, typer.Option(help="What the token is for.")],
    role: Annotated[list[str] | None, typer.Option(help="Narrow it to this role; may be given again.")] = None,
    scope: Annotated[list[str] | None, typer.Option(help="Narrow it to these actions: row.list, row.*, …")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="For how long it is good; for ever if not given.")] = None,
    state: State = None,
    project: Project = HERE,
) -> None:
    """Make an API token for EMAIL and print it, once."""
    from nexus_admin.domain.errors import NotFound

    with opened(project, state) as kernel:
        user = kernel.access.users.by_email(email)
        if user is None:
            raise NotFound(f"There is no user with the email {email!r}. Add them with: nexus user add {email}")
        data = {"name": name, "roles": role or None, "scopes": scope or None, "days": days}
        made = _perform(kernel, "access.token.create", user.id, **data)
    typer.echo(made.secret)
    typer.echo(f"This token of {user.email} is shown once: keep it where only its program can read it.", err=True)


def _perform(kernel: Kernel, action: str, key: str | None = None, **data: Any) -> Any:
    from nexus_admin.domain.action import Call
    from nexus_admin.domain.actor import Actor
    from nexus_admin.domain.target import Target

    return kernel.perform(Call(action, Target("nexus", "access", key), data, Actor.system("cli"), "cli"))


def _say(plan: Plan) -> None:
    for sentence in plan.doubts:
        typer.echo(sentence, err=True)
    if plan.empty:
        typer.echo("Everything is as the file says.")
    for sentence in plan.changes:
        typer.echo(sentence)
    for difference in plan.differences:
        typer.echo(f"  {difference.sentence}")


def _read(file: Path) -> str:
    from nexus_admin.domain.errors import SettingError

    if file == Path("-"):
        return sys.stdin.read()
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingError(f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise SettingError(f"{file} is not text in UTF-8.") from None


def _form(file: Path) -> str:
    return "json" if file.suffix.lower() == ".json" else "toml"
