"""Reading a row again, whole, to settle what a crash left open."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from nexus_admin.access.masks import mask
from nexus_admin.data.rows import Rows
from nexus_admin.data.source import DataSource
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.audit import Change
from nexus_admin.domain.decision import Decision
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
