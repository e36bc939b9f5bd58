"""What every table of ours is made of: one `metadata`, ids, moments and JSON that mean the same on every dialect."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(sa.types.TypeDecorator[datetime]):
    """A point in time. Takes aware datetimes only and gives them back in UTC, on SQLite too."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Turn *value* to UTC; a naive one is a mistake of the caller's."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone; give datetime.now(UTC) or the like.")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, _dialect: sa.Dialect) -> datetime | None:
        """Say that it is UTC."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


Id = sa.String(26)
"""A ULID's 26 letters, as `ids.as_ulid` spells them."""

Json = sa.JSON(none_as_null=True)
"""JSON as text on both dialects: order, repeated keys and `\\u0000` survive, which JSONB would not allow."""


def partly(name: str, *columns: str, where: str, unique: bool = False) -> sa.Index:
    """Return an index of the rows that *where* holds for; both databases have such."""
    return on_postgresql(sa.Index(name, *columns, unique=unique, sqlite_where=sa.text(where)), where=sa.text(where))


def on_postgresql(index: sa.Index, **options: Any) -> sa.Index:
    """Return *index*, and remember what PostgreSQL is to be told of it when the tables are made.

    As `postgresql_…` to `Index` each would load the library's part for PostgreSQL, which no start on SQLite needs.
    """
    index.info["postgresql"] = options
    return index


@sa.event.listens_for(metadata, "before_create")
def _tell_postgresql(made: sa.MetaData, connection: sa.Connection, **_more: Any) -> None:
    """Give PostgreSQL's indexes their options."""
    if connection.dialect.name != "postgresql":
        return
    for index in (index for table in made.tables.values() for index in table.indexes):
        index.dialect_options["postgresql"].update(index.info.get("postgresql", {}))
