"""SQLAlchemy tables made from a Schema: no reflection, no surprise, any name that the database takes."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import quoted_name

from nexus_admin.data.columns import Stored, column_type
from nexus_admin.domain.resource import Resource, Schema
from nexus_admin.language.formula_columns import formula_column


class Tables(Mapping[str, sa.Table]):
    """A table for every resource, by the resource's name; each is made when it is first asked for.

    Args:
        schema: What introspection found.
        dialect: `sqlite`, `postgresql`, `mysql`, or another of SQLAlchemy's.

    Every name is quoted. Values come raw; `values/decode.py` reads them. A key that is no field
    (the row number of a SQLite table without a key) is a column too, and so are the blind index of
    an encrypted field and the formula of a computed one. Making two thousand tables takes a second, and a start
    needs none of them.
    """

    def __init__(self, schema: Schema, dialect: str) -> None:
        self._resources, self._dialect = schema.resources, dialect
        self._metadata = sa.MetaData()
        self._made: dict[str, sa.Table] = {}
        self._making = threading.Lock()

    def __getitem__(self, name: str) -> sa.Table:
        found = self._made.get(name)
        if found is None:
            resource = self._resources[name]
            with self._making:
                found = self._made.get(name)
                if found is None:
                    found = self._made[name] = _table(self._metadata, resource, self._dialect)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._resources)

    def __len__(self) -> int:
        return len(self._resources)


def _table(metadata: sa.MetaData, resource: Resource, dialect: str) -> sa.Table:
    stored = [one for one in resource.fields if not one.computed]
    columns: list[sa.Column[Any]] = [sa.Column(_quoted(one.name), column_type(one, dialect)) for one in stored]
    columns += [
        sa.Column(_quoted(name), Stored("integer", "INTEGER", dialect))
        for name in resource.key
        if name not in resource.by_name
    ]
    # Last, so that who reads all columns in their order leaves them out.
    columns += [sa.Column(_quoted(one.blind), Stored("text", "TEXT", dialect)) for one in resource.fields if one.blind]
    columns += [
        formula_column(one, resource, column_type(one, dialect), dialect, _quoted(one.name))
        for one in resource.fields
        if one.computed and one.askable
    ]
    schema = None if resource.schema is None else _quoted(resource.schema)
    return sa.Table(_quoted(resource.table), metadata, *columns, schema=schema, implicit_returning=False)


def _quoted(name: str) -> quoted_name:
    return quoted_name(name, quote=True)
