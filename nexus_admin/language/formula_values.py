"""Formulas in Python: the value of a computed field, from the values that it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal, DecimalException
from typing import Any, Final

from nexus_admin.domain.formula import Formula, Number, Operation, Source, Term, Text
from nexus_admin.domain.resource import Field
from nexus_admin.domain.row import Masked, Unreadable

_EXACT: Final = Context(prec=60, rounding=ROUND_HALF_UP)
LONGEST: Final = 10_000
"""Letters of a computed text."""


def formula_value(formula: Formula, values: Mapping[Source, Any], field: Field) -> Any:
    """Return the value of *formula*; None where what it needs is missing or cannot be read.

    Args:
        formula: Of the field.
        values: Of its sources, as rows have them.
        field: The computed field; its kind and scale say what a number becomes.
    """
    if isinstance(formula, Text):
        return _text(formula, values)
    if isinstance(formula, Source):
        value = values.get(formula)
        if formula.of and field.scale is not None and isinstance(value, Decimal):
            return _rounded(value, field.scale)  # SQLite adds floats, which leaves dust behind the last digit
        return None if isinstance(value, Masked | Unreadable) else value
    number = _number(formula, values)
    if number is None:
        return None
    if field.kind in ("integer", "year"):
        return int(number)
    return number if field.scale is None else _rounded(number, field.scale)


def _rounded(number: Decimal, scale: int) -> Decimal | None:
    try:
        return number.quantize(Decimal(1).scaleb(-scale), context=_EXACT)
    except DecimalException:
        return None


def _text(formula: Text, values: Mapping[Source, Any]) -> str | None:
    pieces = (part if isinstance(part, str) else said(_value(part, values)) for part in formula.parts)
    return "".join(pieces)[:LONGEST].strip(" ") or None


def _value(term: Term, values: Mapping[Source, Any]) -> Any:
    return values.get(term) if isinstance(term, Source) else _number(term, values)


def said(value: Any) -> str:
    """Return *value* as it stands within a text."""
    if value is None or isinstance(value, Masked):
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Unreadable):
        return value.text
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes")
    return str(value)


def _number(term: Term, values: Mapping[Source, Any]) -> Decimal | None:
    if isinstance(term, Number):
        return term.value
    if isinstance(term, Source):
        return _decimal(values.get(term))
    left, right = _number(term.left, values), _number(term.right, values)
    if left is None or right is None:
        return None
    try:
        found = _reckoned(term, left, right)
    except DecimalException:
        return None
    return found if found.is_finite() else None


def _reckoned(term: Operation, left: Decimal, right: Decimal) -> Decimal:
    match term.sign:
        case "+":
            return _EXACT.add(left, right)
        case "-":
            return _EXACT.subtract(left, right)
        case "*":
            return _EXACT.multiply(left, right)
    return _EXACT.divide(left, right)


def _decimal(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return number if number.is_finite() else None
