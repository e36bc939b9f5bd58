"""What each person chose for themselves: theme, density, recent places, favourites, columns."""

from __future__ import annotations

import sqlalchemy as sa

from nexus_admin.state.tables.base import Json, Moment, metadata

preference = sa.Table(
    "preference",
    metadata,
    sa.Column("user_id", sa.Text, primary_key=True, comment="The actor's id, e.g. user:<ulid>."),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", Json),
    sa.Column("at", Moment, nullable=False),
)
