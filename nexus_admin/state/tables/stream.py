"""Streams: events that are never changed, where each group of readers is, and the events it set aside."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from nexus_admin.state.tables.base import Id, metadata, partly
from nexus_admin.state.tables.stream_triggers import KEPT

_SEQ = sa.BigInteger().with_variant(sa.Integer, "sqlite")

stream_event = sa.Table(
    "stream_event",
    metadata,
    sa.Column("seq", _SEQ, primary_key=True, autoincrement=True),
    sa.Column("xid", sa.BigInteger, nullable=False, server_default="0", comment="PostgreSQL's transaction; else 0."),
    sa.Column("id", Id, nullable=False),
    sa.Column("stream", sa.Text, nullable=False),
    sa.Column("key", sa.Text, comment="Events of one key keep their order in every group."),
    sa.Column("version", sa.BigInteger, comment="Its place among the events of its key, from 1; null without one."),
    sa.Column("slot", sa.Integer, nullable=False, comment="Of its key; its rest by a group's lanes is the lane."),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False, comment="Microseconds since 1970."),
    sa.Column("note", sa.Text, comment="JSON: actor, correlation, causation, trace."),
    sa.Column("data", sa.LargeBinary, nullable=False),
    sa.Column("content_type", sa.Text, nullable=False),
    sa.Index("ix_stream_event_place", "stream", "xid", "seq"),
    sa.Index("uq_stream_event_id", "stream", "id", unique=True),
    partly("uq_stream_event_version", "stream", "key", "version", where="key IS NOT NULL", unique=True),
    sqlite_autoincrement=True,  # the number of an event that is forgotten is no other's
)

stream_trim = sa.Table(
    "stream_trim",
    metadata,
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("xid", sa.BigInteger, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False, comment="Up to here events may be deleted, and nothing else."),
    sa.Column("at", sa.BigInteger, nullable=False),
)

stream_tally = sa.Table(
    "stream_tally",
    metadata,
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("xid", sa.BigInteger, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False, comment="Up to here events were counted."),
    sa.Column("events", sa.BigInteger, nullable=False, comment="How many there are up to it."),
    sa.Column("bytes", sa.BigInteger, nullable=False, comment="Of their payloads."),
    sa.Column("trims", sa.BigInteger, nullable=False, comment="How often some were taken off."),
)

stream_version = sa.Table(
    "stream_version",
    metadata,
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False, comment="Of the last event of the key that was forgotten."),
)

stream_cursor = sa.Table(
    "stream_cursor",
    metadata,
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("grp", sa.Text, primary_key=True),
    sa.Column("lane", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("lanes", sa.Integer, nullable=False, comment="How many lanes the group has."),
    sa.Column("xid", sa.BigInteger, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False, comment="The last event that is done with."),
    sa.Column("generation", sa.BigInteger, nullable=False, comment="Raised by who moves it past who has a batch."),
    sa.Column("lease", Id, comment="Who has the batch."),
    sa.Column("leased_until", sa.BigInteger),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0", comment="Of the first event not done with."),
    sa.Column("error", sa.Text),
    sa.Column("at", sa.BigInteger, nullable=False, comment="When it moved last."),
)

stream_parked = sa.Table(
    "stream_parked",
    metadata,
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("grp", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("error", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("again", sa.Boolean, nullable=False, server_default=sa.false(), comment="Whether it is handed out."),
    partly("ix_stream_parked_again", "stream", "grp", where="again"),
)

stream_trim.add_is_dependent_on(stream_event)  # the triggers speak of both


@sa.event.listens_for(stream_trim, "after_create")
def _keep(_table: sa.Table, connection: sa.Connection, **_how: Any) -> None:
    for statement in KEPT[connection.dialect.name]:
        connection.exec_driver_sql(statement)
