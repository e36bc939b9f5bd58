"""Whether a source keeps the promise of transactions: what was not committed is not there."""

from __future__ import annotations

import sqlalchemy as sa

from nexus_admin.data.source import DataSource

ALL_OR_NOTHING = frozenset({"sqlite", "postgresql"})
"""Dialects in which every table keeps that promise."""

_TABLES = sa.table("tables", sa.column("table_schema"), sa.column("engine"), schema="information_schema")
_ENGINES = sa.table("engines", sa.column("engine"), sa.column("transactions"), schema="information_schema")


def all_or_nothing(source: DataSource) -> bool:
    """Whether no write can have stayed in *source* whose transaction was not committed.

    In MySQL and MariaDB each table has an engine of its own, and MyISAM, for one, keeps what was taken back.

    Raises:
        SourceDown: it has to be asked, and does not answer.
    """
    if source.dialect != "mysql":
        return source.dialect in ALL_OR_NOTHING
    loose = (
        sa.select(sa.func.count())
        .select_from(_TABLES.join(_ENGINES, _ENGINES.c.engine == _TABLES.c.engine))
        .where(_TABLES.c.table_schema == sa.func.database(), sa.func.coalesce(_ENGINES.c.transactions, "NO") != "YES")
    )
    with source.read() as connection:
        return connection.execute(loose).scalar_one() == 0
