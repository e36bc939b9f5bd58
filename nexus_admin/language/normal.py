"""The normal form: one tree for all the ways to write the same conditions, and what text prints and reads back.

Nested `and` in `and` and `or` in `or` are flattened, single members stand alone, constants are folded away,
double negation falls out, and values are written as one JSON scalar: 100, 100.0 and "100" of a number are 100.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from nexus_admin.domain.errors import BadExpression, UnknownOperator
from nexus_admin.domain.expression import (
    EVERYTHING,
    NOTHING,
    And,
    Comparison,
    Count,
    Expression,
    Not,
    Or,
    Quantified,
    Search,
    Variable,
)
from nexus_admin.domain.kinds import OPERATORS, family
from nexus_admin.domain.resource import Field, Resource, Schema
from nexus_admin.language.json_form import check_caps
from nexus_admin.language.moments import read_offset
from nexus_admin.language.operators import (
    BARE_OPERATORS,
    COUNT_OPERATORS,
    LIST_OPERATORS,
    WHEN_OPERATORS,
    bounds,
    count_field,
    listed,
    nothing,
    plain_when,
)
from nexus_admin.language.paths import Decide, Sight
from nexus_admin.language.values import compared_as, plain_value
from nexus_admin.language.variables import check_variable


def normal(expr: Expression, schema: Schema, resource: str, decide: Decide | None = None) -> Expression:
    """Return *expr* in normal form.

    Raises:
        UnknownField, UnknownOperator: names the nearest neighbour.
        BadExpression: a value does not fit its field, or a cap is passed.
    """
    return _Normal(Sight(schema, decide)).of(expr, schema.resource(resource), 1)


def flat(kind: type[And] | type[Or], items: list[Expression]) -> Expression:
    """Return the normal form of `and` or `or` over normal *items*."""
    stops, falls = (NOTHING, EVERYTHING) if kind is And else (EVERYTHING, NOTHING)
    members: list[Expression] = []
    for one in items:
        if one == stops:
            return stops
        members += one.items if isinstance(one, kind) else (one,)
    if not members:
        return falls
    return members[0] if len(members) == 1 else kind(tuple(members))


def negated(item: Expression) -> Expression:
    """Return the normal form of `not` over the normal *item*."""
    if isinstance(item, Not):
        return item.item
    if item == EVERYTHING:
        return NOTHING
    return EVERYTHING if item == NOTHING else Not(item)


class _Normal:
    def __init__(self, sight: Sight) -> None:
        self._sight = sight
        self._nodes = 0

    def of(self, expr: Expression, resource: Resource, depth: int) -> Expression:
        self._nodes += 1
        check_caps(self._nodes, depth)
        match expr:
            case And():
                return flat(And, [self.of(one, resource, depth + 1) for one in expr.items])
            case Or():
                return flat(Or, [self.of(one, resource, depth + 1) for one in expr.items])
            case Not():
                return negated(self.of(expr.item, resource, depth + 1))
            case Search():
                words = " ".join(expr.text.split())
                return Search(words) if words else EVERYTHING
            case Comparison():
                field = self._sight.way(resource, expr.path).field
                return replace(expr, value=plain_operand(field, expr.op, expr.value))
        _, _, far = self._sight.to_many(resource, expr)
        where = None if expr.where is None else self.of(expr.where, far, depth + 1)
        where = None if where == EVERYTHING else where
        if isinstance(expr, Quantified):
            return replace(expr, where=where)
        return replace(expr, where=where, value=plain_count(expr))


def plain_count(expr: Count) -> Any:
    """Return the normal form of the number or numbers that a count is compared with."""
    field = count_field(expr.path)
    if expr.op not in COUNT_OPERATORS:
        raise UnknownOperator(expr.op, field.name, "number", COUNT_OPERATORS)
    return plain_operand(field, expr.op, expr.value)


def plain_operand(field: Field, op: str, value: Any) -> Any:
    """Return *value* in normal form for *op*.

    Raises:
        UnknownOperator: fields of this kind have no such operator.
        BadExpression: the value does not fit.
    """
    known = OPERATORS[family(field.kind)]
    if op not in known:
        raise UnknownOperator(op, field.name, field.kind, known)
    if op in BARE_OPERATORS:
        return nothing(field, op, value)
    if op in WHEN_OPERATORS:
        return plain_when(field, op, value)
    member = compared_as(field, op)
    if op == "between":
        return tuple(_plain(member, one) for one in bounds(field, value))
    if op in LIST_OPERATORS:
        return tuple(_plain(member, one) for one in listed(field, op, value))
    if isinstance(value, tuple):
        raise BadExpression(f"{field.name}: {op} takes one value, not a list.")
    return _plain(member, value)


def _plain(field: Field, value: Any) -> Any:
    if value is None:
        raise BadExpression(f"{field.name} is compared with null. Say is_null or not_null.")
    if not isinstance(value, Variable):
        return plain_value(field, value)
    check_variable(value)
    if value.offset is None:
        return value
    offset = read_offset(value.offset)
    return Variable(value.name, f"{offset.number:+} {offset.unit}")
