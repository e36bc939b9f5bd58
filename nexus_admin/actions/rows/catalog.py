"""`catalog.view`: which tables of which sources the actor may list, for menus and for pages of extensions."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from nexus_admin.access import Access
from nexus_admin.actions.sources.known import Sources
from nexus_admin.actions.unit import Unit
from nexus_admin.data.source import DataSource
from nexus_admin.domain.action import Action, Nothing
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.resource import Resource


@dataclass(frozen=True, slots=True)
class SourceTables:
    """A source's name, and its tables that the actor may list, in the menu's order.

    A field that is hidden from the actor is not in them; one that is masked counts as a secret.
    """

    source: str
    resources: tuple[Resource, ...]


def view(unit: Unit, _data: Nothing) -> list[SourceTables]:
    """Return every source with what the actor may list of it."""
    decide = unit.service(Access).decide

    def seen(source: DataSource) -> Iterator[Resource]:
        for resource in source.schema.resources.values():
            decision = decide(unit.actor, "row.list", source.name, resource)
            if decision.allowed:
                yield _narrowed(resource, decision)

    return [SourceTables(source.name, tuple(seen(source))) for source in unit.service(Sources)]


def _narrowed(resource: Resource, decision: Decision) -> Resource:
    access = {field.name: decision.access(field.name) for field in resource.fields}
    if not {"hidden", "masked"} & set(access.values()):
        return resource
    fields = (
        dataclasses.replace(field, secret=field.secret or access[field.name] == "masked")
        for field in resource.fields
        if access[field.name] != "hidden"
    )
    return dataclasses.replace(resource, fields=tuple(fields))


ACTIONS = (
    Action("catalog.view", Nothing, view, "Tables", "account.view", on="house", writes=False, transaction=False),
)
