"""Lowered expressions as SQL: the one place where a WHERE clause is built.

Every condition comes out two-valued where it counts: a negation is carried down to the comparisons, and each
of those has an opposite that takes NULL in. Far rows are asked for with EXISTS, so that nothing is multiplied.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from nexus_admin.domain.expression import Expression
from nexus_admin.domain.resource import Field, Relation, Resource, Schema
from nexus_admin.language.dialects import (
    Column,
    Condition,
    Pattern,
    bind_type,
    compared,
    empty,
    exact,
    folded_like,
    is_textual,
    plain_dialect,
    same_text,
)
from nexus_admin.language.lower import Lowering
from nexus_admin.language.operators import COMPARE
from nexus_admin.language.paths import Sight
from nexus_admin.language.shape import TRUE, Shape, all_of
from nexus_admin.language.spelled import is_spelled, spelled_test, spelled_type
from nexus_admin.language.variables import Variables

Tables = Mapping[str, sa.Table]


class Compiler:
    """Turns shapes into conditions; values are bound by their place, so that equal shapes make one statement.

    Args:
        schema: Where names are looked up.
        tables: By resource name; columns by field name, of types that bind Python values right for the dialect.
        dialect: Of the source, as SQLAlchemy calls it.
        values: What the places stand for; None to leave them open as `v0`, `v1`, … for a statement that is kept.
    """

    def __init__(self, schema: Schema, tables: Tables, dialect: str, values: Sequence[Any] | None = None) -> None:
        self.schema, self.tables, self.dialect = schema, tables, plain_dialect(dialect)
        self._values = values
        self._aliases = 0
        self._prefix = ""

    def of(self, shape: Shape, resource: Resource, table: sa.FromClause, negated: bool = False) -> Condition:
        """Return the condition that a row of *table* satisfies *shape*, or that it does not."""
        match shape[0]:
            case "true" | "false":
                return sa.true() if (shape[0] == "true") is not negated else sa.false()
            case "and" | "or":
                parts = [self.of(one, resource, table, negated) for one in shape[1]]
                return sa.and_(*parts) if (shape[0] == "and") is not negated else sa.or_(*parts)
            case "not":
                return self.of(shape[1], resource, table, not negated)
            case "some":
                return self._some(shape, resource, table, negated)
            case "count":
                number = self._far(shape, resource, table, sa.func.count()).scalar_subquery()
                compared: Condition = COMPARE[shape[3]](number, self._bind(shape[4], sa.BigInteger()))
                return sa.not_(compared) if negated else compared
        field = resource.by_name[shape[1]]
        if shape[0] == "blind":
            return self._blind(shape[2], table.c[field.blind or ""], negated)
        column = table.c[shape[1]]
        return self._opposite(shape, field, column) if negated else self._leaf(shape, field, column)

    def tie(self, relation: Relation, near: sa.FromClause, far: sa.FromClause) -> Condition:
        """Return the condition that ties two rows along a relation without a join table."""
        return sa.and_(*(far.c[theirs] == near.c[ours] for ours, theirs in relation.pairs))

    def alias(self, name: str) -> sa.FromClause:
        """Return the table of the resource called *name* under a name of its own."""
        return self.tables[name].alias(self.name())

    def name(self) -> str:
        """Return a name for a table of the statement, one that no table of the source begins with."""
        if not self._prefix:
            taken = tuple(str(one.name).casefold() for one in self.tables.values())
            self._prefix = "n"
            while any(one.startswith(self._prefix) for one in taken):
                self._prefix += "x"
        self._aliases += 1
        return f"{self._prefix}{self._aliases}"

    def _bind(self, place: int, kind: Any, expanding: bool = False) -> sa.BindParameter[Any]:
        if self._values is None:
            return sa.bindparam(f"v{place}", type_=kind, expanding=expanding)
        return sa.bindparam(f"v{place}", self._values[place], type_=kind, expanding=expanding, unique=True)

    def _some(self, shape: Shape, resource: Resource, near: sa.FromClause, negated: bool) -> Condition:
        relation = resource.relations_by_name[shape[1][0]]
        if negated:
            return sa.not_(sa.exists(self._far(shape, resource, near, sa.literal_column("1"))))
        pairs = relation.pairs if relation.through is None else relation.through.near
        if len(pairs) == 1 and self._selective(shape[2], self.schema.resource(relation.to)):
            # Few far rows: found first and by their index, they let an index of the near column be used.
            ours, theirs = pairs[0]
            return near.c[ours].in_(self._far(shape, resource, None, theirs))
        return sa.exists(self._far(shape, resource, near, sa.literal_column("1")))

    def _selective(self, shape: Shape, resource: Resource) -> bool:
        """Whether at most a few rows of *resource* can satisfy *shape*, found by an index."""
        match shape[0]:
            case "and":
                return any(self._selective(one, resource) for one in shape[1])
            case "some":
                relation = resource.relations_by_name[shape[1][0]]
                far = self.schema.resource(relation.to)
                return not relation.many and len(relation.pairs) == 1 and self._selective(shape[2], far)
            case "eq" | "in":
                return resource.by_name[shape[1]].unique or resource.key == (shape[1],)
        return False

    def figure(self, hop: Shape, resource: Resource, near: sa.FromClause, asked: tuple[str, ...]) -> Column:
        """Return a figure of the rows that *hop* leads to from a row of *near*, as a subquery.

        Args:
            hop: The to-many relation and the rules of its rows, as `Lowering.hop` gives it.
            resource: What *near* has rows of.
            near: The table or its other name.
            asked: `count`; or `sum`, `avg`, `min` or `max`, and the field of the far rows that it is of.
        """
        far_resource = self.schema.resource(resource.relations_by_name[hop[0]].to)
        far = self.alias(far_resource.name)
        value: Column = sa.func.count()
        if asked[0] != "count":
            value = sa.type_coerce(getattr(sa.func, asked[0])(far.c[asked[1]]), far.c[asked[1]].type)
        return self._far(("some", hop, TRUE), resource, near, value, far).scalar_subquery()

    def _far(
        self,
        shape: Shape,
        resource: Resource,
        near: sa.FromClause | None,
        wanted: Column | str,
        named: sa.FromClause | None = None,
    ) -> sa.Select[Any]:
        """Select *wanted* from the rows at the other end of a hop that satisfy what is asked of them.

        Without *near* they are not tied to a row, and *wanted* is the name of the column that ties them: of the
        join table, where there is one. *named* is the far table where *wanted* is a column of it.
        """
        (name, rule, join_rule), inner = shape[1], shape[2]
        relation = resource.relations_by_name[name]
        far_resource, far = self.schema.resource(relation.to), self.alias(relation.to) if named is None else named
        through = relation.through
        join = far if through is None else self.alias(through.resource)
        select = sa.select(join.c[wanted] if isinstance(wanted, str) else wanted).select_from(far)
        if through is None:
            if near is not None:
                select = select.where(self.tie(relation, near, far)).correlate(near)
        else:
            select = select.join(join, sa.and_(*(far.c[theirs] == join.c[ours] for ours, theirs in through.far)))
            if near is not None:
                ties = (join.c[theirs] == near.c[ours] for ours, theirs in through.near)
                select = select.where(*ties).correlate(near)
            if join_rule is not None:
                select = select.where(self.of(join_rule, self.schema.resource(through.resource), join))
        if rule is not None:
            select = select.where(self.of(rule, far_resource, far))
        return select if inner is TRUE else select.where(self.of(inner, far_resource, far))

    def _blind(self, place: int, column: Column, negated: bool) -> Condition:
        found: Condition = column.in_(self._bind(place, column.type, expanding=True))
        return sa.or_(sa.not_(found), column.is_(None)) if negated else found

    def _opposite(self, shape: Shape, field: Field, column: Column) -> Condition:
        if shape[0] == "not_null":
            return column.is_(None)
        turned = sa.not_(self._leaf(shape, field, column))
        return sa.or_(turned, column.is_(None)) if field.nullable else turned

    def _leaf(self, shape: Shape, field: Field, column: Column) -> Condition:
        op = shape[0]
        if op == "not_null":
            return column.is_not(None)
        if op in ("is_empty", "not_empty"):
            none = empty(field, column, self.dialect)
            return none if op == "is_empty" else sa.not_(none)
        place = shape[2]
        if op in ("contains", "starts_with", "ends_with"):
            return folded_like(field, column, self._bind(place, Pattern(op)), self.dialect)
        if op in ("has", "has_any", "has_all"):
            return self._array(op, field, column, place)
        column = compared(field, column, self.dialect)
        if is_spelled(field, self.dialect):
            return spelled_test(op, field, column, self._bind(place, spelled_type(field), expanding=op == "in"))
        bind = self._bind(place, bind_type(column, self.dialect), expanding=op == "in")
        textual = is_textual(field)
        if op == "in" or op == "eq":
            if textual:
                return same_text(field, column, lambda one: _test(op, one, bind), self.dialect)
            return _test(op, column, bind)
        return _test(op, exact(column, self.dialect) if textual else column, bind)

    def _array(self, op: str, field: Field, column: Column, place: int) -> Condition:
        if field.as_text and self.dialect == "postgresql":  # members of any type, as they are written
            texts = sa.ARRAY(sa.Text)
            wanted = sa.cast(self._bind(place, texts), texts)
            return sa.cast(column, texts).op("&&" if op == "has_any" else "@>", is_comparison=True)(wanted)
        value = self._bind(place, column.type)
        if self.dialect == "postgresql":
            return column.op("&&" if op == "has_any" else "@>", is_comparison=True)(value)
        if self.dialect == "mysql":
            found: Column = (sa.func.json_overlaps if op == "has_any" else sa.func.json_contains)(column, value)
            return found == 1
        here = self._members(column)
        wanted = self._members(value)
        one: Column = sa.literal_column("1")
        found_here = sa.exists(sa.select(one).select_from(here).where(here.c.value == wanted.c.value))
        if op == "has_any":
            return sa.exists(sa.select(one).select_from(wanted).where(found_here))
        return sa.not_(sa.exists(sa.select(one).select_from(wanted).where(sa.not_(found_here))))

    def _members(self, array: Column) -> Any:
        return sa.func.json_each(array).table_valued("value", name=self.name())


def _test(op: str, column: Column, bind: sa.BindParameter[Any]) -> Condition:
    compared: Any = column.in_(bind) if op == "in" else COMPARE[op](column, bind)
    condition: Condition = compared
    return condition


def where(
    expr: Expression | None,
    resource: Resource,
    table: sa.FromClause,
    sight: Sight,
    tables: Tables,
    variables: Variables,
) -> Condition:
    """Return the condition that a row of *table* may be seen and satisfies *expr*, with its values in it.

    For a statement that runs once; what runs often keeps its statement by the shape, see `Compiler`.

    Raises:
        UnknownField, UnknownOperator, BadExpression: as lowering.
    """
    lowering = Lowering(sight, variables)
    parts = [lowering.rule(resource) or TRUE, TRUE if expr is None else lowering.condition(expr, resource)]
    compiler = Compiler(sight.schema, tables, sight.schema.dialect, lowering.values)
    return compiler.of(all_of(parts), resource, table)
