"""The JSON form of a question, as `POST /api/v1/query` takes it, and of its answer.

{"source": "shop", "resource": "orders", "filter": <expression as JSON or text> | null,
 "dimensions": [{"field": "customer.country"}, {"field": "placed_at", "grain": "month", "as": "month"}],
 "measures": [{"fn": "sum", "field": "total", "filter": null, "as": "revenue"}],
 "having": <expression over the names> | null, "sort": ["-revenue", "month"], "limit": 100,
 "others": false}
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, cast, get_args

from nexus_admin.analytics.columns import RESULT, columns_of, default_name, result_schema
from nexus_admin.domain.errors import BadRequest
from nexus_admin.domain.expression import Expression
from nexus_admin.domain.nearest import did_you_mean
from nexus_admin.domain.query import DEFAULT_LIMIT, MAX_LIMIT, Dimension, Function, Measure, Query, Result
from nexus_admin.domain.resource import Schema
from nexus_admin.domain.row import Masked, Unreadable
from nexus_admin.language.json_form import from_json, to_json
from nexus_admin.language.names import join_path, split_path
from nexus_admin.language.paths import Decide, Sight
from nexus_admin.language.text import parse

FUNCTIONS: tuple[str, ...] = get_args(Function)
_PARTS = ("source", "resource", "filter", "dimensions", "measures", "having", "sort", "limit", "others")


def read_query(body: Any, schema_of: Callable[[str], Schema], decide: Decide | None = None) -> Query:
    """Return the question that *body* asks; `check_query` says whether its source can answer it.

    Args:
        body: Parsed JSON.
        schema_of: The schema of the source of that name; raises UnknownSource.
        decide: As for `check_query`; needed only to read `having` as text.

    Raises:
        BadRequest: a part is unknown, missing or of the wrong shape; names it and its nearest neighbour.
        BadExpression, UnknownField: a filter cannot be read.
    """
    told = _object(body, "The query", _PARTS)
    source = _text(told, "source", "The query")
    resource = _text(told, "resource", "The query")
    schema = schema_of(source)
    schema.resource(resource)
    query = Query(
        source,
        resource,
        _expression(told.get("filter"), schema, resource),
        tuple(_dimension(one, at) for at, one in enumerate(_list(told, "dimensions"))),
        tuple(_measure(one, at, schema, resource) for at, one in enumerate(_list(told, "measures"))),
        sort=tuple(_name(one, "sort") for one in _list(told, "sort")),
        limit=_limit(told.get("limit")),
        others=_whether(told.get("others"), "others"),
    )
    having = told.get("having")
    if having is None:
        return query
    if isinstance(having, str):
        answer = result_schema(query, columns_of(query, Sight(schema, decide)))
        return replace(query, having=parse(having, answer, RESULT))
    return replace(query, having=from_json(having))


def write_query(query: Query) -> dict[str, Any]:
    """Return *query* as JSON; `read_query` gives the same one back."""
    return {
        "source": query.source,
        "resource": query.resource,
        "filter": None if query.where is None else to_json(query.where),
        "dimensions": [
            {"field": join_path(one.path), "as": one.name} | ({"grain": one.grain} if one.grain else {})
            for one in query.dimensions
        ],
        "measures": [
            {
                "fn": one.fn,
                "field": join_path(one.path) if one.path else None,
                "filter": None if one.where is None else to_json(one.where),
                "as": one.name,
            }
            for one in query.measures
        ],
        "having": None if query.having is None else to_json(query.having),
        "sort": list(query.sort),
        "limit": query.limit,
        "others": query.others,
    }


def write_result(result: Result) -> dict[str, Any]:
    """Return *result* as JSON: exact decimals as text, dates in ISO form, masked values as their shape."""
    answer: dict[str, Any] = {
        "columns": [
            {"name": one.name, "kind": one.kind, "title": one.title or one.name}
            | ({"unit": one.unit} if one.unit else {})
            | ({"grain": one.grain} if one.grain else {})
            for one in result.columns
        ],
        "rows": [[json_value(value) for value in row] for row in result.rows],
        "took_ms": round(result.took_ms, 3),
        "truncated": result.truncated,
    }
    if result.others is not None:
        left = result.others
        answer["others"] = {"groups": left.groups, "values": [json_value(value) for value in left.values]}
    return answer if result.sampled is None else answer | {"sampled": result.sampled}


def json_value(value: Any) -> Any:
    """Return *value*, as rows have it, as JSON has it."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() else None
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Masked):
        return {"masked": value.shape}
    if isinstance(value, Mapping):
        return {str(name): json_value(inner) for name, inner in value.items()}
    if isinstance(value, Sequence):
        return [json_value(inner) for inner in value]
    return value.text if isinstance(value, Unreadable) else str(value)


