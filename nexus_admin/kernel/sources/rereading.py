"""Reading a row again, whole, and proving that nothing was written, to settle what a crash left open."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from nexus_admin.access.masks import mask
from nexus_admin.actions.registry import Actions
from nexus_admin.actions.sources.known import Sources
from nexus_admin.data.drivers.atomic import all_or_nothing
from nexus_admin.data.rows import Rows
from nexus_admin.data.source import DataSource
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.audit import Change
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.errors import UnknownAction
from nexus_admin.domain.row import Row
from nexus_admin.language.variables import Variables

EVERYTHING = Decision(True, "Settling compares whole rows.", fingerprint="settling")


def current_row(source: DataSource, change: Change) -> Row | None:
    """Return the row that *change* was about as it is now, None if there is none."""
    if change.resource not in source.schema.resources:
        return None
    variables = Variables(Actor.system("settling"), datetime.now(UTC), ZoneInfo("UTC"))
    with source.read() as connection:
        rows = Rows(source, connection, lambda _action, _resource: EVERYTHING, variables, mask)
        return rows.current(change.resource, change.key)


def left_nothing(actions: Actions, sources: Sources, row: Mapping[str, Any]) -> bool:
    """Whether the call in *row*, an open entry that noted no change, cannot have changed anything.

    The house's own actions write rows alone, and note each before the commit; so without a note there was none.
    What an extension's action does besides, to a service for one, nobody knows.

    Raises:
        SourceDown: the source has to be asked, and does not answer.
    """
    try:
        action = actions.get(row["action"])
    except UnknownAction:
        return False
    plain = action.owner == "nexus" and action.transaction and action.writes
    return plain and row["source"] in sources.names() and all_or_nothing(sources.get(row["source"]))
