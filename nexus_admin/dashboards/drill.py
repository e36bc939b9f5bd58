"""From a mark to the rows behind it: the condition that a group's rows satisfy, and the address of their list."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from uuid import UUID

from nexus_admin.domain.errors import NexusError
from nexus_admin.domain.expression import And, Comparison, Expression, Not, Or
from nexus_admin.domain.kinds import operators
from nexus_admin.domain.query import Query, Result, ResultColumn
from nexus_admin.domain.resource import Schema
from nexus_admin.domain.row import Masked, Unreadable
from nexus_admin.domain.target import Target
from nexus_admin.language.json_form import to_json
from nexus_admin.language.text import parse, print_text
from nexus_admin.language.values import plain_number
from nexus_admin.sdk.steps import step_after

MAX_ADDRESS = 6000
"""Signs of an address that every browser and proxy passes on."""


class NoWay(Exception):
    """The rows of a mark cannot be named: a value that grouped them is masked or cannot be compared."""


def links(query: Query, result: Result, schema: Schema) -> tuple[str | None, ...]:
    """Return for each row of *result* the address of the list of exactly the rows behind it."""
    return tuple(link(query, result.columns, row, schema) for row in result.rows)


def link(query: Query, columns: Sequence[ResultColumn], row: Sequence[Any], schema: Schema) -> str | None:
    """Return the address of the rows behind one *row*; None where they cannot be named."""
    try:
        return address(query.source, query.resource, behind(query, columns, row), schema)
    except (NoWay, OverflowError):
        return None


def behind(query: Query, columns: Sequence[ResultColumn], row: Sequence[Any]) -> Expression | None:
    """Return what holds for exactly the rows that made *row*; None for all rows.

    Raises:
        NoWay: they cannot be named.
    """
    parts: list[Expression] = [] if query.where is None else [query.where]
    for one, column, value in zip(query.dimensions, columns, row, strict=False):
        parts += _of(one.path, column, value)
    return all_of((*parts, *_counted(query)))


def _counted(query: Query) -> list[Expression]:
    """Return what holds for rows that a measure looks at, where each of them looks only at some."""
    counted = [one.where for one in query.measures]
    different = list(dict.fromkeys(one for one in counted if one is not None))
    if not different or None in counted:
        return []
    return [different[0] if len(different) == 1 else Or(tuple(different))]


def others(query: Query, result: Result, schema: Schema) -> str | None:
    """Return the address of the rows beyond the limit: those in no group that is shown; None where it cannot be."""
    try:
        shown = _shown(query, result)
        where = all_of((query.where, *shown, *_counted(query)))
        found = address(query.source, query.resource, where, schema)
    except (NoWay, OverflowError):
        return None
    return found if len(found) <= MAX_ADDRESS else None


def _shown(query: Query, result: Result) -> list[Expression]:
    """Return what holds for rows of no group of *result*; NULL is a group like others."""
    rows = [row[: len(query.dimensions)] for row in result.rows]
    column = result.columns[0]
    if len(query.dimensions) == 1 and column.grain is None and "not_in" in operators(column.kind):
        path = query.dimensions[0].path
        values = tuple(scalar(value) for (value,) in rows if _nameable(value))
        parts: list[Expression] = [Comparison(path, "not_in", values)] if values else []
        return parts + [Comparison(path, "not_null") for (value,) in rows if value is None]
    each = [
        all_of(part for one, column, value in zip(query.dimensions, result.columns, row, strict=False)
               for part in _of(one.path, column, value))
        for row in rows
    ]  # fmt: skip
    return [Not(Or(tuple(one for one in each if one is not None)))]


def _nameable(value: Any) -> bool:
    if isinstance(value, Masked | Unreadable):
        raise NoWay
    return value is not None


def all_of(parts: Iterable[Expression | None]) -> Expression | None:
    """Return what satisfies all *parts*, flat and each once; None where there are none."""
    flat: list[Expression] = []
    for part in parts:
        for one in part.items if isinstance(part, And) else (part,):
            if one is not None and one not in flat:
                flat.append(one)
    return None if not flat else flat[0] if len(flat) == 1 else And(tuple(flat))


def address(source: str, resource: str, where: Expression | None, schema: Schema) -> str:
    """Return the address of the list of *resource* with the filter *where*, as text where that says the same."""
    plain = Target(source, resource).path
    if where is None:
        return plain
    return f"{plain}?filter={quote(_text(where, schema, resource), safe='')}"


def _text(where: Expression, schema: Schema, resource: str) -> str:
    try:
        text = print_text(where, schema, resource)
        if not text.startswith("{") and parse(text, schema, resource) is not None:
            return text
    except NexusError:
        pass
    return json.dumps(to_json(where), ensure_ascii=False, separators=(",", ":"))


def _of(path: tuple[str, ...], column: ResultColumn, value: Any) -> list[Expression]:
    if value is None:
        return [Comparison(path, "is_null")]
    if isinstance(value, Masked | Unreadable):
        raise NoWay
    if column.grain is None:
        return [Comparison(path, "eq", scalar(value))]
    if not isinstance(value, date):
        raise NoWay
    end = step_after(value, column.grain)
    if isinstance(value, datetime):
        return [Comparison(path, "ge", scalar(value)), Comparison(path, "lt", scalar(end))]
    last = end - timedelta(days=1)
    if last == value:
        return [Comparison(path, "eq", scalar(value))]
    return [Comparison(path, "between", (scalar(value), scalar(last)))]


def scalar(value: Any) -> Any:
    """Return the JSON scalar that a comparison holds for *value*; times without an offset are meant in UTC.

    Raises:
        NoWay: there is none.
    """
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, float | Decimal):
        number = Decimal(repr(value)) if isinstance(value, float) else value
        if number.is_finite():
            return plain_number(number)
    elif isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    elif isinstance(value, date):
        return value.isoformat()
    elif isinstance(value, UUID):
        return str(value)
    raise NoWay
