"""Fields that are there only under a condition: which of a row are not, decided by its own values in Python.

What the reader may not see decides nothing: then the field is there. So nobody learns from it what is hidden from them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, tzinfo
from typing import Any, Final

from nexus_admin.domain.errors import BadExpression
from nexus_admin.domain.expression import And, Comparison, Expression, Not, Or
from nexus_admin.domain.resource import Field, Resource, Schema
from nexus_admin.domain.row import Masked, Row, Unreadable
from nexus_admin.language.check import check
from nexus_admin.language.evaluate import evaluate
from nexus_admin.language.text import parse
from nexus_admin.language.values import typed_value
from nexus_admin.language.variables import Variables

OPTION: Final = "visible_when"
_TEXT: Final = re.compile(r"'((?:[^']|'')*)'(::[\w ]+(\(\d+\))?)?")


def condition(field: Field) -> str:
    """Return the condition under which *field* is there, "" for always."""
    return str(field.options.get(OPTION) or "")


def conditional(resource: Resource) -> list[Field]:
    """Return the fields that are there only under a condition."""
    return [one for one in resource.fields if condition(one)]


def read_condition(text: str, resource: Resource, schema: Schema) -> Expression:
    """Return what *text* says of a row of *resource*.

    Raises:
        BadExpression, UnknownField, UnknownOperator: it cannot be read, or needs more than the row's own columns.
    """
    found = parse(text, schema, resource.name)
    for path in _paths(found):
        if len(path) != 1 or resource.field(path[0]).computed or resource.field(path[0]).secret:
            raise BadExpression(f"{text!r}: a condition is about the row's own columns, such as status:paid.")
    check(found, schema, resource.name)
    return found


def _paths(expr: Expression) -> Iterator[tuple[str, ...]]:
    match expr:
        case Comparison():
            yield expr.path
        case And() | Or():
            for one in expr.items:
                yield from _paths(one)
        case Not():
            yield from _paths(expr.item)
        case _:
            yield ()


def deciding(schema: Schema, resource: Resource) -> frozenset[str]:
    """Return the names of the fields that conditions of *resource* look at."""
    found: set[str] = set()
    for one in conditional(resource):
        with suppress(BadExpression):
            found |= {path[0] for path in _paths(read_condition(condition(one), resource, schema))}
    return frozenset(found)


def unseen(
    schema: Schema,
    resource: Resource,
    row: Row,
    variables: Variables,
    reads: Callable[[str], bool] = lambda _name: True,
) -> frozenset[str]:
    """Return the names of the fields that are not there in *row*.

    Args:
        schema: Of the source.
        resource: What it is a row of.
        row: Its values; of what is not in it nothing is known.
        variables: Of whoever asks.
        reads: Whether they may read the field of that name.
    """
    return frozenset(
        one.name for one in conditional(resource) if not _holds(one, schema, resource, row, variables, reads)
    )


def _holds(
    field: Field, schema: Schema, resource: Resource, row: Row, variables: Variables, reads: Callable[[str], bool]
) -> bool:
    try:
        expr = read_condition(condition(field), resource, schema)
        names = {path[0] for path in _paths(expr)}
        if any(name not in row or not reads(name) or isinstance(row[name], Masked | Unreadable) for name in names):
            return True
        return evaluate(expr, row, schema, resource.name, variables)
    except BadExpression:
        return True


def new_row(resource: Resource, values: Mapping[str, Any]) -> Row:
    """Return a row that is being made of *values*: what is not given is its default where that is known, or nothing."""
    row: Row = {}
    for field in resource.fields:
        if values.get(field.name) is not None:
            row[field.name] = values[field.name]
        elif field.default is None:
            row[field.name] = None
        elif (known := _default(field)) is not None:
            row[field.name] = known
    return row


def _default(field: Field) -> Any:
    text = (field.default or "").strip()
    found = _TEXT.fullmatch(text)
    return typed(field, found[1].replace("''", "'") if found else text)


def typed(field: Field, text: Any, zone: tzinfo = UTC) -> Any:
    """Return the value that *text* means; None for none, and where it means nothing yet."""
    if text is None or (isinstance(text, str) and not text.strip()):
        return None
    try:
        return typed_value(field, text, zone)
    except BadExpression:
        return None
