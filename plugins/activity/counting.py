"""Counting changes into rows of the projection, and reading them back: a row for each day, table and person."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from nexus_admin.sdk import Event, Folding, Projected

VERBS = {
    "row.created": "made", "row.updated": "changed", "row.deleted": "deleted", "rows.updated": "changed",
    "rows.deleted": "deleted",
}  # fmt: skip
"""What is counted, and as what; events of many rows say how many."""
MOST = 50_000
"""So many rows are read for a page at most."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What one person did to one table on one day (UTC): rows made, changed and deleted."""

    day: date
    table: tuple[str, str]
    actor: str
    by: str
    made: int = 0
    changed: int = 0
    deleted: int = 0

    @property
    def rows(self) -> int:
        """All of them."""
        return self.made + self.changed + self.deleted


def count(rows: Folding, event: Event) -> None:
    """Add one event to its row; what is no change of rows is passed over."""
    verb, target = VERBS.get(event.name), event.target
    if verb is None or event.at is None or target.resource is None:
        return
    who = [target.source, target.resource, event.actor]
    key = f"{event.at.astimezone(UTC):%Y-%m-%d} {json.dumps(who)}"[:500]
    row = rows.get(key) or {"who": who}
    more = _rows(event.data) if event.name.startswith("rows.") else 1
    rows.put(key, {**row, "by": event.by, verb: row.get(verb, 0) + more})


def counted(rows: Projected, days: int) -> list[Counted]:
    """Return what was counted on the last so many days, today among them; of too much, the newest days."""
    today = datetime.now(UTC).date()
    found: list[Counted] = []
    for back in range(days):
        day = (today - timedelta(days=back)).isoformat()
        found = [_counted(*one) for one in rows.rows(begins=day, limit=MOST - len(found))] + found
        if len(found) == MOST:
            break
    return found


def _counted(key: str, row: Mapping[str, Any]) -> Counted:
    source, resource, actor = row["who"]
    numbers = {verb: row.get(verb, 0) for verb in ("made", "changed", "deleted")}
    return Counted(date.fromisoformat(key[:10]), (source, resource), actor, row.get("by", ""), **numbers)


def _rows(data: Mapping[str, Any]) -> int:
    given = data.get("rows", 0)
    return given if isinstance(given, int) else 0
