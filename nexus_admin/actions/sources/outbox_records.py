"""What the state keeps of outboxes: in which sources there is one, since when, and who moves its rows."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import sqlalchemy as sa

from nexus_admin.data.source import Box, DataSource
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.state.engine import State
from nexus_admin.state.tables.sources import source_outbox
from nexus_admin.state.versions import SOURCES, raise_version

_c = source_outbox.c


@dataclass(frozen=True, slots=True)
class OutboxRecord:
    """The outbox of one source."""

    name: str
    id: str
    installed: datetime
    installed_by: str


def records(connection: sa.Connection) -> dict[str, OutboxRecord]:
    """Return every outbox by the name of its source."""
    query = sa.select(_c.name, _c.id, _c.installed, _c.installed_by)
    return {row.name: OutboxRecord(*row) for row in connection.execute(query)}


def box_of(connection: sa.Connection, name: str) -> Box | None:
    """Return the outbox of the source called *name*, None for none."""
    found = connection.execute(sa.select(_c.id).where(_c.name == name)).scalar()
    return None if found is None else Box(found)


def lay(state: State, source: DataSource) -> None:
    """Have *source* leave its events in the outbox that the state says it keeps, or in none."""
    found = state.read(lambda connection: box_of(connection, source.name))
    if (found and found.id) != (source.box and source.box.id):
        source.box = found


def keep(connection: sa.Connection, name: str, id: str, by: str) -> None:
    """Keep that there is one from now on; other processes follow."""
    row = {"name": name, "id": id, "installed": datetime.now(UTC), "installed_by": by}
    connection.execute(source_outbox.insert().values(**row))
    raise_version(connection, SOURCES)


def forget(connection: sa.Connection, name: str) -> None:
    """Keep that there is none any more; other processes follow."""
    connection.execute(source_outbox.delete().where(_c.name == name))
    raise_version(connection, SOURCES)


def rename(connection: sa.Connection, old: str, new: str) -> None:
    """Keep it under the source's new name."""
    connection.execute(source_outbox.update().where(_c.name == old).values(name=new))


def take_turn(connection: sa.Connection, id: str, mover: str, seconds: float) -> bool:
    """Be the one who moves the rows of an outbox, for so long; return whether nobody else is."""
    now = time.time_ns() // 1000
    free = sa.or_(_c.mover.is_(None), _c.mover == mover, _c.moves_until < now)
    values = {"mover": mover, "moves_until": now + int(seconds * 1_000_000)}
    return connection.execute(source_outbox.update().where(_c.id == id, free).values(values)).rowcount > 0
