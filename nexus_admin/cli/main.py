"""`nexus run | serve | new | add | generate | inspect | user | access | token | audit | keys | …`."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from nexus_admin import __version__
from nexus_admin.cli import brokers
from nexus_admin.cli.access import access, token
from nexus_admin.cli.adding import add
from nexus_admin.cli.auditing import audit
from nexus_admin.cli.checking import check
from nexus_admin.cli.deploying import deploy
from nexus_admin.cli.describing import describe
from nexus_admin.cli.extending import add_plugin, add_theme, add_widget
from nexus_admin.cli.generating import generate
from nexus_admin.cli.inspecting import inspect
from nexus_admin.cli.jobs import job
from nexus_admin.cli.keeping import backup, restore
from nexus_admin.cli.keys import keys
from nexus_admin.cli.opening import HERE, Project, State, for_good, opened
from nexus_admin.cli.project import new
from nexus_admin.cli.projections import projection
from nexus_admin.cli.scaffolding import generate_plugin, generate_theme, generate_widget
from nexus_admin.cli.sources import source
from nexus_admin.kernel.options import Part

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Internal tools grown from a database schema.")
user = typer.Typer(no_args_is_help=True, help="People who may sign in.")
config = typer.Typer(no_args_is_help=True, help="Settings.")
app.add_typer(user, name="user")
app.add_typer(audit, name="audit")
app.add_typer(config, name="config")
app.add_typer(access, name="access")
app.add_typer(token, name="token")
app.add_typer(add, name="add")
app.add_typer(generate, name="generate")
app.add_typer(keys, name="keys")
app.add_typer(job, name="job")
app.add_typer(source, name="source")
app.add_typer(projection, name="projection")
for name, commands in (
    ("queue", brokers.queue), ("stream", brokers.stream), ("topic", brokers.topic), ("store", brokers.store),
):  # fmt: skip
    app.add_typer(commands, name=name)
for noun, adding, generating in (
    ("plugin", add_plugin, generate_plugin),
    ("widget", add_widget, generate_widget),
    ("theme", add_theme, generate_theme),
):
    add.command(noun)(adding)
    generate.command(noun)(generating)
app.command("new")(new)
app.command("check")(check)
app.command("deploy")(deploy)
app.command("backup")(backup)
app.command("restore")(restore)
app.command("inspect")(inspect)
app.command("describe")(describe)


@app.command()
def serve(
    urls: Annotated[list[str] | None, typer.Argument(help="Databases to open.")] = None,
    name: Annotated[str | None, typer.Option(help="What the first source is called.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on; 127.0.0.1 where nothing is set.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 8000 where nothing is set, 0 for any.")] = None,
    state: State = None,
    allow_writes: Annotated[bool, typer.Option("--allow-writes", help="Open the sources for writing.")] = False,
    no_open: Annotated[bool, typer.Option("--no-open", help="Leave the browser alone.")] = False,
    dev: Annotated[bool, typer.Option("--dev", help="Show what is saved at once: extensions, templates.")] = False,
    project: Project = HERE,
) -> None:
    """Serve the pages of one or more databases, and do their jobs."""
    _serve(urls, name, host, port, state, allow_writes, no_open, dev, project, ())


def _serve(
    urls: list[str] | None,
    name: str | None,
    host: str | None,
    port: int | None,
    state: str | None,
    allow_writes: bool,
    no_open: bool,
    dev: bool,
    project: Path,
    only: Sequence[Part],
) -> None:
    with for_good():
        from nexus_admin.cli.serving import run_server, run_work, started
        from nexus_admin.kernel.options import Options

        sources = tuple(named(urls or [], name))
        said = {"server.host": host, "server.port": port, "server.development": dev or None}
        given = {key: value for key, value in said.items() if value is not None}
        parts = frozenset(only or Part)
        options = Options(
            project=project, urls=sources, state=state, allow_writes=allow_writes, given=given, parts=parts, patience=3
        )
        if Part.web not in (only or Part):
            run_work(options)
            return
        nexus = started(options)
    run_server(nexus, browse=not no_open and sys.stdout.isatty())


@app.command()
def run(
    dev: Annotated[bool, typer.Option("--dev", help="Show what is saved at once: extensions, templates.")] = False,
    host: Annotated[str | None, typer.Option(help="Address to listen on; 127.0.0.1 where nothing is set.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 8000 where nothing is set, 0 for any.")] = None,
    state: State = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="Leave the browser alone.")] = False,
    only: Annotated[
        list[Part] | None,
        typer.Option(help="Be only this part of it; may be given again. Needs our own state in PostgreSQL."),
    ] = None,
    project: Project = HERE,
) -> None:
    """Serve this project and do its jobs, with the sources that its settings name; --dev while you write it."""
    from nexus_admin.domain.errors import NotFound

    if not (project / "nexus.toml").is_file():
        raise NotFound(f"{project.resolve()} is no project: it has no nexus.toml. Make one with: nexus new my-admin")
    _serve(None, None, host, port, state, False, no_open, dev, project, only or ())


@user.command("add")
def add_user(
    email: str,
    role: Annotated[str, typer.Option(help="owner, admin, editor, viewer, or one of your own.")],
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from the input.")] = False,
    state: State = None,
    project: Project = HERE,
) -> None:
    """Add somebody who may sign in."""
    from nexus_admin.domain.actor import Actor

    password = sys.stdin.readline().rstrip("\n") if password_stdin else typer.prompt("Password", hide_input=True)
    with opened(project, state) as kernel:
        kernel.access.users.create(email, password=password, roles=(role,), by=Actor.system("cli"))
    typer.echo(f"{email} may sign in as {role}.")


@config.command("show")
def show_config(state: State = None, project: Project = HERE) -> None:
    """Print every setting and where it came from."""
    with opened(project, state) as kernel:
        for key, value, origin in kernel.settings.shown():
            typer.echo(f"{key} = {value}    ({origin.layer}{f': {origin.where}' if origin.where else ''})")


@app.command("extensions")
def show_extensions(state: State = None, project: Project = HERE) -> None:
    """List what was found and what became of it, and what a request passes on its way."""
    from nexus_admin.kernel.middleware import way_of

    with opened(project, state) as kernel:
        for status in kernel.hooks.statuses.values():
            typer.echo(f"{status.extension.id}  {status.extension.origin}  {status.state}  {status.error}".rstrip())
        typer.echo("A request passes:")
        for name, owner, does in way_of(kernel.declared.middleware):
            typer.echo(f"  {name}  {owner if owner != 'nexus' else does}")


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def name_of(url: str) -> str:
    """Return what a source is called where nobody says: its database's name."""
    path = urlsplit(url).path if "://" in url else url
    return Path(path).stem.lower() or "data"


