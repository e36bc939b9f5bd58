"""Tying rows together through a join table, and untying them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from nexus_admin.data.deleting import delete
from nexus_admin.data.scope import Scope
from nexus_admin.data.values.keys import key_of
from nexus_admin.data.writing import create, held
from nexus_admin.domain.audit import Change
from nexus_admin.domain.errors import BadRequest, NotFound, ReadOnly
from nexus_admin.domain.resource import Resource, Through
from nexus_admin.language.keys import same_values


def link(scope: Scope, name: str, segment: str, relation: str, far_key: str) -> Change:
    """Tie the row *far_key* of the other side to this one; the change is a new row of the join table.

    Raises:
        NotFound: one of the two rows is not there, or not for this actor.
        Invalid: they are tied already, or the join table needs more values.
    """
    through, values = _ends(scope, name, segment, relation, far_key)
    return create(scope, through.resource, values)


def unlink(scope: Scope, name: str, segment: str, relation: str, far_key: str) -> Change:
    """Untie the row *far_key* of the other side from this one; the change is a deleted row of the join table.

    Raises:
        NotFound: they are not tied.
        ReadOnly: the join table's rows cannot be told apart.
    """
    through, values = _ends(scope, name, segment, relation, far_key)
    join, table = scope.resource(through.resource), scope.table(through.resource)
    if not join.key:
        raise ReadOnly(f"The rows of {join.title} have no key, so none of them can be deleted here.")
    tied = sa.select(*(table.c[one] for one in join.key)).where(same_values(table, values)).limit(1)
    row = scope.connection.execute(tied).first()
    if row is None:
        raise NotFound("These two are not tied together.")
    return delete(scope, join.name, key_of(tuple(row)))[-1]


def _ends(scope: Scope, name: str, segment: str, relation: str, far_key: str) -> tuple[Through, dict[str, Any]]:
    """Return the join table and the values that tie the two rows."""
    resource = scope.resource(name)
    way = resource.relation(relation)
    if way.through is None:
        raise BadRequest(f"{way.title} is not tied through a join table. Change the other row instead.")
    near = _end(scope, resource, "row.update", segment)
    far = _end(scope, scope.resource(way.to), "row.list", far_key)
    values = {theirs: near[ours] for ours, theirs in way.through.near}
    return way.through, values | {ours: far[theirs] for ours, theirs in way.through.far}


def _end(scope: Scope, resource: Resource, action: str, segment: str) -> dict[str, Any]:
    row, within = held(scope, resource, action, segment)
    if row is None or not within:
        raise scope.absent(resource, segment)
    return row
