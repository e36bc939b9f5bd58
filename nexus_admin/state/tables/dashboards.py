"""Dashboards that were made by clicking; those of files stay files."""

from __future__ import annotations

import sqlalchemy as sa

from nexus_admin.state.tables.base import Id, Json, Moment, metadata

dashboard = sa.Table(
    "dashboard",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("title", sa.Text, nullable=False, server_default=sa.text("''")),
    sa.Column("spec", Json, nullable=False),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.Column("at", Moment, nullable=False, comment="When it was saved last."),
)
