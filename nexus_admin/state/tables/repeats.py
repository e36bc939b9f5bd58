"""Answers to requests that carried an `Idempotency-Key`, so that sending one again does nothing twice."""

from __future__ import annotations

import sqlalchemy as sa

from nexus_admin.state.tables.base import Json, Moment, metadata

repeat = sa.Table(
    "repeat",
    metadata,
    sa.Column("actor", sa.Text, primary_key=True, comment="The actor's id: two people may choose the same key."),
    sa.Column("key", sa.String(255), primary_key=True),
    sa.Column("fingerprint", sa.String(64), nullable=False, comment="SHA-256 of method, address and body, in hex."),
    sa.Column("answer", Json, comment="Status, headers and body; null while the first request is under way."),
    sa.Column("at", Moment, nullable=False, index=True),
    sa.Column("source", sa.Text, comment="The data source that the address names; null where it names none."),
)
