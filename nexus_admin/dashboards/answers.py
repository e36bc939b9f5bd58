"""What a function answers, as the rows of a result: a list of things with names, one such thing, or one value."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from pydantic import BaseModel

from nexus_admin.domain.query import Result, ResultColumn

MOST_ROWS, MOST_COLUMNS = 1_000, 50
VALUE = "value"
"""What the column of a bare value is called."""
KINDS: tuple[tuple[type, str], ...] = (
    (bool, "boolean"), (int, "integer"), (Decimal, "decimal"), (float, "decimal"), (datetime, "datetime"),
    (date, "date"), (time, "time"), (timedelta, "duration"),
)  # fmt: skip


def result_of(found: Any, took_ms: float = 0.0) -> Result:
    """Return *found* as a result: its first `MOST_ROWS` rows, and the columns of all of them, each with one kind.

    Args:
        found: Mappings, data classes, models or plain values, one or a list of them; None is no row.
        took_ms: How long it took.
    """
    listed = [] if found is None else [found] if _is_one(found) else list(islice(found, MOST_ROWS + 1))
    rows = [_named(one) for one in listed[:MOST_ROWS]]
    names = list(dict.fromkeys(name for row in rows for name in row))[:MOST_COLUMNS]
    columns = tuple(ResultColumn(name, _kind(row.get(name) for row in rows), title=_title(name)) for name in names)
    values = tuple(tuple(_plain(row.get(one.name), one.kind) for one in columns) for row in rows)
    return Result(columns, values, took_ms, truncated=len(listed) > MOST_ROWS)


def _is_one(found: Any) -> bool:
    return isinstance(found, str | bytes | Mapping | BaseModel) or not isinstance(found, Iterable)


def _named(one: Any) -> Mapping[str, Any]:
    if isinstance(one, BaseModel):
        return one.model_dump()
    if dataclasses.is_dataclass(one) and not isinstance(one, type):
        return {field.name: getattr(one, field.name) for field in dataclasses.fields(one)}
    return {str(name): value for name, value in one.items()} if isinstance(one, Mapping) else {VALUE: one}


def _kind(values: Iterable[Any]) -> str:
    """Return the kind of a column; one of several is a text, but for numbers among each other."""
    kinds = {_kind_of(value) for value in values if value is not None}
    if kinds == {"integer", "decimal"}:
        return "decimal"
    return kinds.pop() if len(kinds) == 1 else "text"


def _kind_of(value: Any) -> str:
    return next((kind for type, kind in KINDS if isinstance(value, type)), "text")


def _plain(value: Any, kind: str) -> Any:
    return value if value is None or kind != "text" else str(value)


def _title(name: str) -> str:
    return name.replace("_", " ").strip().capitalize() if name == name.lower() else name
