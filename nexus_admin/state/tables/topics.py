"""Publish-subscribe on PostgreSQL: last values, and messages that are too long for a notice. In a file it is empty."""

from __future__ import annotations

import sqlalchemy as sa

from nexus_admin.state.tables.base import metadata, on_postgresql

topic_message = sa.Table(
    "topic_message",
    metadata,
    sa.Column(
        "id",
        sa.BigInteger().with_variant(sa.Integer, "sqlite"),
        primary_key=True,
        comment="Of last values, later ones are greater.",
    ),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("content_type", sa.Text, nullable=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
    sa.Column(
        "last", sa.Boolean, nullable=False, comment="The last value of its topic; else a long message, for a moment."
    ),
    sa.Column("ends_at", sa.BigInteger, comment="Microseconds since 1970; null stays."),
    # A topic may be longer than a tree can hold.
    on_postgresql(sa.Index("ix_topic_message_topic", "topic"), using="hash"),
    sa.Index("ix_topic_message_ends_at", "ends_at"),
)
