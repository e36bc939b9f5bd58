"""Numbers that rise with any change of the house's own things, so that every process on this state can follow."""

from __future__ import annotations

import sqlalchemy as sa

from nexus_admin.state.tables.base import metadata

house_version = sa.Table(
    "house_version",
    metadata,
    sa.Column("name", sa.String(63), primary_key=True, comment="What changed: settings, source, dashboard …"),
    sa.Column("version", sa.BigInteger, nullable=False, comment="Rises with any change of it, in any process."),
)
