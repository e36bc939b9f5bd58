"""The columns of an answer: what kind each one is, and what people read above it."""

from __future__ import annotations

from dataclasses import replace

from nexus_admin.domain.query import Dimension, Function, Measure, Query, ResultColumn
from nexus_admin.domain.resource import Field, Resource, Schema
from nexus_admin.language.paths import Sight, Way

COUNTS: tuple[Function, ...] = ("count", "count_distinct")
RESULT = "result"
"""How sentences about `having` and `sort` call the answer."""

_WORDS: dict[Function, str] = {
    "count_distinct": "Different",
    "sum": "Sum of",
    "avg": "Average",
    "min": "Least",
    "max": "Most",
    "median": "Median",
}


def with_default(query: Query) -> Query:
    """Return *query*, counting where it names neither dimensions nor measures."""
    if query.dimensions or query.measures:
        return query
    return replace(query, measures=(Measure("count", "count"),))


def columns_of(query: Query, sight: Sight) -> tuple[ResultColumn, ...]:
    """Return the columns of the answer to *query*: dimensions, then measures.

    Raises:
        UnknownField: a path leads nowhere, or to what the actor may not read.
        BadExpression: a path walks over many rows.
    """
    query = with_default(query)
    resource = sight.schema.resource(query.resource)
    return (
        *(_of_dimension(one, sight.way(resource, one.path)) for one in query.dimensions),
        *(_of_measure(one, sight.way(resource, one.path) if one.path else None) for one in query.measures),
    )


def result_schema(query: Query, columns: tuple[ResultColumn, ...]) -> Schema:
    """Return a schema with one resource, the answer itself: what `having` is read and checked against."""
    fields = tuple(Field(one.name, one.title or one.name, one.kind, unit=one.unit) for one in columns)
    answer = Resource(query.source, RESULT, RESULT, "Result", "Group", fields=fields)
    return Schema(query.source, "", {RESULT: answer})


def _of_dimension(one: Dimension, way: Way) -> ResultColumn:
    field = way.field
    kind = field.kind if one.grain is None else "datetime" if one.grain == "hour" else "date"
    unit = field.unit if one.grain is None else None
    whole = one.grain is None and _whole_days(field)
    names = bool(field.key or field.relation)
    return ResultColumn(one.name, kind, unit, one.path, one.grain, _title(way), field.choices, whole, names)


def _of_measure(one: Measure, way: Way | None) -> ResultColumn:
    if way is None or one.fn in COUNTS:
        title = "Count" if way is None else f"{_WORDS.get(one.fn, 'Count of')} {_title(way)}"
        return ResultColumn(one.name, "integer", None, one.path, None, _own(one) or title)
    kind = way.field.kind
    if one.fn in ("avg", "median") and kind in ("integer", "year"):
        kind = "decimal"
    title = _own(one) or f"{_WORDS[one.fn]} {_title(way)}"
    return ResultColumn(one.name, kind, way.field.unit, one.path, None, title, None, _whole_days(way.field))


def _whole_days(field: Field) -> bool:
    return bool(field.options.get("whole_days"))


def _own(one: Measure) -> str:
    """The name that somebody chose, as a title; nothing where it is one that we make up ourselves."""
    return "" if one.name in (default_name(one.fn, one.path), one.fn, "value") else humanised(one.name)


def default_name(fn: str, path: tuple[str, ...] | None) -> str:
    """Return what a measure is called where nobody gave it a name: `count`, `sum_total`, `avg_customer_age`."""
    return "_".join((fn, *(path or ())))


def humanised(name: str) -> str:
    """Return *name* as people write it, unless somebody already did: `new_orders` -> `New orders`."""
    if " " in name or name != name.lower():
        return name
    plain = name.replace("_", " ").strip()
    return plain[:1].upper() + plain[1:] or name


def _title(way: Way) -> str:
    return " › ".join([*(one.title for one in way.relations), way.field.title])
