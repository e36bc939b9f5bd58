"""The durable stores: values by key. Ends are microseconds since 1970.

The house keeps its own in a table of its own, so that no key that anybody else can say leads there.
"""

from __future__ import annotations

import sqlalchemy as sa

from nexus_admin.state.tables.base import metadata


def _entries(name: str) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        sa.Column(
            "key", sa.LargeBinary, primary_key=True, comment="UTF-8: any letter there is, in the order of bytes."
        ),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("content_type", sa.Text, nullable=False),
        sa.Column("ends_at", sa.BigInteger, comment="Null lives on."),
        sa.Index(f"ix_{name}_ends_at", "ends_at"),
    )


store_entry = _entries("store_entry")
"""What everybody shares who is given the store."""
house_entry = _entries("house_entry")
"""What the house itself keeps: sessions."""
