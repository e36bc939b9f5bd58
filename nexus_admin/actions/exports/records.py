"""Exports in the background in our own state: asked for, begun, whole, over; and their parts, which are sealed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.state.tables.exports import export, export_part

REMEMBERED = timedelta(days=7)
"""So long what became of an export is told, after its file is gone; nobody is at one that was asked for earlier."""
GIVEN_UP = timedelta(days=1)
"""After which nobody is at one any more, whatever became of its job."""
AT_ONCE = 100
"""Parts that are deleted in one transaction, so that nobody else waits long."""


@dataclass(frozen=True, slots=True)
class ExportRecord:
    """One export; what says how it ended is None until then. See the table."""

    id: str
    owner: str
    job: str | None
    source: str
    resource: str
    title: str
    asked: bytes
    state: str
    attempt: int
    expected: int | None
    error: str | None
    name: str | None
    content_type: str | None
    rights: str | None
    rows: int | None
    bytes: int | None
    parts: int | None
    asked_at: datetime
    ended_at: datetime | None
    expires_at: datetime | None

    @property
    def expired(self) -> bool:
        """Whether its file is not given any more."""
        return self.expires_at is not None and self.expires_at <= datetime.now(UTC)


def ask(connection: sa.Connection, values: Mapping[str, Any]) -> None:
    """Write down what is asked."""
    connection.execute(export.insert().values(state="asked", asked_at=datetime.now(UTC), **values))


def find(connection: sa.Connection, id: str) -> ExportRecord | None:
    """Return the export with that id."""
    row = connection.execute(sa.select(export).where(export.c.id == id)).mappings().one_or_none()
    return ExportRecord(**row) if row is not None else None


def of_owner(connection: sa.Connection, owner: str, limit: int = 100) -> list[ExportRecord]:
    """Return what somebody asked for, the newest first."""
    statement = sa.select(export).where(export.c.owner == owner).order_by(export.c.asked_at.desc(), export.c.id)
    return [ExportRecord(**row) for row in connection.execute(statement.limit(limit)).mappings()]


def held(connection: sa.Connection, owner: str) -> int:
    """Return how many files somebody has, those that are being written too; nobody else asks for them meanwhile."""
    if connection.dialect.name == "postgresql":  # SQLite has one writer at a time
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"nexus exports {owner}"))))
    now = datetime.now(UTC)
    begun = sa.and_(export.c.state == "asked", export.c.asked_at > now - GIVEN_UP)
    whole = sa.and_(export.c.state == "done", export.c.expires_at > now)
    mine = sa.and_(export.c.owner == owner, sa.or_(begun, whole))
    return connection.execute(sa.select(sa.func.count()).select_from(export).where(mine)).scalar_one()


def begin(connection: sa.Connection, id: str) -> int | None:
    """Begin an attempt, and return its number: what earlier ones wrote does not count. None where nobody wants it."""
    asked = sa.and_(export.c.id == id, export.c.state == "asked")
    done = connection.execute(export.update().where(asked).values(attempt=export.c.attempt + 1))
    if done.rowcount == 0:
        return None
    return int(connection.execute(sa.select(export.c.attempt).where(export.c.id == id)).scalar_one())


def add_part(connection: sa.Connection, id: str, attempt: int, number: int, data: bytes) -> bool:
    """Keep the next part of an attempt; return False where nobody wants it any more."""
    mine = (export.c.id == id, export.c.attempt == attempt, export.c.state == "asked")
    if connection.execute(export.update().where(*mine).values(parts=number + 1)).rowcount == 0:
        return False
    values = {"id": part_id(id, attempt, number), "export": id, "attempt": attempt, "number": number, "data": data}
    connection.execute(export_part.insert().values(**values))
    return True


def finish(connection: sa.Connection, id: str, attempt: int, values: Mapping[str, Any]) -> bool:
    """Offer the file, whole; return False where nobody wants it any more, or another attempt is at it."""
    mine = (export.c.id == id, export.c.attempt == attempt, export.c.state == "asked")
    done = connection.execute(export.update().where(*mine).values(state="done", **values))
    return done.rowcount == 1


def end(connection: sa.Connection, id: str, state: str, error: str | None = None, attempt: int | None = None) -> bool:
    """Say that there will be no file; return False where it is over already, or another attempt is at it."""
    mine = [export.c.id == id, export.c.state == "asked", *([] if attempt is None else [export.c.attempt == attempt])]
    values = {"state": state, "error": error, "ended_at": datetime.now(UTC)}
    return connection.execute(export.update().where(*mine).values(**values)).rowcount == 1


def delete(connection: sa.Connection, id: str) -> None:
    """Forget it; its parts belong to nobody then."""
    connection.execute(export.delete().where(export.c.id == id))


def part(connection: sa.Connection, id: str, attempt: int, number: int) -> bytes | None:
    """Return one part as it is sealed; None where it is gone."""
    where = export_part.c.id == part_id(id, attempt, number)
    return connection.execute(sa.select(export_part.c.data).where(where)).scalar_one_or_none()


def part_id(id: str, attempt: int, number: int) -> str:
    """Return what a part is kept and sealed by."""
    return f"{id}.{attempt}.{number}"


def clear(connection: sa.Connection, id: str, below: int | None = None) -> int:
    """Delete some parts of an export, of attempts before *below* only; return how many there were."""
    where = [export_part.c.export == id, *([] if below is None else [export_part.c.attempt < below])]
    return _delete_some(connection, sa.and_(*where))


def forget(connection: sa.Connection) -> int:
    """Delete some parts that nobody can be given, and what has long been over; return how many there were."""
    now = datetime.now(UTC)
    old = sa.func.coalesce(export.c.ended_at, export.c.asked_at) < now - REMEMBERED
    connection.execute(export.delete().where(old, sa.or_(export.c.expires_at.is_(None), export.c.expires_at < now)))
    wanted = sa.select(export.c.id).where(
        export.c.id == export_part.c.export,
        export.c.attempt == export_part.c.attempt,
        sa.or_(export.c.state == "asked", sa.and_(export.c.state == "done", export.c.expires_at > now)),
    )
    return _delete_some(connection, ~sa.exists(wanted))


def of_source(connection: sa.Connection, source: str) -> tuple[int, int]:
    """Return how many files there are with rows of a source, and the bytes of all their parts."""
    files = sa.select(sa.func.count(sa.distinct(export_part.c.export)), sa.func.sum(sa.func.length(export_part.c.data)))
    count, size = connection.execute(files.where(_parts_of(source))).one()
    return count, int(size or 0)


def purge(connection: sa.Connection, source: str) -> int:
    """Delete every file with rows of a source, those that are being written too; return how many there were.

    What is asked goes first: from then on nobody adds a part, and who was just at it has added theirs.
    """
    count, _ = of_source(connection, source)
    gone = connection.execute(export.delete().where(export.c.source == source).returning(export.c.id)).scalars().all()
    for at in range(0, len(gone), AT_ONCE):
        connection.execute(export_part.delete().where(export_part.c.export.in_(gone[at : at + AT_ONCE])))
    return count


def _parts_of(source: str) -> sa.ColumnElement[bool]:
    return export_part.c.export.in_(sa.select(export.c.id).where(export.c.source == source))


def _delete_some(connection: sa.Connection, where: sa.ColumnElement[bool]) -> int:
    some = sa.select(export_part.c.id).where(where).limit(AT_ONCE)
    return connection.execute(export_part.delete().where(export_part.c.id.in_(some))).rowcount
