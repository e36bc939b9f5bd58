"""Connected data sources: where they are (sealed), what may be done to them, what was found there, their outboxes."""

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
    sa.Column("created", Moment, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False, server_default=sa.text("''")),
)
"""Those that were added in the browser; those of the command line and of nexus.toml stand there."""

source_reading = sa.Table(
    "source_reading",
    metadata,
    sa.Column("name", sa.Text, primary_key=True, comment="The source's name, wherever it was named."),
    sa.Column("address", sa.String(64), nullable=False, comment="Hash of where it was read; another one is another."),
    sa.Column("schema", Json, comment="The structure in use, as introspection found it; null before the first."),
    sa.Column("schema_at", Moment, comment="When `schema` was fetched."),
    sa.Column("found", Json, comment="A later structure that differs and was not accepted yet."),
    sa.Column("found_at", Moment),
    sa.Column("overrides", Json, nullable=False, server_default="{}", comment="What clicks changed, by resource."),
)
"""What was found in every source, and what people said about it."""

source_outbox = sa.Table(
    "source_outbox",
    metadata,
    sa.Column("name", sa.Text, primary_key=True, comment="The source's name, wherever it was named."),
    sa.Column("id", Id, nullable=False, unique=True, comment="As the outbox itself says whose it is."),
    sa.Column("installed", Moment, nullable=False),
    sa.Column("installed_by", sa.Text, nullable=False),
    sa.Column("mover", Id, comment="The process that moves its rows to the stream, one at a time."),
    sa.Column("moves_until", sa.BigInteger, comment="Microseconds since 1970."),
)
"""The sources in whose database Nexus keeps an outbox."""

source_feed = sa.Table(
    "source_feed",
    metadata,
    sa.Column("name", sa.Text, primary_key=True, comment="The source's name, wherever it was named."),
    sa.Column("mode", sa.String(20), nullable=False, comment="triggers or polling."),
    sa.Column("options", Json, nullable=False, server_default="{}"),
    sa.Column("installed", Moment, nullable=False),
    sa.Column("installed_by", sa.Text, nullable=False),
)
"""How changes that others make past Nexus are learned of, where a source has such a way."""
