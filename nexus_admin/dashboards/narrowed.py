"""A schema as its reader sees it: what may not be listed or seen is not in it, as if it were not there."""

from __future__ import annotations

from dataclasses import replace

from nexus_admin.domain.decision import Decision
from nexus_admin.domain.resource import Relation, Resource, Schema
from nexus_admin.language.paths import Decide


def narrowed(schema: Schema, decide: Decide) -> Schema:
    """Return *schema* without the tables, fields and relations that *decide* hides; masked fields stay.

    Args:
        schema: Of a source.
        decide: The decision on listing the rows of the resource of that name.
    """
    decisions = {name: found for name in schema.resources if (found := decide(name)).allowed}
    return replace(schema, resources={name: _seen(schema.resources[name], decisions) for name in decisions})


def _seen(resource: Resource, decisions: dict[str, Decision]) -> Resource:
    decision = decisions[resource.name]
    relations = tuple(one for one in resource.relations if _followed(one, decision, decisions))
    left = {one.name for one in relations}
    fields = tuple(
        one if one.relation is None or one.relation in left else replace(one, relation=None)
        for one in resource.fields
        if decision.shows(one.name)
    )

    def shown(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in names if decision.shows(name.removeprefix("-").partition(".")[0]))

    return replace(
        resource,
        fields=fields,
        relations=relations,
        title_fields=shown(resource.title_fields),
        list_fields=shown(resource.list_fields),
        search_fields=shown(resource.search_fields),
        sort=shown(resource.sort),
    )


def _followed(one: Relation, decision: Decision, decisions: dict[str, Decision]) -> bool:
    if one.to not in decisions or (one.through is not None and one.through.resource not in decisions):
        return False
    return one.many or all(decision.shows(here) for here, _ in one.pairs)
