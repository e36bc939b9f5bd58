"""Lowered expressions as SQL: what `language/lower.py` settled, turned into conditions on tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

import sqlalchemy as sa

from nexus_admin.domain.kinds import family
from nexus_admin.domain.resource import Field, Relation, Resource, Schema
from nexus_admin.language.lower import COMPARE
from nexus_admin.language.shape import Shape

Condition = sa.ColumnElement[bool]
_WILD = str.maketrans({"/": "//", "%": "/%", "_": "/_"})


class Conditions:
    """Turns shapes into conditions; values are bound by their place, so that equal shapes make one statement.

    Args:
        schema: Where names are looked up.
        tables: By resource name.
        dialect: Of the source.
        values: What the places stand for; None to leave them open as `v0`, `v1`, … for a statement that is kept.
    """

    def __init__(
        self,
        schema: Schema,
        tables: Mapping[str, sa.Table],
        dialect: str,
        values: Sequence[Any] | None = None,
    ) -> None:
        self.schema, self.tables, self.dialect, self._values = schema, tables, dialect, values
        self._number = count(1)

    def of(self, shape: Shape, resource: Resource, table: sa.FromClause) -> Condition:
        """Return the condition that a row of *table* satisfies *shape*."""
        match shape[0]:
            case "true":
                return sa.true()
            case "false":
                return sa.false()
            case "and":
                return sa.and_(*(self.of(one, resource, table) for one in shape[1]))
            case "or":
                return sa.or_(*(self.of(one, resource, table) for one in shape[1]))
            case "not":
                return sa.not_(sa.func.coalesce(self.of(shape[1], resource, table), sa.false()))
            case "some":
                return sa.exists(self._far(shape, resource, table, sa.literal(1)))
            case "count":
                number = self._far(shape, resource, table, sa.func.count()).scalar_subquery()
                return _as_condition(COMPARE[shape[3]](number, self._bind(shape[4], sa.Integer())))
        return self._leaf(shape, resource.by_name[shape[1]], table.c[shape[1]])

    def tie(self, relation: Relation, near: sa.FromClause, far: sa.FromClause) -> Condition:
        """Return the condition that ties two rows along a relation without a join table."""
        return sa.and_(*(far.c[theirs] == near.c[ours] for ours, theirs in relation.pairs))

    def alias(self, name: str) -> sa.FromClause:
        """Return the table of the resource called *name* under a name of its own."""
        return self.tables[name].alias(f"t{next(self._number)}")

    def _bind(self, place: int, kind: Any, expanding: bool = False) -> sa.BindParameter[Any]:
        if self._values is None:
            return sa.bindparam(f"v{place}", type_=kind, expanding=expanding)
        return sa.bindparam(f"v{place}", self._values[place], type_=kind, expanding=expanding, unique=True)

    def _far(
        self, shape: Shape, resource: Resource, near: sa.FromClause, wanted: sa.ColumnElement[Any]
    ) -> sa.Select[Any]:
        """Select *wanted* from the rows at the other end of a hop that satisfy what is asked of them."""
        (name, rule, join_rule), inner = shape[1], shape[2]
        relation = resource.relations_by_name[name]
        far_resource, far = self.schema.resource(relation.to), self.alias(relation.to)
        select = sa.select(wanted).select_from(far)
        if relation.through is None:
            select = select.where(self.tie(relation, near, far))
        else:
            through = relation.through
            join = self.alias(through.resource)
            select = select.join(join, sa.and_(*(far.c[theirs] == join.c[ours] for ours, theirs in through.far)))
            select = select.where(*(join.c[theirs] == near.c[ours] for ours, theirs in through.near))
            if join_rule is not None:
                select = select.where(self.of(join_rule, self.schema.resource(through.resource), join))
        if rule is not None:
            select = select.where(self.of(rule, far_resource, far))
        return select.where(self.of(inner, far_resource, far)).correlate(near)

    def _leaf(self, shape: Shape, field: Field, column: sa.ColumnElement[Any]) -> Condition:
        op = shape[0]
        if op == "not_null":
            return column.is_not(None)
        if op in ("is_empty", "not_empty"):
            empty = self._length(field, column) == 0
            return empty if op == "is_empty" else sa.and_(column.is_not(None), sa.not_(empty))
        place = shape[2]
        if op in COMPARE:
            return _as_condition(COMPARE[op](column, self._bind(place, column.type)))
        if op == "in":
            return column.in_(self._bind(place, column.type, expanding=True))
        if op in ("contains", "starts_with", "ends_with"):
            return self._text(op, field, column, place)
        return self._array(op, column, place)

    def _text(self, op: str, field: Field, column: sa.ColumnElement[Any], place: int) -> Condition:
        if family(field.kind) != "text" or self.dialect == "postgresql":
            column = sa.cast(column, sa.CHAR if self.dialect == "mysql" else sa.Text)
        pattern = self._bind(place, Pattern(op))
        return column.ilike(pattern, escape="/") if self.dialect == "postgresql" else column.like(pattern, escape="/")

    def _length(self, field: Field, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        if family(field.kind) != "array":
            return sa.func.length(column)
        names = {"postgresql": "cardinality", "mysql": "json_length"}
        length: sa.ColumnElement[Any] = getattr(sa.func, names.get(self.dialect, "json_array_length"))(column)
        return length

    def _array(self, op: str, column: sa.ColumnElement[Any], place: int) -> Condition:
        value = self._bind(place, column.type)
        if self.dialect == "postgresql":
            return _as_condition(column.op("&&" if op == "has_any" else "@>", is_comparison=True)(value))
        if self.dialect == "mysql":
            overlaps = "json_overlaps" if op == "has_any" else "json_contains"
            return _as_condition(getattr(sa.func, overlaps)(column, value) == 1)
        here = sa.func.json_each(column).table_valued("value", name=f"t{next(self._number)}")
        wanted = sa.func.json_each(value).table_valued("value", name=f"t{next(self._number)}")
        found = sa.exists(sa.select(sa.literal(1)).select_from(here).where(here.c.value == wanted.c.value))
        if op == "has_any":
            return sa.exists(sa.select(sa.literal(1)).select_from(wanted).where(found))
        return sa.not_(sa.exists(sa.select(sa.literal(1)).select_from(wanted).where(sa.not_(found))))


class Pattern(sa.types.TypeDecorator[str]):
    """A text that is bound as the pattern of LIKE, its own signs escaped."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, op: str) -> None:
        super().__init__()
        self.op = op

    def process_bind_param(self, value: Any, dialect: Any) -> Any:  # noqa: ARG002  (as SQLAlchemy calls it)
        """Return the pattern."""
        text = str(value).translate(_WILD)
        return {"contains": f"%{text}%", "starts_with": f"{text}%", "ends_with": f"%{text}"}[self.op]


def _as_condition(value: Any) -> Condition:
    condition: Condition = value
    return condition


def key_condition(table: sa.FromClause, resource: Resource, values: Mapping[str, Any]) -> Condition:
    """Return the condition that a row of *table* has the key *values*."""
    return sa.and_(*(table.c[name] == values[name] for name in resource.key))
