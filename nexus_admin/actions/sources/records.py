"""What the state keeps of data sources: the sealed addresses, the structures that were read, and what people said."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from nexus_admin.data.drivers.address import Address
from nexus_admin.data.schema_json import schema_from_json, schema_to_json
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.ids import new_ulid
from nexus_admin.domain.resource import Schema
from nexus_admin.state.sealed import SOURCE_URL
from nexus_admin.state.tables.sources import source, source_reading
from nexus_admin.state.vault import Vault


@dataclass(frozen=True, slots=True)
class Record:
    """A source that was added in the browser; its address is sealed."""

    id: str
    name: str
    url: bytes = field(repr=False)
    read_only: bool
    options: Mapping[str, Any]
    created_by: str

    def address(self, vault: Vault) -> str:
        """Return its address, password and all."""
        return vault.unseal(self.url, SOURCE_URL.place(self.id)).decode()


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found in a source, and what people said about it."""

    schema: Schema | None = None
    schema_at: datetime | None = None
    found: Schema | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)


def records(connection: sa.Connection) -> list[Record]:
    """Return every source that was added, oldest first."""
    c = source.c
    query = sa.select(c.id, c.name, c.url, c.read_only, c.options, c.created_by).order_by(c.created, c.id)
    return [Record(*row) for row in connection.execute(query)]


def add(connection: sa.Connection, vault: Vault, name: str, url: str, options: Mapping[str, Any], by: str) -> None:
    """Keep a new source, read-only and with its address sealed."""
    new = new_ulid()
    sealed = vault.seal(url.encode(), SOURCE_URL.place(new))
    row = {"id": new, "name": name, "url": sealed, "read_only": True, "options": dict(options)}
    connection.execute(source.insert().values(**row, created=datetime.now(UTC), created_by=by))


def switch(connection: sa.Connection, name: str, *, read_only: bool) -> None:
    """Keep whether a source takes writes."""
    connection.execute(source.update().where(source.c.name == name).values(read_only=read_only))


def delete(connection: sa.Connection, name: str) -> None:
    """Forget a source and what was found in it."""
    connection.execute(source.delete().where(source.c.name == name))
    connection.execute(source_reading.delete().where(source_reading.c.name == name))


def stamp(address: Address) -> str:
    """Return a hash of where a source is; its password is not part of it."""
    return hashlib.blake2s(address.masked.encode(), digest_size=16).hexdigest()


def reading_of(connection: sa.Connection, name: str, at: str) -> Reading:
    """Return what was found in the source called *name* at the address with the stamp *at*; what people said stays."""
    c = source_reading.c
    query = sa.select(c.address, c.schema, c.schema_at, c.found, c.overrides).where(c.name == name)
    row = connection.execute(query).one_or_none()
    if row is None:
        return Reading()
    overrides = row.overrides or {}
    schema = readable(row.schema) if row.address == at else None
    if schema is None:
        return Reading(overrides=overrides)
    return Reading(schema, row.schema_at, readable(row.found), overrides)


def names_read(connection: sa.Connection) -> dict[str, list[str]]:
    """Return the names of the tables of every source that was ever read, wherever it was named."""
    found = connection.execute(sa.select(source_reading.c.name, source_reading.c.schema))
    return {name: [*schema.resources] for name, stored in found if (schema := readable(stored)) is not None}


def overrides_of(connection: sa.Connection, name: str) -> dict[str, Any]:
    """Return what clicks changed in the source called *name*, by resource."""
    query = sa.select(source_reading.c.overrides).where(source_reading.c.name == name)
    return dict(connection.execute(query).scalar() or {})


def keep_schema(connection: sa.Connection, name: str, at: str, schema: Schema) -> datetime:
    """Keep the structure that is used from now on; returns the moment."""
    now = datetime.now(UTC)
    read = {"schema": schema_to_json(schema), "schema_at": now, "found": None, "found_at": None, "address": at}
    _put(connection, name, read)
    return now


def keep_found(connection: sa.Connection, name: str, found: Schema | None) -> None:
    """Keep a later structure that nobody accepted yet, None for none."""
    row = {
        "found": schema_to_json(found) if found is not None else None,
        "found_at": datetime.now(UTC) if found is not None else None,
    }
    connection.execute(source_reading.update().where(source_reading.c.name == name).values(row))


def keep_overrides(connection: sa.Connection, name: str, overrides: Mapping[str, Any]) -> None:
    """Keep what clicks changed, by resource."""
    _put(connection, name, {"overrides": dict(overrides)})


def _put(connection: sa.Connection, name: str, values: Mapping[str, Any]) -> None:
    changed = connection.execute(source_reading.update().where(source_reading.c.name == name).values(**values))
    if not changed.rowcount:
        row = {"name": name, "address": "", "overrides": {}, **values}
        connection.execute(source_reading.insert().values(**row))


def readable(stored: Any) -> Schema | None:
    """Return a structure that was kept; one that another version wrote is read anew."""
    try:
        return schema_from_json(stored) if stored else None
    except ValueError:
        return None
