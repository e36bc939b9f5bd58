"""The numbers by which one process sees that another changed something of the house."""

from __future__ import annotations

import sqlalchemy as sa

from nexus_admin.state.tables.versions import house_version as stored

SETTINGS, SOURCES = "settings", "source"
FOLLOWED = frozenset({SETTINGS, SOURCES})
"""The things of the house that other processes follow. An event is called after the one that it is about."""

_ALL = sa.select(stored.c.name, stored.c.version)


def raise_version(connection: sa.Connection, name: str) -> None:
    """Say, in the transaction of *connection*, that something of what *name* stands for was changed."""
    mine = stored.c.name == name
    if connection.execute(stored.update().where(mine).values(version=stored.c.version + 1)).rowcount == 0:
        connection.execute(stored.insert().values(name=name, version=1))


def versions(connection: sa.Connection) -> dict[str, int]:
    """Return every number by its name; what never changed has none."""
    return dict(map(tuple, connection.execute(_ALL)))
