"""What a program is told that follows a table: batches of keys with what happened to each row."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from nexus_admin.domain.dataclass import dataclass

Mode = Literal["events", "triggers", "polling"]
"""How changes are learned of: `events` are those made through this Nexus; `triggers` of PostgreSQL and `polling` of a
column that rises tell of those that others made past it."""

What = Literal["created", "updated", "deleted", "changed"]
"""`changed`: created or updated, nobody knows which."""


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row that changed.

    Args:
        key: As in addresses; what stands in the row is asked for like any row.
        what: What happened to it.
        who: Who did it, by name, where the follower may see the row's history; "" where nobody knows.
    """

    key: str
    what: What
    who: str = ""


@dataclass(frozen=True, slots=True)
class ChangeBatch:
    """What happened in one table since the batch before.

    Args:
        source, resource: Which table.
        rows: Each row that changed, in the order in which it was learned of; a row may come again.
        gap: Something may be missing before this batch: whoever keeps a copy reads the table anew.
        at: When it was handed out.
        position: Give it as *after* to go on behind this batch, in another process too.
    """

    source: str
    resource: str
    rows: tuple[RowChange, ...]
    gap: bool
    at: datetime
    position: str
