"""`row.history`: what happened to one row, read from the ledger under the rights of whoever looks."""

from __future__ import annotations

from dataclasses import replace

from pydantic import BaseModel, ConfigDict, Field

from nexus_admin.actions.narrowing import narrowed
from nexus_admin.actions.rows.row import resource_of
from nexus_admin.actions.sources.known import Sources
from nexus_admin.actions.unit import Unit
from nexus_admin.audit.ledger import Ledger
from nexus_admin.audit.query import Past
from nexus_admin.audit.search import Names
from nexus_admin.domain.action import Action
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import NotFound
from nexus_admin.domain.resource import Resource


class HistoryInput(BaseModel):
    """Which page of the history."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(20, ge=1, le=200)
    before: str = Field("", max_length=60, description="`next` of the page before.")


@dataclass(frozen=True, slots=True)
class History:
    """A page of what happened to a row.

    Args:
        resource: What it is a row of.
        past: Newest first; each with what the actor may see of it.
        next: Where the next page begins, "" on the last one.
        gone: The row is not there any more.
    """

    resource: Resource
    past: tuple[Past, ...]
    next: str = ""
    gone: bool = False


def history(unit: Unit, data: HistoryInput) -> History:
    """Return what happened to the row.

    Raises:
        NotFound: the row is not there, or not for this actor. What became of a row that is gone is told only to
            those whose rights do not depend on what stood in it.
    """
    resource, key = resource_of(unit), unit.target.key or ""
    gone = False
    try:
        unit.all_rows.one(resource.name, key)
        if unit.decision.rows is not None:  # a role may give the past of fewer rows than it shows
            unit.all_rows.one(resource.name, key, unit.action.name)
    except NotFound:
        gone = unit.all_rows.current(resource.name, key) is None
        if not gone or unit.decision.rows is not None or unit.decide("row.read", resource.name).rows is not None:
            raise
    names = _names(unit.service(Sources), resource.source)
    found = unit.service(Ledger).history(resource.source, resource.name, key, data.limit + 1, data.before, names)
    if gone and not found:
        raise NotFound(f"There is nothing at {unit.target}.")
    more = len(found) > data.limit
    del found[data.limit :]
    past = tuple(
        replace(
            one,
            change=narrowed(unit, one.change),
            entry=replace(one.entry, data={}, detail="", request={}),
            root=replace(one.root, data={}, detail="", request={}),
        )
        for one in found
    )
    return History(resource, past, found[-1].mark if more else "", gone)


def _names(sources: Sources, name: str) -> Names:
    """Return under which names the ledger knows a source that may have been renamed."""
    periods = {one.name: [(was.name, was.since, was.until) for was in one.former] for one in sources.statuses()}
    others = [was for one, found in periods.items() if one != name for was in found if was[0] == name]
    return Names(periods.get(name, ()), others)


ACTIONS = (Action("row.history", HistoryInput, history, "History", writes=False, icon="history"),)
