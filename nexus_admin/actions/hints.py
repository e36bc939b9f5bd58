"""What an error may say to somebody: the nearest neighbour of a wrong name is only ever one that they may know of."""

from __future__ import annotations

from nexus_admin.access import Access
from nexus_admin.actions.rows.describing import knows_source, visible
from nexus_admin.actions.sources.known import Sources
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import NexusError, SourceFailed, UnknownField, UnknownResource, UnknownSource


def told_to(actor: Actor, error: NexusError, access: Access, sources: Sources) -> NexusError:
    """Return *error* as *actor* may read it."""
    match error:
        case UnknownSource():
            seen = [one.name for one in sources if one.name in error.known and visible(one, access, actor)]
            return UnknownSource(error.name, seen)
        case UnknownResource() if error.source in sources.names():
            if not knows_source(access, actor, sources.get(error.source)):
                return told_to(actor, UnknownSource(error.source, sources.names()), access, sources)
            shown = visible(sources.get(error.source), access, actor)
            return UnknownResource(error.name, error.source, [one.name for one in shown])
        case UnknownField() if error.source in sources.names():
            told = UnknownField(error.name, error.resource, _fields(actor, error, access, sources))
            told.title = error.title
            return told
        case SourceFailed() if error.said and not access.decide(actor, "source.view", "nexus").allowed:
            return SourceFailed(str(error))
        case _:
            return error


def _fields(actor: Actor, error: UnknownField, access: Access, sources: Sources) -> list[str]:
    """Return the fields that the actor may know of, and the relations to tables that they may."""
    shown = {one.name: one for one in visible(sources.get(error.source), access, actor)}
    resource = shown.get(error.resource)
    if resource is None:
        return []
    decision = access.decide(actor, "row.list", error.source, resource)
    fields = [name for name in resource.by_name if decision.shows(name)]
    return [*fields, *(name for name, one in resource.relations_by_name.items() if one.to in shown)]
