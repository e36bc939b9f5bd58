"""Lowering: an expression becomes a shape and its values, with names, types, rights and variables settled.

Here, and only here, it is decided what an operator means: both the compiler and the evaluator read the
outcome. Rules that leave no doubt: a comparison with NULL is false; `ne`, `not_in` and `not_contains` are the
opposites of `eq`, `in` and `contains`, so they include NULL; a path that leads nowhere gives NULL; an empty
list matches nothing. A date compared with a moment stands for its whole day.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from nexus_admin.domain.encryption import operators_of
from nexus_admin.domain.errors import BadExpression, UnknownOperator
from nexus_admin.domain.expression import (
    MAX_VALUES,
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
from nexus_admin.domain.kinds import family
from nexus_admin.domain.resource import Field, Relation, Resource
from nexus_admin.language.blind import no_operator, sealed_as
from nexus_admin.language.dialects import plain_dialect
from nexus_admin.language.json_form import check_caps
from nexus_admin.language.moments import Span, day_start, days_of, moments_of, read_span, shifted
from nexus_admin.language.operators import (
    BARE_OPERATORS,
    COUNT_OPERATORS,
    LIST_OPERATORS,
    OPPOSITES,
    WHEN_OPERATORS,
    bounds,
    count_field,
    listed,
    nothing,
    plain_when,
)
from nexus_admin.language.operators import (
    COMPARE as COMPARE,
)
from nexus_admin.language.own_types import is_known
from nexus_admin.language.paths import Sight
from nexus_admin.language.shape import FALSE, TRUE, Shape, all_of, one_of, opposite
from nexus_admin.language.values import compared_as, stored_moment, typed_value, whole_day
from nexus_admin.language.variables import Variables, check_variable

MAX_WORDS: Final = 20
"""Words that a search may have."""

_UNKNOWN: Final = object()
"""Stands for a variable's value while an expression is only checked."""


