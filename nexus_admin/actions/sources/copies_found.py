"""What we keep of a data source: where each kind of copy lies, how many there are of it, and how to leave none.

What is kept in our own database is counted there, in bytes of the values and not of the pages that hold them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from nexus_admin.actions.sources import records
from nexus_admin.actions.sources.names import favourites, of_source
from nexus_admin.data.schema_json import schema_to_json
from nexus_admin.data.seen import seen, unseen
from nexus_admin.domain.resource import Schema
from nexus_admin.state.tables.ledger import audit_change, audit_entry
from nexus_admin.state.tables.preferences import preference
from nexus_admin.state.tables.repeats import repeat
from nexus_admin.state.tables.sources import source, source_reading

Count = tuple[int, int]
"""How many, and their bytes."""


def structure(connection: sa.Connection, name: str) -> Count:
    """Return the tables whose structure is kept."""
    kept = [one for _, one in _kept(connection, name) if one is not None]
    return sum(len(one.resources) for one in kept[:1]), sum(_size(schema_to_json(one)) for one in kept)


def samples(connection: sa.Connection, name: str) -> Count:
    """Return the values of rows that stand in the structures that are kept."""
    values = [value for _, one in _kept(connection, name) if one is not None for value in seen(one)]
    return len(values), sum(len(value.encode()) for value in values)


def purge_samples(connection: sa.Connection, name: str) -> int:
    """Keep the structures without values of rows, and look at no more rows; return how many values went."""
    gone = samples(connection, name)[0]
    bare = {column: one and schema_to_json(unseen(one)) for column, one in _kept(connection, name)}
    if bare:
        connection.execute(source_reading.update().where(source_reading.c.name == name).values(bare))
    for one in records.records(connection):
        if one.name == name:
            options = {**one.options, "sample": False}
            connection.execute(source.update().where(source.c.id == one.id).values(options=options))
    return gone


def receipts(connection: sa.Connection, name: str) -> Count:
    """Return the answers that are kept for requests that come again, of the source or of an address that names none."""
    bodies = [answer["body"] for _, answer in _answered(connection, name)]
    return len(bodies), sum(len(body.encode()) for body in bodies)


def purge_receipts(connection: sa.Connection, name: str) -> int:
    """Empty them; that the request was done stays known. Return how many had something."""
    found = _answered(connection, name)
    for (actor, key), answer in found:
        mine = (repeat.c.actor == actor, repeat.c.key == key)
        bare = {**answer, "headers": {}, "body": ""}
        connection.execute(repeat.update().where(*mine).values(answer=bare))
    return len(found)


def favourite_titles(connection: sa.Connection, name: str) -> Count:
    """Return the pages of the source that people keep under a title, which may be a row's."""
    pages = [one for _, kept in favourites(connection, name) for one in kept if of_source(one["path"], name)]
    return len(pages), _size(pages) if pages else 0


def purge_favourites(connection: sa.Connection, name: str) -> int:
    """Take them from the favourites of everybody; return how many went."""
    gone = favourite_titles(connection, name)[0]
    for person, pages in favourites(connection, name):
        mine = (preference.c.user_id == person, preference.c.key == "favourites")
        left = [one for one in pages if not of_source(one["path"], name)]
        values = {"value": left, "at": datetime.now(UTC)}
        connection.execute(preference.update().where(*mine).values(values))
    return gone


def ledger(connection: sa.Connection, names: tuple[str, ...]) -> Count:
    """Return the entries of the audit about the source, with the values in them and in their changes."""
    entry, change = audit_entry.c, audit_change.c
    of_entries = sum((_bytes(connection, one) for one in (entry.data, entry.intent, entry.key)), sa.literal(0))
    of_changes = sum(
        (_bytes(connection, one) for one in (change.title, change.key, change.before, change.after)), sa.literal(0)
    )
    entries = sa.select(sa.func.count(), sa.func.sum(of_entries)).where(entry.source.in_(names))
    changes = sa.select(sa.func.sum(of_changes)).where(change.source.in_(names))
    count, size = connection.execute(entries).one()
    return count, int(size or 0) + int(connection.execute(changes).scalar() or 0)


def set_aside(where: str) -> Count:
    """Return the files of earlier states that `nexus restore` left beside the one at *where*."""
    file = Path(where)
    if not file.is_file():
        return 0, 0
    found = [one for one in file.parent.glob(f"{file.name}.before-*") if one.is_file()]
    return len(found), sum(one.stat().st_size for one in found)


def _kept(connection: sa.Connection, name: str) -> list[tuple[str, Schema | None]]:
    """Return the structure in use and the later one, by their columns; None for what another version wrote."""
    c = source_reading.c
    row = connection.execute(sa.select(c.schema, c.found).where(c.name == name)).one_or_none()
    found = [] if row is None else [("schema", row.schema), ("found", row.found)]
    return [(column, records.readable(stored)) for column, stored in found if stored]


def _answered(connection: sa.Connection, name: str) -> list[tuple[tuple[str, str], Mapping[str, Any]]]:
    own = sa.or_(repeat.c.source == name, repeat.c.source.is_(None))
    found = connection.execute(sa.select(repeat.c.actor, repeat.c.key, repeat.c.answer).where(own))
    return [((actor, key), answer) for actor, key, answer in found if answer and (answer["body"] or answer["headers"])]


def _bytes(connection: sa.Connection, column: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    if connection.dialect.name == "postgresql":
        return sa.func.coalesce(sa.func.octet_length(column), 0)
    return sa.func.coalesce(sa.func.length(sa.cast(column, sa.LargeBinary)), 0)


def _size(value: Any) -> int:
    return len(json.dumps(value).encode())
