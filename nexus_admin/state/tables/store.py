"""The durable store: values by key. Ends are microseconds since 1970."""

from __future__ import annotations

import sqlalchemy as sa

from nexus_admin.state.tables.base import metadata

store_entry = sa.Table(
    "store_entry",
    metadata,
    sa.Column("key", sa.LargeBinary, primary_key=True, comment="UTF-8: any letter there is, in the order of bytes."),
    sa.Column("data", sa.LargeBinary, nullable=False),
    sa.Column("content_type", sa.Text, nullable=False),
    sa.Column("ends_at", sa.BigInteger, comment="Null lives on."),
    sa.Index("ix_store_entry_ends_at", "ends_at"),
)