class Lowering:
    """Lowers any number of expressions into one list of values.

    Args:
        sight: Names, and whose rights they are seen with; far rows are narrowed by its row rules.
        variables: None only to check: then nothing is resolved, and the shape is of no use.
        report: Told (resource, sentence) where a row rule cannot be applied and so lets nothing through.
        values: The list to add to.
    """

    def __init__(
        self,
        sight: Sight,
        variables: Variables | None,
        report: Callable[[str, str], None] | None = None,
        values: list[Any] | None = None,
    ) -> None:
        self.sight = sight
        self.values: list[Any] = [] if values is None else values
        self.varies = False  # whether it hangs on who asks, or when; not on their zone, which is UTC in a row rule
        self._given = variables
        self._report = report
        self._rules: dict[str, Shape | None] = {}
        self._nodes = 0

    def _who_and_when(self) -> Variables | None:
        """Return who asks, and when; from now on the same expression may come to something else the next time."""
        self.varies = True
        return self._given

    def condition(self, expr: Expression, resource: Resource, depth: int = 1) -> Shape:
        """Lower *expr*, asked of a row of *resource*.

        Raises:
            UnknownField, UnknownOperator: names the nearest neighbour.
            BadExpression: a value does not fit its field, a variable has no value, or a cap is passed.
        """
        self._nodes += 1
        check_caps(self._nodes, depth)
        match expr:
            case Comparison():
                return self._comparison(expr, resource)
            case And():
                return all_of([self.condition(one, resource, depth + 1) for one in expr.items])
            case Or():
                return one_of([self.condition(one, resource, depth + 1) for one in expr.items])
            case Not():
                return opposite(self.condition(expr.item, resource, depth + 1))
            case Quantified():
                return self._quantified(expr, resource, depth)
            case Count():
                return self._count(expr, resource, depth)
            case Search():
                return self.search(expr.text, resource)
        raise BadExpression(f"{type(expr).__name__} is not a condition.")

    def rule(self, resource: Resource) -> Shape | None:
        """Return the row rule of *resource*, None for every row; a rule that cannot be applied is false."""
        decision = self.sight.decision(resource.name)
        if decision is None or self._given is None:
            return None
        if resource.name not in self._rules:
            if not decision.allowed:
                self._rules[resource.name] = FALSE
            else:
                rows = decision.rows
                self._rules[resource.name] = None if rows is None else self.house_rule(rows, resource)
        return self._rules[resource.name]

    def house_rule(self, rule: Expression, resource: Resource) -> Shape:
        """Lower a row rule: seen with the house's own eyes, in UTC, and false where it cannot be applied."""
        size = len(self.values)
        inner = Lowering(Sight(self.sight.schema), self._given and self._given.for_rules, self._report, self.values)
        try:
            return inner.condition(rule, resource)
        except BadExpression as error:
            del self.values[size:]
            if self._report is not None:
                self._report(resource.name, f"A row rule of {resource.name} cannot be applied: {error}")
            return FALSE
        finally:
            self.varies |= inner.varies

    def hop(self, relation: Relation) -> Shape:
        """Return what ties *relation* and the row rules on its way."""
        through = None
        if relation.through is not None:
            through = self.rule(self.sight.schema.resource(relation.through.resource))
        return (relation.name, self.rule(self.sight.far(relation)), through)

    def search(self, text: str, resource: Resource) -> Shape:
        """Return that every word of *text* is found in at least one search field that may be read.

        Raises:
            BadExpression: there are too many words.
        """
        words = text.split()
        if len(words) > MAX_WORDS:
            raise BadExpression(f"A search may have {MAX_WORDS} words; this one has {len(words)}.")
        fields = self.sight.searched(resource)
        return all_of([one_of([part for one in fields if (part := self._word(one, word))]) for word in words])

    def _word(self, field: Field, word: str) -> Shape | None:
        kind = family(field.kind)
        if kind == "text" or field.kind == "enum":
            return ("contains", field.name, self._put(typed_value(_TEXT, word)))
        if kind == "number" or field.kind == "uuid":
            try:
                return ("eq", field.name, self._put(typed_value(field, word)))
            except BadExpression:
                return None
        return None

    def _put(self, value: Any) -> int:
        self.values.append(value)
        return len(self.values) - 1

    def _walk(self, relations: tuple[Relation, ...], shape: Shape) -> Shape:
        for relation in reversed(relations):
            hop = self.hop(relation)
            if shape is FALSE or FALSE in hop:
                return FALSE
            shape = ("some", hop, shape)
        return shape

    def _comparison(self, expr: Comparison, resource: Resource) -> Shape:
        way = self.sight.way(resource, expr.path)
        field = way.field
        known = operators_of(field)
        if expr.op not in known:
            raise no_operator(field, expr.op, known)
        shape = self._walk(way.relations, self._positive(field, OPPOSITES.get(expr.op, expr.op), expr.value))
        return opposite(shape) if expr.op in OPPOSITES else shape

    def _positive(self, field: Field, op: str, value: Any) -> Shape:
        if op in BARE_OPERATORS:
            nothing(field, op, value)
            return (op, field.name)
        if op in WHEN_OPERATORS:
            return self._when(field, op, value)
        if op in LIST_OPERATORS:
            return self._list(field, op, listed(field, op, value))
        if op == "between":
            low, high = bounds(field, value)
            return all_of([self._scalar(field, "ge", low), self._scalar(field, "le", high)])
        return self._scalar(field, op, value)

    def _resolve(self, field: Field, value: Any) -> Any:
        """Return the Python value; None only for a record's field that is null."""
        if isinstance(value, Variable):
            asking = self._who_and_when()
            if asking is None:
                check_variable(value)
                return _UNKNOWN
            return asking.resolve(value)
        if value is None:
            raise BadExpression(f"{field.name} is compared with null. Say is_null or not_null.")
        return value

    def _scalar(self, field: Field, op: str, value: Any) -> Shape:
        found = self._resolve(field, value)
        if isinstance(found, (tuple, list, set, frozenset)):
            raise BadExpression(f"{field.name}: {op} takes one value, not a list.")
        return FALSE if found is None else self._leaf(field, op, found)

    def _leaf(self, field: Field, op: str, found: Any) -> Shape:
        if found is _UNKNOWN:
            return (op, field.name, self._put(found))
        kind = family(field.kind)
        if kind == "datetime" and (day := whole_day(found)) is not None:
            return self._whole_day(field, op, day)
        typed = self._typed(compared_as(field, op), found)
        plain = [typed] if kind == "array" else typed
        sealed = field.encrypted and sealed_as(field, [typed], self._who_and_when(), self._put)
        return sealed or (op, field.name, self._put(plain))

    def _typed(self, field: Field, found: Any) -> Any:
        typed = typed_value(field, found, self._given.zone) if self._given else typed_value(field, found)
        if not is_known(field, typed, plain_dialect(self.sight.schema.dialect)):
            raise BadExpression(f"{field.name}: this database has no value {typed}.")
        return typed

    def _whole_day(self, field: Field, op: str, day: Any) -> Shape:
        start = ("ge", field.name, self._put(self._typed(field, day)))
        before = ("lt", field.name, self._put(self._typed(field, shifted(day, Span(1, "days")))))
        return _of_day(op, start, before)

    def _list(self, field: Field, op: str, value: tuple[Any, ...]) -> Shape:
        members: list[Any] = []
        for one in value:
            found = self._resolve(field, one)
            members += found if isinstance(found, (tuple, list, set, frozenset)) else (found,)
        members = [one for one in members if one is not None]
        if not members:
            return FALSE
        if len(members) > MAX_VALUES:
            raise BadExpression(f"{field.name}: a list may have {MAX_VALUES:,} values; this one has {len(members):,}.")
        if family(field.kind) == "datetime" and any(whole_day(one) is not None for one in members):
            return one_of([self._leaf(field, "eq", one) for one in members])
        typed = [one if one is _UNKNOWN else self._typed(compared_as(field, op), one) for one in members]
        sealed = field.encrypted and sealed_as(field, typed, self._who_and_when(), self._put)
        return sealed or (op, field.name, self._put(typed))

    def _when(self, field: Field, op: str, value: Any) -> Shape:
        if isinstance(value, Variable):
            raise BadExpression(f"{field.name}: {op} takes a span like '30 days' or a period, not a variable.")
        plain_when(field, op, value)
        asking = self._who_and_when()
        if asking is None:
            return TRUE
        if op != "in_period" and read_span(value).fine:
            first, last = moments_of(op, value, asking.now)
            return all_of(
                [
                    ("ge", field.name, self._put(stored_moment(field, first))),
                    ("le", field.name, self._put(stored_moment(field, last))),
                ]
            )
        start, end = days_of(op, value, asking.today)
        bounds: tuple[Any, Any] = (start, end)
        if family(field.kind) == "datetime":
            zone = asking.zone
            bounds = (stored_moment(field, day_start(start, zone)), stored_moment(field, day_start(end, zone)))
        return all_of([("ge", field.name, self._put(bounds[0])), ("lt", field.name, self._put(bounds[1]))])

    def _quantified(self, expr: Quantified, resource: Resource, depth: int) -> Shape:
        before, relation, far = self.sight.to_many(resource, expr)
        inner = TRUE if expr.where is None else self.condition(expr.where, far, depth + 1)
        if expr.quantifier == "all":
            inner = opposite(inner)
        shape = self._walk((*before, relation), inner)
        return shape if expr.quantifier == "any" else opposite(shape)

    def _count(self, expr: Count, resource: Resource, depth: int) -> Shape:
        before, relation, far = self.sight.to_many(resource, expr)
        number = count_field(expr.path)
        if expr.op not in COUNT_OPERATORS:
            raise UnknownOperator(expr.op, number.name, "number", COUNT_OPERATORS)
        inner = TRUE if expr.where is None else self.condition(expr.where, far, depth + 1)
        pairs = [(OPPOSITES.get(expr.op, expr.op), expr.value)]
        if expr.op == "between":
            low, high = bounds(number, expr.value)
            pairs = [("ge", low), ("le", high)]
        shape = all_of([self._counted(number, op, value, (before, relation, inner)) for op, value in pairs])
        return opposite(shape) if expr.op in OPPOSITES else shape

    def _counted(self, number: Field, op: str, value: Any, way: tuple[tuple[Relation, ...], Relation, Shape]) -> Shape:
        before, relation, inner = way
        found = self._resolve(number, value)
        if found is None:
            return FALSE
        typed = 0 if found is _UNKNOWN else typed_value(number, found)
        shape: Shape = ("count", self.hop(relation), inner, op, self._put(typed))
        if not before:
            return shape
        # A path that leads nowhere has no rows at its end: that counts as 0.
        nowhere = opposite(self._walk(before, TRUE)) if COMPARE[op](0, typed) else FALSE
        return one_of([self._walk(before, shape), nowhere])


_TEXT: Final = Field("search", "", "text")


def _of_day(op: str, start: tuple[Any, ...], before: tuple[Any, ...]) -> Shape:
    """Return what *op* means of a whole day: *start* is from its first moment on, *before* ends with its last."""
    match op:
        case "eq":
            return all_of([start, before])
        case "lt":
            return ("lt", *start[1:])
        case "ge":
            return start
        case "gt":
            return ("ge", *before[1:])
    return before
