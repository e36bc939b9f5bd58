"""Exports in the background: what was asked, how it ended, and the file in sealed parts until its time is over."""

from __future__ import annotations

import sqlalchemy as sa

from nexus_admin.state.tables.base import Id, Moment, metadata

export = sa.Table(
    "export",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True, comment="128 bits that nobody can guess, in hex."),
    sa.Column("owner", sa.Text, nullable=False, comment="The actor's id: whoever asked, and nobody else."),
    sa.Column("job", Id, comment="In the queue."),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("resource", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False, comment="What the table was called then."),
    sa.Column("asked", sa.LargeBinary, nullable=False, comment="Sealed JSON: filter, columns, format."),
    sa.Column("state", sa.String(9), nullable=False, comment="asked, done, failed, cancelled."),
    sa.Column("attempt", sa.Integer, nullable=False, server_default="0", comment="Whose parts count."),
    sa.Column("expected", sa.BigInteger, comment="Rows, as they were estimated."),
    sa.Column("error", sa.Text, comment="Why it failed for good, a sentence."),
    sa.Column("name", sa.Text, comment="Of the file; null until it is whole, as all that follows."),
    sa.Column("content_type", sa.Text),
    sa.Column("rights", sa.String(64), comment="SHA-256 of the rights that it was written with, in hex."),
    sa.Column("rows", sa.BigInteger),
    sa.Column("bytes", sa.BigInteger),
    sa.Column("parts", sa.Integer),
    sa.Column("asked_at", Moment, nullable=False, index=True),
    sa.Column("ended_at", Moment),
    sa.Column("expires_at", Moment, comment="From then on the file is not given any more."),
    sa.Index("ix_export_owner", "owner", "asked_at"),
)

export_part = sa.Table(
    "export_part",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True, comment="The export, the attempt and the number, by dots."),
    sa.Column("export", sa.String(32), nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("number", sa.Integer, nullable=False, comment="From 0."),
    sa.Column("data", sa.LargeBinary, nullable=False, comment="Sealed; deflated before."),
    sa.Index("ix_export_part_export", "export", "attempt", "number"),
)
