"""Values at the end of to-one paths, to show, sort or group by: each relation joined once, under its row rule.

A far row that the rule hides is as good as none: its values are NULL. Where nothing says that the far columns
are unique, as with a relation that was guessed, a subquery takes one of the rows instead of a join, so that
no row here is ever counted twice.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from nexus_admin.domain.resource import Relation, Resource
from nexus_admin.language.compile import Compiler
from nexus_admin.language.dialects import Column
from nexus_admin.language.formulas import many_at
from nexus_admin.language.lower import Lowering
from nexus_admin.language.shape import FALSE, Shape

Path = tuple[str, ...]
Hops = dict[Path, Shape | None]
"""The row rule at the end of every to-one relation that is walked, by the path to it; the shorter path first.

Of a to-many relation, of whose rows a figure is asked, it is the whole hop: its name and both of its rules.
"""


def lower_hops(lowering: Lowering, resource: Resource, paths: Iterable[Path]) -> Hops:
    """Return the hops that *paths* need; whether the field at the end of each may be read was asked before.

    Raises:
        UnknownField, BadExpression: a relation is not there, may not be walked, or leads to many rows.
    """
    hops: Hops = {}
    for path in paths:
        many = many_at(path, lowering.sight, resource)
        relations = lowering.sight.to_one(resource, path[:-1] if many is None else path[:many], path)
        for depth, relation in enumerate(relations, 1):
            if path[:depth] not in hops:
                hops[path[:depth]] = lowering.hop(relation)[1]
        if many is not None:
            near = lowering.sight.far(relations[-1]) if relations else resource
            hops[path[: many + 1]] = lowering.hop(lowering.sight.relation(near, path[many]))
    return hops


def is_unique(relation: Relation, far: Resource) -> bool:
    """Whether *relation* leads to one row of *far* at most, as the database itself holds."""
    there = {theirs for _, theirs in relation.pairs}
    groups = (far.key, *far.uniques, *((one.name,) for one in far.fields if one.unique))
    return any(group and there.issuperset(group) for group in groups)


class Joined:
    """A table with what its to-one relations lead to.

    Attributes:
        source: What to select from; complete once every column was asked for.
    """

    def __init__(self, compiler: Compiler, resource: Resource, table: sa.FromClause, hops: Hops) -> None:
        self.source = table
        self._compiler, self._hops = compiler, hops
        self._tables: dict[Path, tuple[Resource, sa.FromClause]] = {(): (resource, table)}

    def column(self, path: Path) -> Column:
        """Return the value at the end of *path*."""
        for depth in range(1, len(path)):
            if path[:depth] in self._tables:
                continue
            near_resource, near = self._tables[path[: depth - 1]]
            relation = near_resource.relations_by_name[path[depth - 1]]
            if relation.many:
                near_table = near_resource, near
                return self._compiler.figure(self._hops[path[:depth]] or FALSE, *near_table, path[depth:])
            far_resource = self._compiler.schema.resource(relation.to)
            if not is_unique(relation, far_resource):
                return self._one_of(path, depth)
            far = self._compiler.alias(relation.to)
            self.source = self.source.outerjoin(far, self._tie(path[:depth], relation, near, far))
            self._tables[path[:depth]] = far_resource, far
        return self._tables[path[:-1]][1].c[path[-1]]

    def _tie(self, path: Path, relation: Relation, near: sa.FromClause, far: sa.FromClause) -> sa.ColumnElement[bool]:
        tie, rule = self._compiler.tie(relation, near, far), self._hops[path]
        if rule is None:
            return tie
        if rule is FALSE:  # a join needs what ties it, or it looks like a forgotten condition
            never: Column = sa.literal_column("1")
            return sa.and_(tie, never == sa.literal_column("0"))
        return sa.and_(tie, self._compiler.of(rule, self._compiler.schema.resource(relation.to), far))

    def _one_of(self, path: Path, depth: int) -> Column:
        """Return the value as a subquery: of one of the far rows, the same one every time."""
        near_resource, near = self._tables[path[: depth - 1]]
        relation = near_resource.relations_by_name[path[depth - 1]]
        resource, far = self._compiler.schema.resource(relation.to), self._compiler.alias(relation.to)
        beyond = {hop[depth:]: rule for hop, rule in self._hops.items() if hop[:depth] == path[:depth]}
        inner = Joined(self._compiler, resource, far, beyond)
        value = inner.column(path[depth:])
        order = [far.c[name] for name in resource.key] or [far.c[theirs] for _, theirs in relation.pairs]
        select = sa.select(value).select_from(inner.source).where(self._tie(path[:depth], relation, near, far))
        return select.order_by(*order).limit(1).correlate(near).scalar_subquery()
