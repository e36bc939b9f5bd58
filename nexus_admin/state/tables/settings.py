"""Settings that were changed while running; they win over the file and the environment."""

from __future__ import annotations

import sqlalchemy as sa

from nexus_admin.state.tables.base import Json, Moment, metadata

setting = sa.Table(
    "setting",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", Json),
    sa.Column("set_by", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
)
