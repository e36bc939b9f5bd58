"""SQLAlchemy tables made from a Schema: no reflection, no surprise, any name that the database takes."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.sql.elements import quoted_name

from nexus_admin.data.columns import Stored, column_type
from nexus_admin.domain.resource import Resource, Schema


def tables_of(schema: Schema, dialect: str) -> Mapping[str, sa.Table]:
    """Return a table for every resource, by the resource's name.

    Args:
        schema: What introspection found.
        dialect: `sqlite`, `postgresql`, `mysql`, or another of SQLAlchemy's.

    Every name is quoted. Values come raw; `values/decode.py` reads them. A key that is no field
    (the row number of a SQLite table without a key) is a column too.
    """
    metadata = sa.MetaData()
    return {name: _table(metadata, resource, dialect) for name, resource in schema.resources.items()}


def _table(metadata: sa.MetaData, resource: Resource, dialect: str) -> sa.Table:
    columns = [sa.Column(_quoted(one.name), column_type(one, dialect)) for one in resource.fields]
    columns += [
        sa.Column(_quoted(name), Stored("integer", "INTEGER", dialect))
        for name in resource.key
        if name not in resource.by_name
    ]
    schema = None if resource.schema is None else _quoted(resource.schema)
    return sa.Table(_quoted(resource.table), metadata, *columns, schema=schema, implicit_returning=False)


def _quoted(name: str) -> quoted_name:
    return quoted_name(name, quote=True)
