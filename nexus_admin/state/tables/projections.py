"""Projections: which rows of each are shown and which are being made, and the rows."""

from __future__ import annotations

import sqlalchemy as sa

from nexus_admin.state.tables.base import Moment, metadata

projection = sa.Table(
    "projection",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("shown", sa.Integer, nullable=False, comment="The generation of rows that is read."),
    sa.Column("building", sa.Integer, comment="The one that is made anew beside it; null for none."),
    sa.Column("version", sa.Integer, nullable=False, comment="Of the fold."),
    sa.Column("begun", Moment, nullable=False, comment="When the newest generation was begun."),
)

projection_row = sa.Table(
    "projection_row",
    metadata,
    sa.Column("projection", sa.Text, primary_key=True),
    sa.Column("generation", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("key", sa.LargeBinary, primary_key=True, comment="UTF-8: any letter there is, in the order of bytes."),
    sa.Column("data", sa.Text, nullable=False, comment="JSON."),
)