def _object(told: Any, what: str, parts: Iterable[str]) -> Mapping[str, Any]:
    if not isinstance(told, Mapping):
        raise BadRequest(f"{what} must be a JSON object, not {_kind(told)}.")
    for part in told:
        if part not in parts:
            hint = did_you_mean(str(part), parts, f"It has: {', '.join(parts)}.")
            raise BadRequest(f"{what} has no part called {str(part)[:60]!r}.{hint}")
    return told


def _text(told: Mapping[str, Any], part: str, what: str) -> str:
    value = told.get(part)
    if not isinstance(value, str) or not value:
        missing = "is missing" if value is None else f"must be a text, not {_kind(value)}"
        raise BadRequest(f"{what}: {part!r} {missing}.")
    return value


def _list(told: Mapping[str, Any], part: str) -> Sequence[Any]:
    value = told.get(part)
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise BadRequest(f"The query: {part!r} must be a list, not {_kind(value)}.")
    return value


def _name(told: Any, what: str) -> str:
    if not isinstance(told, str) or not told:
        raise BadRequest(f"The query: {what!r} holds {_kind(told)} where a name is needed.")
    return told


def _limit(told: Any) -> int:
    if told is None:
        return DEFAULT_LIMIT
    if isinstance(told, bool) or not isinstance(told, int) or not 1 <= told <= MAX_LIMIT:
        raise BadRequest(f"The query: 'limit' must be a whole number between 1 and {MAX_LIMIT:,}.")
    return told


def _whether(told: Any, part: str) -> bool:
    if told is not None and not isinstance(told, bool):
        raise BadRequest(f"The query: {part!r} must be true or false, not {_kind(told)}.")
    return bool(told)


def _dimension(told: Any, at: int) -> Dimension:
    what = f"Dimension {at + 1} of the query"
    if isinstance(told, str):
        told = {"field": told}
    parts = _object(told, what, ("field", "grain", "as"))
    path = split_path(_text(parts, "field", what))
    grain = None if parts.get("grain") is None else _text(parts, "grain", what)
    plain = join_path(path) if grain is None else "_".join((*path, grain))
    return Dimension(path, plain if parts.get("as") is None else _text(parts, "as", what), grain)


def _measure(told: Any, at: int, schema: Schema, resource: str) -> Measure:
    what = f"Measure {at + 1} of the query"
    parts = _object(told, what, ("fn", "field", "filter", "as"))
    fn = _text(parts, "fn", what)
    if fn not in FUNCTIONS:
        hint = did_you_mean(fn, FUNCTIONS, f"There are: {', '.join(FUNCTIONS)}.")
        raise BadRequest(f"{what}: there is no function called {fn[:60]!r}.{hint}")
    path = None if parts.get("field") is None else split_path(_text(parts, "field", what))
    name = default_name(fn, path) if parts.get("as") is None else _text(parts, "as", what)
    return Measure(cast(Function, fn), name, path, _expression(parts.get("filter"), schema, resource))


def _expression(told: Any, schema: Schema, resource: str) -> Expression | None:
    if told is None or told == "":
        return None
    return parse(told, schema, resource) if isinstance(told, str) else from_json(told)


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    words = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "a text",
        list: "a list",
        dict: "an object",
    }
    return words.get(type(value), "something else")
