"""What makes a question valid: every part is named when it is not, with its nearest neighbour."""

from __future__ import annotations

from collections.abc import Iterable

from nexus_admin.analytics.columns import RESULT, columns_of, result_schema, with_default
from nexus_admin.domain.errors import BadRequest, UnknownField
from nexus_admin.domain.expression import And, Comparison, Expression, Not, Or
from nexus_admin.domain.kinds import GRAINS, family
from nexus_admin.domain.nearest import did_you_mean
from nexus_admin.domain.query import MAX_LIMIT, Dimension, Measure, Query, ResultColumn
from nexus_admin.domain.resource import Schema
from nexus_admin.language.check import check as check_expression
from nexus_admin.language.names import join_path
from nexus_admin.language.paths import Decide, Sight

MAX_PARTS = 20
"""Dimensions, and measures, that one question may have."""

ADDITIVE = ("count", "sum")
"""Functions of which the groups that are left over have one number together."""

_SUMMABLE = ("sum", "avg", "median")
_ORDERED = frozenset({"number", "date", "datetime", "time", "text", "choice"})


def check_query(query: Query, schema: Schema, decide: Decide | None = None) -> tuple[ResultColumn, ...]:
    """Return the columns of the answer when *query* is valid.

    Args:
        query: The question.
        schema: Of its source.
        decide: The decision on a resource's rows; None where the house itself asks. A field that may not be
            read is answered exactly like one that is not there.

    Raises:
        UnknownResource, UnknownField, UnknownOperator: name the part and its nearest neighbour.
        BadExpression: a filter is wrong.
        BadRequest: anything else is, e.g. two columns share a name.
    """
    query = with_default(query)
    sight = Sight(schema, decide)
    schema.resource(query.resource)
    _sizes(query)
    columns = columns_of(query, sight)
    for dimension, column in zip(query.dimensions, columns, strict=False):
        _dimension(dimension, sight, query.resource, column)
    for measure in query.measures:
        _measure(measure, sight, query.resource)
    _names(columns)
    if query.others:
        _others(query)
    for filtered in (query.where, *(one.where for one in query.measures)):
        if filtered is not None:
            _filter(filtered, schema, query.resource, decide)
    if query.having is not None:
        _having(query.having, query, columns)
    for name in query.sort:
        plain = name.removeprefix("-")
        if plain not in {one.name for one in columns}:
            raise UnknownField(plain, "The query's result", [one.name for one in columns])
    return columns


def _sizes(query: Query) -> None:
    if not 1 <= query.limit <= MAX_LIMIT:
        raise BadRequest(f"The query's limit is {query.limit}. It must be between 1 and {MAX_LIMIT:,}.")
    for what, found in (("dimensions", query.dimensions), ("measures", query.measures), ("sort", query.sort)):
        if len(found) > MAX_PARTS:
            raise BadRequest(f"The query has {len(found)} {what}. It may have {MAX_PARTS} at most.")


def _others(query: Query) -> None:
    if not query.dimensions:
        raise BadRequest("The query wants its others, but groups by nothing. It needs a dimension.")
    for measure in query.measures:
        if measure.fn not in ADDITIVE:
            raise BadRequest(f"{measure.name}: {measure.fn} of others is no sum. Only {' and '.join(ADDITIVE)} add up.")


def _dimension(one: Dimension, sight: Sight, resource: str, column: ResultColumn) -> None:
    field = sight.way(sight.schema.resource(resource), one.path).field
    kind = family(field.kind)
    if field.encrypted:
        raise BadRequest(f"{join_path(one.path)} is encrypted, so nothing can be grouped by it.")
    if one.grain is None:
        if kind in ("json", "opaque", "bytes", "shown", "array"):
            raise BadRequest(f"{join_path(one.path)} ({field.kind}) cannot be grouped by.")
        return
    if one.grain not in GRAINS:
        hint = did_you_mean(one.grain, GRAINS, f"There are: {', '.join(GRAINS)}.")
        raise BadRequest(f"{column.name} cannot be cut by {one.grain!r}.{hint}")
    if kind not in ("date", "datetime"):
        raise BadRequest(f"{join_path(one.path)} ({field.kind}) is no date and cannot be cut by {one.grain}.")
    if one.grain == "hour" and kind == "date":
        raise BadRequest(f"{join_path(one.path)} is a date without hours. Cut it by day.")


def _measure(one: Measure, sight: Sight, resource: str) -> None:
    if one.path is None:
        if one.fn != "count":
            raise BadRequest(f"{one.name}: {one.fn} needs a field.")
        return
    field = sight.way(sight.schema.resource(resource), one.path).field
    kind = family(field.kind)
    if field.encrypted and one.fn != "count":
        raise BadRequest(f"{one.name}: {join_path(one.path)} is encrypted, so it has no {one.fn}.")
    if one.fn in _SUMMABLE and (kind != "number" or (field.kind == "year" and one.fn == "sum")):
        raise BadRequest(f"{one.name}: {join_path(one.path)} ({field.kind}) has no {one.fn}.")
    if one.fn in ("min", "max") and kind not in _ORDERED:
        raise BadRequest(f"{one.name}: {join_path(one.path)} ({field.kind}) has no {one.fn}.")
    if one.fn == "count_distinct" and kind in ("json", "opaque", "bytes", "shown", "array"):
        raise BadRequest(f"{one.name}: different values of {join_path(one.path)} ({field.kind}) cannot be counted.")


def _names(columns: tuple[ResultColumn, ...]) -> None:
    seen: set[str] = set()
    for one in columns:
        if not one.name or len(one.name) > 200 or one.name.startswith("-"):
            raise BadRequest(
                f"{one.name[:60]!r} cannot be a column's name: it is empty, too long or begins with a dash."
            )
        if one.name in seen:
            raise BadRequest(f"Two columns of the query are called {one.name!r}. Give one another name with 'as'.")
        seen.add(one.name)


def _filter(where: Expression, schema: Schema, resource: str, decide: Decide | None) -> None:
    check_expression(where, schema, resource, decide)


def _having(having: Expression, query: Query, columns: tuple[ResultColumn, ...]) -> None:
    known = [one.name for one in columns]
    for one in _comparisons(having):
        if len(one.path) != 1 or one.path[0] not in known:
            raise UnknownField(join_path(one.path), "The query's result", known)
    check_expression(having, result_schema(query, columns), RESULT, None)


def _comparisons(having: Expression) -> Iterable[Comparison]:
    if isinstance(having, Comparison):
        yield having
    elif isinstance(having, And | Or):
        for item in having.items:
            yield from _comparisons(item)
    elif isinstance(having, Not):
        yield from _comparisons(having.item)
    else:
        raise BadRequest("A condition on the result compares its columns; it cannot walk relations or search.")
