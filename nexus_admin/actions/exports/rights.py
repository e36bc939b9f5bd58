"""The rights that a file of rows was written with, as one text: the same as long as whoever asked sees the same.

It is made of the decisions about every table that the file tells anything of, and of what is secret in its columns.
Whatever changes there, the file is withheld: it was written for somebody who saw something else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from nexus_admin.access import Access
from nexus_admin.actions.exports.export import ExportInput
from nexus_admin.data.source import DataSource
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.expression import And, Comparison, Count, Expression, Not, Or, Quantified
from nexus_admin.domain.resource import Resource, Schema
from nexus_admin.language.names import listed_paths, split_path
from nexus_admin.language.url import read_filter


def rights_of(access: Access, actor: Actor, source: DataSource, resource: Resource, asked: ExportInput) -> str:
    """Return what *actor* sees now of what *asked* is about.

    Raises:
        UnknownField, BadExpression, UnknownResource: it is about what is not there any more.
    """
    schema = source.schema
    told = [access.decide(actor, "rows.export", source.name, resource).fingerprint]
    for name in sorted(tables_of(schema, resource, asked)):
        table = schema.resource(name)
        secret = sorted(one.name for one in table.fields if one.secret or one.encrypted)
        told.append(repr((name, access.decide(actor, "row.list", source.name, table).fingerprint, secret)))
    return hashlib.sha256("\n".join(told).encode("utf-8", "surrogatepass")).hexdigest()


def tables_of(schema: Schema, resource: Resource, asked: ExportInput) -> set[str]:
    """Return the names of the tables that columns, filter and sort of an export reach; its own is one of them."""
    found = {resource.name}
    for path in (*listed_paths(asked.fields), *(one.removeprefix("-") for one in listed_paths(asked.sort))):
        if path not in resource.by_name:
            found |= {one.name for one in _along(schema, resource, split_path(path)[:-1])}
    where = read_filter(asked.filter, schema, resource.name) if asked.filter else None
    return found | set(_reached(schema, resource, where)) if where is not None else found


def _along(schema: Schema, resource: Resource, steps: Iterable[str]) -> Iterator[Resource]:
    for step in steps:
        resource = schema.resource(resource.relation(step).to)
        yield resource


def _reached(schema: Schema, resource: Resource, where: Expression) -> Iterator[str]:
    match where:
        case And() | Or():
            for one in where.items:
                yield from _reached(schema, resource, one)
        case Not():
            yield from _reached(schema, resource, where.item)
        case Comparison():
            yield from (one.name for one in _along(schema, resource, where.path[:-1]))
        case Quantified() | Count():
            way = list(_along(schema, resource, where.path))
            yield from (one.name for one in way)
            if where.where is not None:
                yield from _reached(schema, way[-1], where.where)
        case _:
            return
