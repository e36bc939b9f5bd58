"""The same answer in Python that the compiled SQL gives, for one row at hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from nexus_admin.domain.errors import BadExpression
from nexus_admin.domain.expression import Expression
from nexus_admin.domain.kinds import family
from nexus_admin.domain.resource import Field, Relation, Resource, Schema
from nexus_admin.domain.row import Masked, Row, Unreadable
from nexus_admin.language.lower import Lowering
from nexus_admin.language.operators import COMPARE
from nexus_admin.language.own_types import address, in_order
from nexus_admin.language.paths import Sight
from nexus_admin.language.shape import Shape
from nexus_admin.language.values import element
from nexus_admin.language.variables import Variables

Related = Callable[[Relation, Row], Sequence[Row]]
"""Gives the rows at the other end of a relation."""


def evaluate(
    expr: Expression,
    row: Row,
    schema: Schema,
    resource: str,
    variables: Variables,
    related: Related | None = None,
) -> bool:
    """Return whether *row* satisfies *expr*.

    Args:
        expr: Seen with the house's own eyes: no rights are asked.
        row: Of *resource*; a field that is not in it counts as null.
        related: Needed where *expr* walks a relation.

    Raises:
        UnknownField, UnknownOperator, BadExpression: as lowering; also where a value cannot be read, or a relation
            is walked without *related*. Who decides by it must take that as a no.
    """
    start = schema.resource(resource)
    lowering = Lowering(Sight(schema), replace(variables, blind=lambda _field, _text: []))
    shape = lowering.condition(expr, start)
    return Evaluation(schema, lowering.values, related).holds(shape, row, start)


class Evaluation:
    """Evaluates lowered shapes on rows."""

    def __init__(self, schema: Schema, values: Sequence[Any], related: Related | None) -> None:
        self._schema = schema
        self._values = values
        self._related = related

    def holds(self, shape: Shape, row: Row, resource: Resource) -> bool:
        """Return whether *row* of *resource* satisfies *shape*."""
        match shape[0]:
            case "true":
                return True
            case "false" | "blind":  # a row at hand is in the clear, and its index is not asked
                return False
            case "and":
                return all(self.holds(one, row, resource) for one in shape[1])
            case "or":
                return any(self.holds(one, row, resource) for one in shape[1])
            case "not":
                return not self.holds(shape[1], row, resource)
            case "some":
                far, rows = self._far(shape, row, resource)
                return any(self.holds(shape[2], one, far) for one in rows)
            case "count":
                far, rows = self._far(shape, row, resource)
                number = sum(self.holds(shape[2], one, far) for one in rows)
                return bool(COMPARE[shape[3]](number, self._values[shape[4]]))
        return self._leaf(shape, row, resource.by_name[shape[1]])

    def _far(self, shape: Shape, row: Row, resource: Resource) -> tuple[Resource, Sequence[Row]]:
        relation = resource.relation(shape[1][0])
        if self._related is None:
            raise BadExpression(f"{relation.name} is a relation, and only the row itself is known here.")
        rows = self._related(relation, row)
        return self._schema.resource(relation.to), rows if relation.many else rows[:1]

    def _leaf(self, shape: Shape, row: Row, field: Field) -> bool:
        value = row.get(field.name)
        if isinstance(value, (Masked, Unreadable)):
            raise BadExpression(f"{field.name} cannot be read here, so nothing can be decided by it.")
        if shape[0] == "not_null":
            return value is not None
        if value is None:
            return False
        if shape[0] in ("is_empty", "not_empty"):
            return (len(value) == 0) is (shape[0] == "is_empty")
        given = self._values[shape[2]]
        if shape[0] in _TEXT_TESTS:
            dialect = self._schema.dialect
            return _TEXT_TESTS[shape[0]](_text(field, value, dialect), fold(given, dialect))
        return _TESTS[shape[0]](field, value, given)


def comparable(field: Field, value: Any) -> Any:
    """Return *value*, of a row or of an expression, in the form in which Python compares the field's values."""
    match family(field.kind):
        case "number":
            return _number(value)
        case "datetime" if isinstance(value, datetime):
            return in_order(value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC))
        case "date" if isinstance(value, datetime):
            return in_order(value.date())
        case "date" | "datetime" | "time":
            return in_order(value)
        case "typed":
            return own_value(field, value)
        case "shown":
            return str(value)
        case "boolean":
            return bool(value)
        case "choice" if field.kind == "uuid" and not isinstance(value, UUID):
            return UUID(str(value))
    return value


def own_value(field: Field, value: Any) -> Any:
    """Return what tells whether two addresses or bits are the same; a length of time is written in many ways."""
    if field.kind == "duration":
        raise BadExpression(f"{field.name} is only compared by its database, so nothing can be decided here.")
    return address(str(value)) or str(value).casefold()


def _number(value: Any) -> Any:
    if isinstance(value, float):
        # PostgreSQL sorts NaN behind everything.
        return Decimal("Infinity") if value != value else Decimal(repr(value))
    if isinstance(value, Decimal) and value.is_nan():
        return Decimal("Infinity")
    return value


def fold(text: str, dialect: str) -> str:
    """Return *text* as `contains` and its kin compare it: SQLite folds ASCII alone, servers every letter."""
    if text.isascii() or dialect == "sqlite":
        return "".join(map(_ascii_lower, text)) if not text.isascii() else text.lower()
    return "".join(lower if len(lower := letter.lower()) == 1 else letter for letter in text)


def _ascii_lower(letter: str) -> str:
    return letter.lower() if letter.isascii() else letter


def _compare(op: str) -> Callable[[Field, Any, Any], bool]:
    test = COMPARE[op]

    def compare(field: Field, value: Any, given: Any) -> bool:
        if family(field.kind) == "typed" and op != "eq":
            raise BadExpression(f"{field.name} is only ordered by its database, so nothing can be decided here.")
        return bool(test(comparable(field, value), comparable(field, given)))

    return compare


def _in(field: Field, value: Any, given: Any) -> bool:
    here = comparable(field, value)
    return any(here == comparable(field, one) for one in given)


def _text(field: Field, value: Any, dialect: str) -> str:
    if family(field.kind) == "json":
        value = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return fold(str(value), dialect)


def _has_any(field: Field, value: Any, given: Any) -> bool:
    one = element(field)
    members = [comparable(one, member) for member in value if member is not None]
    return any(comparable(one, wanted) in members for wanted in given)


def _has_all(field: Field, value: Any, given: Any) -> bool:
    return all(_has_any(field, value, [wanted]) for wanted in given)


_TESTS: Final[dict[str, Callable[[Field, Any, Any], bool]]] = {
    **{op: _compare(op) for op in COMPARE},
    "in": _in,
    "has": _has_any,
    "has_any": _has_any,
    "has_all": _has_all,
}
_TEXT_TESTS: Final[dict[str, Callable[[str, str], bool]]] = {
    "contains": lambda text, given: given in text,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
}
