"""What the operators take: one value, two, a list or none."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Final

from nexus_admin.domain.errors import BadExpression
from nexus_admin.domain.expression import MAX_VALUES, Variable
from nexus_admin.domain.kinds import family
from nexus_admin.domain.resource import Field
from nexus_admin.language.moments import read_period, read_span
from nexus_admin.language.names import join_path
from nexus_admin.language.values import refusal

COMPARE: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "eq": operator.eq,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}
OPPOSITES: Final = {"ne": "eq", "not_in": "in", "not_contains": "contains", "is_null": "not_null"}
"""Operators that hold exactly where another one does not, NULL included."""

COUNT_OPERATORS: Final = ("eq", "ne", "lt", "le", "gt", "ge", "between")
BARE_OPERATORS: Final = ("is_null", "not_null", "is_empty", "not_empty")
LIST_OPERATORS: Final = ("in", "not_in", "has_any", "has_all")
WHEN_OPERATORS: Final = ("in_last", "in_next", "in_period")


def count_field(path: tuple[str, ...]) -> Field:
    """Return what a count of the rows at the end of *path* is compared as."""
    return Field(f"{join_path(path)}.count", "", "integer")


def nothing(field: Field, op: str, value: Any) -> None:
    """Refuse a value where none belongs."""
    if value is not None:
        raise BadExpression(f"{field.name}: {op} takes no value.")


def bounds(field: Field, value: Any) -> tuple[Any, Any]:
    """Return the two values of `between`."""
    if not isinstance(value, tuple) or len(value) != 2:
        raise BadExpression(f"{field.name}: between takes two values.")
    return value


def listed(field: Field, op: str, value: Any) -> tuple[Any, ...]:
    """Return the members of a list; a variable alone is a list of one, which may stand for many."""
    if isinstance(value, Variable):
        return (value,)
    if not isinstance(value, tuple):
        raise BadExpression(f"{field.name}: {op} takes a list of values.")
    if len(value) > MAX_VALUES:
        raise BadExpression(f"{field.name}: a list may have {MAX_VALUES:,} values; this one has {len(value):,}.")
    return value


def plain_when(field: Field, op: str, value: Any) -> str:
    """Return the normal form of what `in_last`, `in_next` or `in_period` takes.

    Raises:
        BadExpression: *value* is not of the operator's form, or counts parts of a day where *field* has none.
    """
    if op == "in_period":
        return read_period(value)
    span = read_span(value)
    if span.fine and family(field.kind) != "datetime":
        raise refusal(field, value, "days, weeks, months or years")
    return str(span)
