"""Fields that are there only under a condition, in a form: judged here, by what stands in it now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from nexus_admin.domain.decision import Decision
from nexus_admin.domain.resource import Resource
from nexus_admin.domain.row import Row
from nexus_admin.language.conditions import conditional, new_row, typed, unseen
from nexus_admin.language.variables import Variables

if TYPE_CHECKING:
    from nexus_admin.web.visit import Visit


def unseen_in(
    visit: Visit, resource: Resource, decision: Decision, texts: Mapping[str, str], row: Row | None = None
) -> frozenset[str]:
    """Return the fields that are not there.

    Args:
        visit: Whose form it is.
        resource: What it makes or changes a row of.
        decision: What they may know of it.
        texts: What stands in the form, by field.
        row: The row that it changes; None where it makes one.
    """
    if not conditional(resource):
        return frozenset()
    zone = visit.locale.zone
    known = {
        name: typed(resource.by_name[name], text, zone) for name, text in texts.items() if name in resource.by_name
    }
    values = new_row(resource, known) if row is None else {**row, **known}
    variables = Variables(visit.actor, visit.locale.now, ZoneInfo(visit.reader.zone_name or "UTC"))
    schema = visit.kernel.sources.get(resource.source).schema
    return unseen(schema, resource, values, variables, decision.shows)
