"""`nexus add datasource`: a database under a name, tried first, kept read-only, its password sealed."""

from __future__ import annotations

import time
from enum import StrEnum
from typing import Annotated, Any

import typer

from nexus_admin.cli.opening import HERE, Project, State, opened

add = typer.Typer(no_args_is_help=True, help="Add something to an installation.")


class Kind(StrEnum):
    """The engines that are asked for part by part."""

    POSTGRES = "postgres"
    MYSQL = "mysql"
    MARIADB = "mariadb"
    SQLITE = "sqlite"


PORTS = {Kind.POSTGRES: 5432, Kind.MYSQL: 3306, Kind.MARIADB: 3306}


@add.command("datasource")
def add_datasource(
    kind: Annotated[Kind, typer.Argument(help="The engine.")],
    url: Annotated[str | None, typer.Option(help="Where it is; asked for part by part where it is not given.")] = None,
    name: Annotated[str | None, typer.Option(help="What it is called; its database's name where none.")] = None,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from the input.")] = False,
    state: State = None,
    project: Project = HERE,
) -> None:
    """Try a database and keep it as a data source, read-only; its password is sealed and never shown again."""
    from nexus_admin.cli.main import name_of
    from nexus_admin.data.drivers.address import read_address

    where = url or _asked(kind)
    _same_engine(kind, read_address(where).family)
    given: dict[str, Any] = {"url": where}
    if password_stdin:
        given["password"] = typer.get_text_stream("stdin").readline().rstrip("\n")
    elif url is None and kind is not Kind.SQLITE:
        given["password"] = typer.prompt("Password", default="", hide_input=True, show_default=False)
    with opened(project, state) as kernel:
        kernel.connector.connect_all()  # so that a name which is taken is known
        found, address = _perform(kernel, "source.test", given)
        called = _perform(kernel, "source.connect", {**given, "name": name or name_of(where)})
        while kernel.sources.status(called).progress is not None:  # read now, its pages are there at the next start
            time.sleep(0.05)
    typer.echo(f"{address} answers: {found.engine} {found.version}, {found.tables} tables and views.")
    typer.echo(f"It is the data source {called}, read-only. Writes are switched on under Data sources.")


def _asked(kind: Kind) -> str:
    """Ask for the parts of an address, all but the password."""
    import sqlalchemy as sa

    if kind is Kind.SQLITE:
        return str(typer.prompt("File"))
    scheme = "postgresql" if kind is Kind.POSTGRES else "mysql"
    host, port = typer.prompt("Host", default="localhost"), typer.prompt("Port", default=PORTS[kind], type=int)
    database, user = typer.prompt("Database"), typer.prompt("User")
    return sa.URL.create(scheme, user, None, host, port, database).render_as_string(hide_password=False)


def _same_engine(kind: Kind, family: str) -> None:
    from nexus_admin.domain.errors import BadRequest

    wanted = {Kind.POSTGRES: "postgresql", Kind.MYSQL: "mysql", Kind.MARIADB: "mysql", Kind.SQLITE: "sqlite"}[kind]
    if family != wanted:
        raise BadRequest(f"The address is one of {family}, not of {kind}. Name the engine that it is of.")


def _perform(kernel: Any, action: str, data: dict[str, Any]) -> Any:
    from nexus_admin.domain.action import Call
    from nexus_admin.domain.actor import Actor
    from nexus_admin.domain.target import Target

    return kernel.perform(Call(action, Target("nexus"), data, Actor.system("cli"), "cli"))
