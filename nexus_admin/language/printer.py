"""The text form, printed from the normal form."""

from __future__ import annotations

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
)
from nexus_admin.domain.resource import Resource, Schema
from nexus_admin.language.names import RESERVED, join_path
from nexus_admin.language.operands import print_operand
from nexus_admin.language.operators import count_field
from nexus_admin.language.paths import Sight
from nexus_admin.language.scanner import WORD, quote


def print_normal(expr: Expression, schema: Schema, resource: Resource) -> str:
    """Return the text of *expr*, which is in normal form."""
    if expr == EVERYTHING:
        return ""
    if expr == NOTHING:
        return "not ()"
    return _Printer(Sight(schema)).text(expr, resource)


class _Printer:
    def __init__(self, sight: Sight) -> None:
        self._sight = sight

    def text(self, expr: Expression, resource: Resource) -> str:
        match expr:
            case Comparison():
                field = self._sight.way(resource, expr.path).field
                return f"{join_path(expr.path)}:{print_operand(field, expr.op, expr.value)}"
            case And():
                return " ".join(self._part(one, resource, Or) for one in expr.items)
            case Or():
                return " or ".join(self._part(one, resource, And) for one in expr.items) or "not ()"
            case Not():
                inner = self.text(expr.item, resource)
                return f"not ({inner})" if isinstance(expr.item, (And, Or)) else f"not {inner}"
            case Search():
                return _print_search(expr.text)
            case Quantified():
                return f"{join_path(expr.path)}.{expr.quantifier}({self._where(expr, resource)})"
        where = f"({self._where(expr, resource)})" if expr.where is not None else ""
        return f"{join_path(expr.path)}.count{where}:{print_operand(count_field(expr.path), expr.op, expr.value)}"

    def _part(self, expr: Expression, resource: Resource, odd: type[And] | type[Or]) -> str:
        text = self.text(expr, resource)
        return f"({text})" if isinstance(expr, odd) else text

    def _where(self, expr: Quantified | Count, resource: Resource) -> str:
        if expr.where is None:
            return ""
        return self.text(expr.where, self._sight.to_many(resource, expr)[2])


def _print_search(text: str) -> str:
    plain = WORD.fullmatch(text) and text[0] != "-" and text.casefold() not in RESERVED
    return text if plain else quote(text)
