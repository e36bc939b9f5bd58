"""Connected data sources: where they are (sealed), what may be done to them, and what was found there last."""

from __future__ import annotations

import sqlalchemy as sa

from nexus_admin.state.tables.base import Id, Json, Moment, metadata

source = sa.Table(
    "source",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("title", sa.Text, nullable=False, server_default=sa.text("''")),
    sa.Column("url", sa.LargeBinary, nullable=False, comment="Sealed with the context source:<id>."),
    sa.Column("read_only", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("options", Json, nullable=False, server_default="{}"),
    sa.Column("overrides", Json, nullable=False, server_default="{}", comment="What clicks changed, by resource."),
    sa.Column("schema", Json, comment="The last introspection; null before the first."),
    sa.Column("schema_at", Moment, comment="When `schema` was fetched."),
    sa.Column("created", Moment, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False, server_default=sa.text("''")),
)
