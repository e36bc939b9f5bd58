"""`nexus generate crud | types | client`: how a table is seen, as a file; what its rows are, as types; a client."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nexus_admin.cli.clients.writing import generate_client
from nexus_admin.cli.opening import HERE, Project, State, opened
from nexus_admin.domain.dataclass import dataclass

if TYPE_CHECKING:
    from nexus_admin.domain.resource import Field, Resource, Schema
    from nexus_admin.kernel.kernel import Kernel

generate = typer.Typer(no_args_is_help=True, help="Write files that are yours to change.")
generate.command("client")(generate_client)


@generate.command("crud")
def generate_crud(
    table: Annotated[str, typer.Argument(help="The table.")],
    source: Annotated[str | None, typer.Option(help="Its data source; may be left out where there is one.")] = None,
    state: State = None,
    project: Project = HERE,
) -> None:
    """Write resources/SOURCE/TABLE.toml: titles, columns, search and kinds as they are seen now."""
    from nexus_admin.domain.address import segment
    from nexus_admin.domain.errors import Refused

    schema = _schema(project, state, source)
    resource = schema.resource(table)
    path = project / "resources" / segment(schema.source) / f"{segment(resource.name)}.toml"
    if path.exists():
        raise Refused(f"{path} is there already. Change it, or remove it first.")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines(resource)) + "\n", "utf-8")
    typer.echo(f"{path} is written. What it says is laid over {schema.source}.{resource.name} at the next start.")


@generate.command("types")
def generate_types(
    source: Annotated[str | None, typer.Option(help="The data source; may be left out where there is one.")] = None,
    out: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("types"),
    check: Annotated[bool, typer.Option("--check", help="Write nothing: show what differs, and end with 1.")] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on, and write them anew when the structure changes.")
    ] = False,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks, with --watch.")] = 5,
    state: State = None,
    project: Project = HERE,
) -> None:
    """Write what the rows of every table are: pydantic models, and TypeScript declarations; anew each time.

    What differs from the files that are there is shown as a diff of the types.
    """
    from nexus_admin.cli.type_text import differences, texts

    with _opened_source(project, state, source) as found:
        while True:
            wanted = texts(found.read(), out)
            changed = [path for path, text in wanted.items() if differences(path, text)]
            for path in changed:
                if path.exists():
                    typer.echo("\n".join(differences(path, wanted[path])))
                if not check:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(wanted[path], "utf-8")
            if check and changed:
                raise typer.Exit(1)
            if not check:
                for path in wanted if not watch else changed:
                    typer.echo(f"{path} is written.")
            if not watch:
                return
            time.sleep(every)


def lines(resource: Resource) -> Iterator[str]:
    """Yield the lines of the file that says of *resource* what is so already."""
    from nexus_admin.dashboards.toml_text import toml_key

    yield f"# How {resource.name} is seen. Whatever is left out stays as Nexus found it."
    yield from _pairs({
        "title": resource.title, "singular": resource.singular, "names": list(resource.title_fields),
        "list": list(resource.list_fields), "search": list(resource.search_fields),
    })  # fmt: skip
    for field in resource.fields:
        yield ""
        yield f"[fields.{toml_key(field.name)}]"
        yield from _pairs(_of(field))


def _of(field: Field) -> dict[str, Any]:
    """What a file says of a field: what is usual is left out."""
    said: dict[str, Any] = {"title": field.title, "kind": field.kind}
    if field.unit:
        said["unit"] = field.unit
    if field.tucked:
        said["hidden"] = True
    if field.secret:
        said["secret"] = True
    return said


def _pairs(said: dict[str, Any]) -> Iterator[str]:
    from nexus_admin.dashboards.toml_text import toml_value

    yield from (f"{key} = {toml_value(value)}" for key, value in said.items() if value not in ("", None))


def _schema(project: Path, state: str | None, source: str | None) -> Schema:
    """Return the schema of the source that is meant; errors as `_opened_source`."""
    with _opened_source(project, state, source) as found:
        return found.schema


@dataclass(frozen=True)
class _Source:
    """The source that is meant, open."""

    kernel: Kernel
    name: str

    @property
    def schema(self) -> Schema:
        return self.kernel.sources.get(self.name).schema

    def read(self) -> Schema:
        """Return its schema as its database has it now."""
        self.kernel.connector.again(self.kernel.sources.status(self.name))
        return self.schema


@contextmanager
def _opened_source(project: Path, state: str | None, source: str | None) -> Iterator[_Source]:
    """Open the source that is meant, until the block ends.

    Raises:
        Refused: none is named, and there is not exactly one.
    """
    from nexus_admin.domain.errors import Refused

    with opened(project, state, connect=True) as kernel:
        names = kernel.sources.names()
        if source is None and len(names) != 1:
            there = f"There are {', '.join(names)}." if names else "There is none: nexus add datasource."
            raise Refused(f"Say with --source which data source is meant. {there}")
        yield _Source(kernel, source or names[0])
