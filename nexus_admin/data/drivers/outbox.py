"""The remote outbox: a table in a connected database that takes the events of a change in the change's own transaction.

What is there was committed, and what was taken back is not there. A row without an event proves the same of a call that
tells of nothing. The first row belongs to no call: it says whose outbox this is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy import exc

from nexus_admin.data.source import Box, DataSource
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import Forbidden, NexusError, Refused, SourceDown, SourceFailed, SourceTimeout

TABLE = "nx_outbox"
DIALECTS = frozenset({"sqlite", "postgresql", "mysql"})
"""Where one can be kept."""
AT_ONCE = 500
"""Rows that are read or deleted with one statement."""

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_table = sa.Table(
    TABLE,
    sa.MetaData(),
    sa.Column("seq", _NUMBER, primary_key=True, autoincrement=True),
    sa.Column("id", sa.String(26), nullable=False, unique=True),
    sa.Column("entry", sa.String(26), nullable=False),
    sa.Column("event", sa.Text().with_variant(sa.Text(2**31 - 1), "mysql", "mariadb")),
    sa.Column("at", sa.BigInteger, nullable=False),
    comment="Events that Nexus has yet to tell of. See the page of this database there before you drop it.",
    sqlite_autoincrement=True,
)
_ON_MYSQL = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4"}
"""Said when it is made there: a table that names them makes every start read all of SQLAlchemy's MySQL."""
COLUMNS = frozenset(column.name for column in _table.columns)
_c = _table.c
_OURS = ""
"""The entry of the row that says whose outbox it is."""


class Lost(SourceFailed):
    """The outbox of a source cannot be used."""

    title = "The outbox cannot be used"


@dataclass(frozen=True, slots=True)
class Line:
    """One row.

    Args:
        id: Of the event, or of nothing but the row; a ULID.
        entry: Id of the ledger's entry whose call was committed with it.
        event: What has happened, as text; None where nothing is told. As it is written, with its seal before it.
        seq: Its number; of two changes of one row the later has the greater one.
    """

    id: str
    entry: str
    event: str | None
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits in an outbox: how many rows, and for how many seconds the oldest."""

    rows: int
    oldest: float | None


def is_outbox(name: str, columns: Collection[str]) -> bool:
    """Whether a table that was found is an outbox, which is nobody's resource."""
    return name == TABLE and frozenset(columns) >= COLUMNS


def leave(source: DataSource, connection: sa.Connection, box: Box, lines: Sequence[Line]) -> None:
    """Write *lines* in the transaction of *connection*, last before its commit.

    Raises:
        SourceFailed: the outbox is gone, is somebody else's, or cannot be written; then nothing may be committed.
        SourceDown: the database went away, or is busy.
    """
    with _or_nothing(source, "Nothing was changed"):
        if not box.seen:
            _own(source, connection, box.id, "Nothing was changed")
        if lines:
            at = time.time_ns() // 1000
            rows = [{"id": one.id, "entry": one.entry, "event": one.event, "at": at} for one in lines]
            connection.execute(_table.insert(), rows)
    box.seen = True


def waiting(source: DataSource, box: Box) -> Iterator[list[Line]]:
    """Yield the rows that wait, some at a time, in the order in which they were written.

    Raises:
        SourceFailed, SourceDown: as `leave`.
    """
    asked = sa.select(_c.id, _c.entry, _c.event, _c.seq).order_by(_c.seq).limit(AT_ONCE)
    after = 0
    while True:
        with _or_nothing(source, "Nothing was told"), source.read() as connection:
            _own(source, connection, box.id, "Nothing was told")
            rows = connection.execute(asked.where(_c.seq > after, _c.entry != _OURS)).all()
        if rows:
            yield [Line(*row) for row in rows]
        if len(rows) < AT_ONCE:
            return
        after = rows[-1].seq


def clear(source: DataSource, seqs: Sequence[int]) -> None:
    """Delete rows by their numbers, because what they tell of is told and what they prove is written down."""
    for start in range(0, len(seqs), AT_ONCE):
        with source.write() as connection:
            connection.execute(_table.delete().where(_c.seq.in_(seqs[start : start + AT_ONCE])))


def proves(source: DataSource, box: Box, entry: str, is_ours: Callable[[Line], bool]) -> bool | None:
    """Whether a row that *is_ours* stands there for the ledger's entry *entry*; None where the outbox is gone.

    Raises:
        SourceDown: the database does not answer.
    """
    try:
        with source.read() as connection:
            if not _is_own(connection, box.id):
                return None
            asked = sa.select(_c.id, _c.entry, _c.event, _c.seq).where(_c.entry == entry)
            found = [Line(*row) for row in connection.execute(asked)]
    except (SourceFailed, Forbidden):
        return None
    return any(is_ours(line) for line in found)


