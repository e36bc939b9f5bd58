"""`nexus inspect`: what is in a database, as people and programs see it, before or after anybody connected it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from nexus_admin.cli.opening import HERE, State, opened

Where = Annotated[str, typer.Argument(help="A database's URL or file, or the name of a source of the project.")]
MANY = 6
"""Choices that one line has room for."""


def inspect(
    where: Where,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, as GET /api/v1/{source} answers.")] = False,
    name: Annotated[str | None, typer.Option(help="What the source is called; its database's name where none.")] = None,
    state: State = None,
    project: Annotated[Path | None, typer.Option(help="A folder whose files and extensions count too.")] = None,
) -> None:
    """Show what is in a database: tables, titles, kinds, relations, guesses. The database is only read."""
    told = _looked_at(where, name, state, project)
    typer.echo(json.dumps(told, indent=2, ensure_ascii=False) if as_json else "\n".join(_lines(told)))


def _looked_at(where: str, name: str | None, state: str | None, project: Path | None) -> dict[str, Any]:
    """Describe a database by itself, or as a project sees it, whose state is opened then."""
    from nexus_admin.cli.main import name_of
    from nexus_admin.data.describe import describe
    from nexus_admin.data.drivers.opening import open_engine
    from nexus_admin.data.introspect import introspect

    address = any(mark in where for mark in ("://", "/", "\\", ".")) or Path(where).is_file()
    called = (name or name_of(where)) if address else where
    if address and state is None and project is None:
        return describe(introspect(open_engine(where, read_only=True), called))
    urls = ((called, where),) if address else ()
    with opened(project or HERE, state, connect=True, urls=urls) as kernel:
        return describe(kernel.sources.get(called).schema)


def _lines(told: dict[str, Any]) -> Iterator[str]:
    tables = told["resources"]
    yield f"{told['source']}: {told['dialect']}, {len(tables)} {'table' if len(tables) == 1 else 'tables and views'}"
    for one in tables:
        yield ""
        yield f"{one['name']}: {', '.join(_about(one))}"
        width = max((len(field["name"]) for field in one["fields"]), default=0)
        yield from (f"  {field['name']:<{width}}  {', '.join(_kind(field))}" for field in one["fields"])
        yield from (f"  → {_relation(relation)}" for relation in one["relations"])
    if told["unsure"]:
        yield ""
        yield "Not sure of:"
        yield from (f"  {sentence}" for sentence in told["unsure"])


def _about(one: dict[str, Any]) -> Iterator[str]:
    yield one["label"] if one["type"] == "table" else f"{one['label']} (a {one['type']})"
    if one["estimated_rows"] is not None:
        yield f"about {one['estimated_rows']:,} rows"
    yield f"key {' + '.join(one['key'])}" if one["key"] else "no key"
    if one["title"]:
        yield f"titled by {' + '.join(one['title'])}"
    if not one["writable"]:
        yield f"read-only: {one['why_read_only']}"


def _kind(field: dict[str, Any]) -> Iterator[str]:
    yield field["kind"]
    if field["choices"]:
        more = len(field["choices"]) - MANY
        yield f"one of {' | '.join(map(str, field['choices'][:MANY]))}{f' and {more} more' if more > 0 else ''}"
    if field["relation"]:
        yield f"leads to {field['relation']['resource']}.{field['relation']['field']}"
    if field["required"]:
        yield "required"
    if field["secret"]:
        yield "secret"
    if field["because"]:
        yield f"a guess: {field['because'].rstrip('.')}"


def _relation(relation: dict[str, Any]) -> str:
    many = "many rows" if relation["many"] else "one row"
    guessed = "" if relation["declared"] else f", undeclared: {relation['evidence']}"
    return f"{relation['name']}: {many} of {relation['to']}{guessed}"
