"""Schedules: which job is pushed when. One tick is pushed once, because `next_at` moves on with the push."""

from __future__ import annotations

import sqlalchemy as sa

from nexus_admin.state.tables.base import metadata

job_schedule = sa.Table(
    "job_schedule",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("job", sa.Text, nullable=False),
    sa.Column("cron", sa.Text, nullable=False),
    sa.Column("zone", sa.Text, nullable=False, server_default=sa.text("'UTC'")),
    sa.Column("data", sa.Text, nullable=False, server_default=sa.text("'{}'"), comment="JSON: what the job is given."),
    sa.Column("next_at", sa.BigInteger, comment="Microseconds since 1970; null while it is held."),
    sa.Column("last_at", sa.BigInteger),
    sa.Column("held", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("owner", sa.Text, nullable=False, comment="The extension that declares it, or who made it."),
    sa.Index("ix_job_schedule_next_at", "next_at"),
)
