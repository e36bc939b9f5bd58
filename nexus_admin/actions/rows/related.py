"""`row.related_count`: how many rows belong to a row along a relation; asked for after the page is there."""

from __future__ import annotations

from nexus_admin.access import Access
from nexus_admin.actions.rows.describing import known_relation
from nexus_admin.actions.rows.listing import RelatedInput, list_request
from nexus_admin.actions.rows.row import resource_of
from nexus_admin.actions.unit import Unit
from nexus_admin.domain.action import Action
from nexus_admin.domain.row import RowCount


def count_related(unit: Unit, data: RelatedInput) -> RowCount:
    """Count what belongs to the target's row, up to the cap."""
    resource = resource_of(unit)
    assert unit.source is not None
    schema = unit.source.schema
    relation = known_relation(unit.service(Access), unit.actor, schema, resource, data.relation)
    request = list_request(unit, relation.to, data)
    return unit.all_rows.related_count(resource.name, unit.target.key or "", relation.name, request)


ACTIONS = (Action("row.related_count", RelatedInput, count_related, "Count", "row.read", writes=False),)
