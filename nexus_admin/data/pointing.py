"""What a written row points to: a row that is hidden from whoever writes is answered like one that is not there.

Else anybody could find out which rows there are, and hang their own on those of others.
"""

from __future__ import annotations

from collections.abc import Collection

from nexus_admin.data import asking
from nexus_admin.data.scope import Scope
from nexus_admin.data.values.encode import encode
from nexus_admin.domain.errors import Invalid
from nexus_admin.domain.resource import Relation, Resource
from nexus_admin.domain.row import Row


def check_targets(scope: Scope, resource: Resource, row: Row, written: Collection[str]) -> None:
    """Refuse a row that was just written, if what was *written* of it points outside of a rule.

    Only tables of which the actor sees some rows by a rule count; a value that they did not touch stays as it was.

    Raises:
        Invalid: at the column, in the words for a row that is not there. The transaction is rolled back by it.
    """
    wrong = {}
    for relation in resource.relations:
        ours = [near for near, _ in relation.pairs]
        if relation.many or not relation.declared or set(ours).isdisjoint(written):
            continue
        if any(row.get(one) is None for one in ours) or _is_seen(scope, resource, relation, row):
            continue
        wrong[ours[0]] = f"There is no such row in {relation.to}."
    if wrong:
        raise Invalid(wrong)


def _is_seen(scope: Scope, resource: Resource, relation: Relation, row: Row) -> bool:
    decision = scope.decision("row.list", relation.to)
    if not decision.allowed or decision.rows is None:
        return True  # nothing of it is told by a rule
    columns = tuple(theirs for _, theirs in relation.pairs)
    key = tuple(encode(resource.field(ours), row[ours], scope.dialect) for ours, _ in relation.pairs)
    return bool(asking.by_columns(scope, scope.resource(relation.to), columns, [key], ()))