def named(urls: list[str], name: str | None) -> list[tuple[str, str]]:
    """Name each database; where two would be called alike, the later one gets a number."""
    found: dict[str, str] = {}
    for place, url in enumerate(urls):
        wanted = name if name and place == 0 else name_of(url)
        spelled = (wanted if number == 1 else f"{wanted}-{number}" for number in itertools.count(1))
        found[next(one for one in spelled if one not in found)] = url
    return list(found.items())


def only(word: str) -> typer.Typer:
    """Return an app of the one command or group that is called *word*; of all where there is none, which says so.

    The library makes every command before it runs one, and there are eighty, each with parameters to look at.
    """
    commands = [one for one in app.registered_commands if one.callback and word == (one.name or one.callback.__name__)]
    groups = [one for one in app.registered_groups if one.name == word]
    if not commands and not groups:
        return app
    made = typer.Typer(add_completion=False, callback=lambda: None)  # with a callback one command stays a group of one
    made.registered_commands, made.registered_groups = commands, groups
    return made


def main() -> None:
    """Run the command; an error of ours is one sentence, not a trace."""
    from nexus_admin.domain.errors import NexusError

    try:
        only(sys.argv[1] if len(sys.argv) > 1 else "")()
    except NexusError as error:
        typer.echo(str(error), err=True)
        sys.exit(1)
