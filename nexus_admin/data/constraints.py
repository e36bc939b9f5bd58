"""Which columns a constraint or index is about, asked of the database's own catalog after it said no."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from nexus_admin.data.database_errors import Columns
from nexus_admin.domain.errors import NexusError
from nexus_admin.domain.resource import Resource

if TYPE_CHECKING:
    from nexus_admin.data.source import DataSource

_SQL = {
    "postgresql": """
        SELECT a.attname FROM pg_constraint c CROSS JOIN LATERAL unnest(c.conkey) WITH ORDINALITY AS k(number, place)
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number
        WHERE c.conname = :name AND c.conrelid = to_regclass(:table) ORDER BY k.place""",
    "mysql": """
        SELECT column_name FROM information_schema.statistics WHERE table_schema = coalesce(:schema, database())
        AND table_name = :bare AND index_name = :name AND column_name IS NOT NULL ORDER BY seq_in_index""",
    "sqlite": "SELECT name FROM pragma_index_info(:name) WHERE name IS NOT NULL ORDER BY seqno",
}


def columns_of(source: DataSource, resource: Resource, table: sa.Table) -> Columns:
    """Return a look-up of a constraint's columns, on a connection of its own: the one that failed may be spoilt."""

    def find(name: str) -> list[str]:
        sql = _SQL.get(source.dialect)
        if not name or sql is None:
            return []
        quoted = source.reader.dialect.identifier_preparer.format_table(table)
        given = {"name": name, "table": quoted, "bare": resource.table, "schema": resource.schema}
        try:
            with source.read() as connection:
                statement = sa.text(sql)
                wanted = {bind: value for bind, value in given.items() if f":{bind}" in sql}
                return [str(one) for one in connection.execute(statement, wanted).scalars()]
        except NexusError:
            return []

    return find
