"""Asking: a question is checked, compiled, executed and its answer shaped. The last two steps are given by others."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any, Generic, TypeVar

from nexus_admin.analytics.check import check_query
from nexus_admin.analytics.columns import with_default
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.kinds import family
from nexus_admin.domain.query import Others, Query, Result, ResultColumn
from nexus_admin.domain.resource import Schema
from nexus_admin.language.paths import Decide

Prepared = TypeVar("Prepared")


@dataclass(frozen=True)
class Ask(Generic[Prepared]):
    """One actor's way to ask one source.

    Args:
        schema: Of the source.
        decide: The decision on a resource's rows; None where the house itself asks.
        compile: `compile(query) -> statement`; adds the row rules.
        execute: `execute(statement) -> rows` in the order of dimensions, then measures.
    """

    schema: Schema
    decide: Decide | None
    compile: Callable[[Query], Prepared]
    execute: Callable[[Prepared], Iterable[Sequence[Any]]]

    def __call__(self, query: Query) -> Result:
        """Answer *query*.

        Raises:
            UnknownField, BadExpression, BadRequest: as `check_query`.
            SourceFailed, SourceTimeout, …: as *execute* does.
        """
        query = with_default(query)
        columns = check_query(query, self.schema, self.decide)
        statement = self.compile(replace(query, limit=query.limit + 1))
        begun = time.perf_counter()
        rows = list(self.execute(statement))
        width, took_ms = len(columns), (time.perf_counter() - begun) * 1000
        result = shape(query, columns, [row[:width] for row in rows] if query.others else rows, took_ms)
        if not (query.others and result.truncated):
            return result
        measured = columns[len(query.dimensions) :]
        groups, *values = rows[0][width:]
        left = (shaped(value, column) for value, column in zip(values, measured, strict=True))
        return replace(result, others=Others(int(groups), tuple(left)))


def shape(query: Query, columns: Sequence[ResultColumn], rows: Sequence[Sequence[Any]], took_ms: float) -> Result:
    """Return the answer made of *rows*, of which there may be one more than the question's limit."""
    kept = tuple(
        tuple(shaped(value, column) for value, column in zip(row, columns, strict=True)) for row in rows[: query.limit]
    )
    return Result(tuple(columns), kept, took_ms, truncated=len(rows) > query.limit)


def shaped(value: Any, column: ResultColumn) -> Any:
    """Return *value* as its column's kind has it: whole counts, exact money, the first day of a step."""
    if value is None:
        return None
    if column.grain is not None:
        return _step(value, column.grain)
    if column.kind == "integer" and isinstance(value, float | Decimal) and value == int(value):
        return int(value)
    if column.kind == "money" and isinstance(value, float):
        return _cents(value)
    if isinstance(value, Decimal) and family(column.kind) == "number":
        return _readable(value)
    return value


def _step(value: Any, grain: str) -> Any:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return value
    if isinstance(value, datetime):
        return value if grain == "hour" else value.date()
    return value if isinstance(value, date) else str(value)


def _cents(value: float) -> Decimal | float:
    """A database that adds money up as floats is off in the sixteenth digit: cut what it cannot know."""
    try:
        near = Decimal(repr(value)).quantize(Decimal("0.0001"), ROUND_HALF_EVEN)
        cents = near.quantize(Decimal("0.01"))
        return cents if cents == near else near
    except InvalidOperation:
        return value


def _readable(value: Decimal) -> Decimal:
    """An average of money may come with thirty digits: more than ten after the point say nothing."""
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -10:
        try:
            return value.quantize(Decimal(1).scaleb(-10), ROUND_HALF_EVEN)
        except InvalidOperation:
            return value
    return value
