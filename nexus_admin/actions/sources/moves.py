"""What the state keeps of a source, under another name or at another address."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import sqlalchemy as sa

from nexus_admin.actions.live import feed_records
from nexus_admin.actions.sources import outbox_records, records
from nexus_admin.actions.sources.facts import record_of
from nexus_admin.actions.sources.known import Former
from nexus_admin.data.schema_json import schema_from_json, schema_to_json
from nexus_admin.domain.errors import UnknownSource
from nexus_admin.domain.resource import Schema
from nexus_admin.state.sealed import SOURCE_URL
from nexus_admin.state.tables.repeats import repeat
from nexus_admin.state.tables.sources import source, source_reading
from nexus_admin.state.vault import Vault

FORMER = "former"
"""The option that holds the names that a source had before, oldest first, each with since when and until when."""


def readdress(connection: sa.Connection, vault: Vault, name: str, url: str, at: str, *, sample: bool) -> None:
    """Keep that a source is at *url*, whose stamp is *at*; what was found at the old address is shown on."""
    record = _record(connection, name)
    sealed = vault.seal(url.encode(), SOURCE_URL.place(record.id))
    options = {**record.options, "sample": sample}
    connection.execute(source.update().where(source.c.id == record.id).values(url=sealed, options=options))
    connection.execute(source_reading.update().where(source_reading.c.name == name).values(address=at))


def move(connection: sa.Connection, old: str, new: str) -> None:
    """Keep a source, and what was found in it, under another name."""
    record = _record(connection, old)
    created = connection.execute(sa.select(source.c.created).where(source.c.id == record.id)).scalar_one()
    before, now = former_of(record), datetime.now(UTC)
    since = before[-1].until if before else created
    kept = [[one.name, one.since.isoformat(), one.until.isoformat()] for one in (*before, Former(old, since, now))]
    options = {**record.options, FORMER: kept}
    connection.execute(source.update().where(source.c.id == record.id).values(name=new, options=options))
    outbox_records.rename(connection, old, new)
    feed_records.rename(connection, old, new)
    connection.execute(repeat.update().where(repeat.c.source == old).values(source=new))
    reading = source_reading.c
    connection.execute(source_reading.delete().where(reading.name == new))  # of one that had the name once
    row = connection.execute(sa.select(reading.schema, reading.found).where(reading.name == old)).one_or_none()
    if row is not None:
        values = {"name": new, "schema": _renamed(row.schema, new), "found": _renamed(row.found, new)}
        connection.execute(source_reading.update().where(reading.name == old).values(values))


def former_of(record: records.Record) -> tuple[Former, ...]:
    """Return the names that a source had before, oldest first."""
    kept = record.options.get(FORMER, ())
    return tuple(Former(name, *map(datetime.fromisoformat, moments)) for name, *moments in kept)


def _record(connection: sa.Connection, name: str) -> records.Record:
    record = record_of(connection, name)
    if record is None:
        raise UnknownSource(name, ())
    return record


def _renamed(stored: object, new: str) -> object:
    """Return a structure as the source's new name has it; one that another version wrote is read anew."""
    try:
        schema = schema_from_json(stored) if stored else None
    except ValueError:
        return None
    return None if schema is None else schema_to_json(called(schema, new))


def called(schema: Schema, name: str) -> Schema:
    """Return *schema* as that of the source *name*."""
    resources = {key: dataclasses.replace(one, source=name) for key, one in schema.resources.items()}
    return dataclasses.replace(schema, source=name, resources=resources)
