"""Bringing the state's tables up to date when it is opened.

A new database gets its tables from `metadata` at once, an old one runs Alembic's
migrations, and one that is up to date costs a single SELECT: importing Alembic takes
longer than everything else that happens at start. A test holds that both ways lead to
the same tables.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from nexus_admin.domain.errors import StateDown
from nexus_admin.state.migrations import HEAD
from nexus_admin.state.tables import metadata

MIGRATIONS = Path(__file__).parent / "migrations"
_VERSION = sa.Table("alembic_version", sa.MetaData(), sa.Column("version_num", sa.String(32), nullable=False))


def revision_of(connection: sa.Connection) -> str | None:
    """Return the revision that the tables are at; None for a new database."""
    if not sa.inspect(connection).has_table(_VERSION.name):
        return None
    revision: str | None = connection.execute(sa.select(_VERSION.c.version_num)).scalar()
    return revision


def is_current(connection: sa.Connection) -> bool:
    """Whether there is nothing to do."""
    return revision_of(connection) == HEAD


def bring_up_to_date(connection: sa.Connection, where: str) -> None:
    """Make or migrate every table within the transaction that *connection* is in.

    Raises:
        StateDown: a newer Nexus has written this state.
    """
    revision = revision_of(connection)
    if revision == HEAD:
        return
    if not sa.inspect(connection).has_table(_VERSION.name):
        metadata.create_all(connection, checkfirst=False)  # a table of that name would be somebody else's
        connection.exec_driver_sql(
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
            "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
        )
        connection.execute(_VERSION.insert().values(version_num=HEAD))
        return
    _migrate(connection, where, revision)


def _migrate(connection: sa.Connection, where: str, revision: str | None) -> None:
    from alembic import command, config, util  # slow to import; see above

    settings = config.Config()
    settings.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    settings.attributes["connection"] = connection
    try:
        command.upgrade(settings, "head")
    except util.CommandError as error:
        raise StateDown(
            f"The state in {where} is at revision {revision}, which this Nexus does not know: {error}. "
            "A newer Nexus has used it. Install that one, or restore a backup."
        ) from error
