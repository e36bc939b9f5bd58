"""The queue's jobs, and which queues are held. Moments are microseconds since 1970, so that they compare as numbers.

What is counted again and again (ready jobs and their age, those that wait or run, those that are over) stands in an
index of its own, so that counting reads no payload.
"""

from __future__ import annotations

import sqlalchemy as sa

from nexus_admin.state.tables.base import Id, metadata, partly

queue_job = sa.Table(
    "queue_job",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("queue", sa.Text, nullable=False),
    sa.Column("state", sa.String(9), nullable=False, comment="waiting, ready, running, done, dead, cancelled."),
    sa.Column("rank", sa.Integer, nullable=False, server_default="0", comment="Its priority, negated: smaller first."),
    sa.Column("visible_at", sa.BigInteger, comment="When waiting ends, or a lease; 2^62 waits for its turn."),
    sa.Column("span", sa.BigInteger, comment="How long that is; null where it waits for a moment that was named."),
    sa.Column("ready_at", sa.BigInteger, comment="Since when it is ready; of one that waits for its turn, from when."),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0", comment="How often it was begun."),
    sa.Column("max_attempts", sa.Integer, nullable=False),
    sa.Column("lease", Id, comment="Who holds it must show this to settle it."),
    sa.Column("key", sa.Text, comment="Only one job of a queue that is not over has it."),
    sa.Column("serial", sa.Text, comment="Of those that share it, one runs at a time."),
    sa.Column("data", sa.LargeBinary, nullable=False),
    sa.Column("content_type", sa.Text, nullable=False),
    sa.Column("note", sa.Text, comment="JSON: what the broker does not read."),
    sa.Column("progress", sa.Text, comment="JSON: how far it says that it is."),
    sa.Column("error", sa.Text, comment="Why the last attempt failed."),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("started_at", sa.BigInteger),
    sa.Column("finished_at", sa.BigInteger),
    partly("ix_queue_job_ready", "queue", "rank", "id", "ready_at", "state", where="state = 'ready'"),
    partly("ix_queue_job_due", "visible_at", "queue", "state", where="visible_at IS NOT NULL"),
    partly("uq_queue_job_key", "queue", "key", where="key IS NOT NULL AND finished_at IS NULL", unique=True),
    partly("ix_queue_job_serial", "queue", "serial", "id", where="serial IS NOT NULL AND finished_at IS NULL"),
    partly("ix_queue_job_over", "queue", "state", "finished_at", where="finished_at IS NOT NULL"),
)

queue_held = sa.Table(
    "queue_held",
    metadata,
    sa.Column("queue", sa.Text, primary_key=True, comment="A queue whose jobs are not handed out."),
    sa.Column("at", sa.BigInteger, nullable=False),
)

queue_clock = sa.Table(
    "queue_clock",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False, comment="1."),
    sa.Column("moved", sa.BigInteger, nullable=False, comment="By how much spans were moved because a clock was set."),
)
