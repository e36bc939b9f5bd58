"""What the state keeps of feeds: how changes that others make past Nexus are learned of, by source."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from nexus_admin.domain.changes import Mode
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.state.tables.sources import source_feed

_c = source_feed.c


@dataclass(frozen=True, slots=True)
class FeedRecord:
    """The feed of one source.

    Args:
        name: The source's.
        mode: `triggers` or `polling`.
        options: For polling `seconds`, and `columns` by table; for triggers `tables`, those that bear them.
        installed, installed_by: Since when, and by whom.
    """

    name: str
    mode: Mode
    options: Mapping[str, Any]
    installed: datetime
    installed_by: str


def records(connection: sa.Connection) -> dict[str, FeedRecord]:
    """Return every feed by the name of its source."""
    query = sa.select(_c.name, _c.mode, _c.options, _c.installed, _c.installed_by)
    return {row.name: FeedRecord(*row) for row in connection.execute(query)}


def keep(connection: sa.Connection, name: str, mode: Mode, options: Mapping[str, Any], by: str) -> None:
    """Keep how changes of a source are learned of from now on, in place of what was kept."""
    forget(connection, name)
    row = {"name": name, "mode": mode, "options": dict(options), "installed": datetime.now(UTC), "installed_by": by}
    connection.execute(source_feed.insert().values(**row))


def forget(connection: sa.Connection, name: str) -> None:
    """Keep that only what is done through Nexus is known of."""
    connection.execute(source_feed.delete().where(_c.name == name))


def rename(connection: sa.Connection, old: str, new: str) -> None:
    """Keep it under the source's new name."""
    connection.execute(source_feed.update().where(_c.name == old).values(name=new))