def look(source: DataSource, box: Box) -> Waiting:
    """Return what waits.

    Raises:
        SourceFailed: it is gone, somebody else's, or cannot be read.
        SourceDown: the database does not answer.
    """
    with _or_nothing(source, "Nothing can be told"), source.read() as connection:
        _own(source, connection, box.id, "Nothing can be told")
        asked = sa.select(sa.func.count(), sa.func.min(_c.at)).where(_c.entry != _OURS)
        count, since = connection.execute(asked).one()
    return Waiting(count, None if since is None else max(0.0, time.time() - since / 1_000_000))


def install(source: DataSource, box: str, *, adopt: bool = False) -> None:
    """Make the table, and say in it whose it is; with *adopt*, take over one that is there.

    Raises:
        Refused: there is one already, of another Nexus, or a table of that name that is none.
        Forbidden: our login may not make tables, or not write it.
        ReadOnly: the source takes no writes.
    """
    mine = {"id": box, "entry": _OURS, "event": None, "at": time.time_ns() // 1000}
    with source.write() as connection:
        columns = _columns(connection)
        if columns and not is_outbox(TABLE, columns):
            raise Refused(f"{source.name} has a table {TABLE} that is no outbox. Rename it, then install again.")
        if columns and not adopt:
            raise Refused(
                f"{source.name} has an outbox of another Nexus, or of this one before its own database was lost. Where "
                f"nobody uses it any more, take it over: nexus source outbox install {source.name} --adopt"
            )
        try:
            if columns:
                connection.execute(_table.delete().where(_c.entry == _OURS))
            else:
                if source.dialect == "mysql":
                    _table.dialect_kwargs.update(_ON_MYSQL)
                _table.create(connection)
            connection.execute(_table.insert(), mine)
        except exc.SQLAlchemyError as error:
            raise _unmade(source, error) from error


@contextmanager
def emptied(source: DataSource, box: Box) -> Iterator[list[Line]]:
    """Give what waits while nobody else can add to it; at the end the table is dropped, unless something is raised.

    Raises:
        SourceFailed, SourceDown: as `leave`.
    """
    with _or_nothing(source, "It was not removed"), source.write() as connection:
        _own(source, connection, box.id, "It was not removed")
        _alone(connection)
        try:
            asked = sa.select(_c.id, _c.entry, _c.event, _c.seq).where(_c.entry != _OURS).order_by(_c.seq)
            yield [Line(*row) for row in connection.execute(asked)]
            _table.drop(connection)
        finally:
            if connection.dialect.name in ("mysql", "mariadb"):
                connection.exec_driver_sql("UNLOCK TABLES")


def _alone(connection: sa.Connection) -> None:
    """Wait for the writers that are there, and let no other in. On SQLite whoever writes is alone."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"LOCK TABLE {TABLE} IN ACCESS EXCLUSIVE MODE")
    elif connection.dialect.name in ("mysql", "mariadb"):
        connection.exec_driver_sql(f"LOCK TABLES {TABLE} WRITE")


def _columns(connection: sa.Connection) -> frozenset[str]:
    """Return the columns of the table of that name; none where there is no such table."""
    inspector = sa.inspect(connection)
    if not inspector.has_table(TABLE):
        return frozenset()
    return frozenset(column["name"] for column in inspector.get_columns(TABLE))


def _is_own(connection: sa.Connection, box: str) -> bool:
    return connection.execute(sa.select(_c.id).where(_c.id == box, _c.entry == _OURS)).first() is not None


def _own(source: DataSource, connection: sa.Connection, box: str, so: str) -> None:
    if not _is_own(connection, box):
        raise _gone(source, so, "belongs to another Nexus by now")


@contextmanager
def _or_nothing(source: DataSource, so: str) -> Iterator[None]:
    """Turn what the database says of the table into a sentence about the outbox."""
    try:
        yield
    except exc.SQLAlchemyError as error:
        raise _lost(source, source.failure(error), so) from error
    except (SourceFailed, Forbidden) as error:
        raise _lost(source, error, so) from error


def _lost(source: DataSource, error: NexusError, so: str) -> NexusError:
    if isinstance(error, (SourceDown, SourceTimeout, Lost)):
        return error
    why = "may not be used by our login" if isinstance(error, Forbidden) else "is not there any more"
    return _gone(source, so, why)


def _gone(source: DataSource, so: str, why: str) -> Lost:
    return Lost(
        f"{so}: {source.name} keeps its outbox in the table {TABLE}, which {why}, so events could be lost. Remove the "
        "outbox on the source's page, and install it again there."
    )


def _unmade(source: DataSource, error: exc.SQLAlchemyError) -> NexusError:
    meant = source.failure(error)
    if isinstance(meant, (SourceDown, SourceTimeout)):
        return meant
    if isinstance(meant, Forbidden):
        return Forbidden(
            f"The login that Nexus uses for {source.name} may not make the table {TABLE}. Grant it that, and try again."
        )
    return SourceFailed(f"The outbox of {source.name} could not be made. {meant}")
