"""Runs: what became of each attempt at a job, with its last words and its result."""

from __future__ import annotations

import sqlalchemy as sa

from nexus_admin.state.tables.base import metadata

job_run = sa.Table(
    "job_run",
    metadata,
    sa.Column("job_id", sa.String(26), primary_key=True),
    sa.Column("attempt", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("job", sa.Text, nullable=False, comment="Its name, or the action's that ran in the background."),
    sa.Column("queue", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False, comment="On whose behalf."),
    sa.Column("outcome", sa.String(9), nullable=False, comment="done, failed, dead, cancelled, stopped."),
    sa.Column("started_at", sa.BigInteger, nullable=False, comment="Microseconds since 1970."),
    sa.Column("finished_at", sa.BigInteger, nullable=False),
    sa.Column("error", sa.Text, comment="A sentence; nothing secret."),
    sa.Column("result", sa.Text, comment="JSON, up to 64 KB."),
    sa.Column("log", sa.Text, comment="JSON: the last lines that it said."),
    sa.Column("entry", sa.String(26), comment="Of the ledger."),
    sa.Index("ix_job_run_job", "job", "finished_at"),
    sa.Index("ix_job_run_finished_at", "finished_at"),
)
