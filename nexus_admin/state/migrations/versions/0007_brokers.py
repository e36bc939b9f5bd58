"""The queue, streams and schedules have tables."""

import sqlalchemy as sa
from alembic import op

from nexus_admin.state.tables.stream_triggers import KEPT

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _held()
    _jobs()
    _job_indexes()
    _events()
    _trims()
    _groups()
    _schedules()
    _runs()


def _held() -> None:
    op.create_table(
        "queue_held",
        sa.Column("queue", sa.Text(), nullable=False, comment="A queue whose jobs are not handed out."),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("queue", name=op.f("pk_queue_held")),
    )
    op.create_table(
        "queue_clock",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False, comment="1."),
        sa.Column(
            "moved", sa.BigInteger(), nullable=False, comment="By how much spans were moved because a clock was set."
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_clock")),
    )


def _jobs() -> None:
    op.create_table(
        "queue_job",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        *_place(),
        sa.Column(
            "rank", sa.Integer(), server_default="0", nullable=False, comment="Its priority, negated: smaller first."
        ),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False, comment="How often it was begun."),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("lease", sa.String(length=26), nullable=True, comment="Who holds it must show this to settle it."),
        sa.Column("key", sa.Text(), nullable=True, comment="Only one job of a queue that is not over has it."),
        sa.Column("serial", sa.Text(), nullable=True, comment="Of those that share it, one runs at a time."),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True, comment="JSON: what the broker does not read."),
        sa.Column("progress", sa.Text(), nullable=True, comment="JSON: how far it says that it is."),
        sa.Column("error", sa.Text(), nullable=True, comment="Why the last attempt failed."),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_job")),
    )


def _place() -> list[sa.Column]:
    """Where a job is on its way."""
    return [
        sa.Column(
            "state", sa.String(length=9), nullable=False, comment="waiting, ready, running, done, dead, cancelled."
        ),
        sa.Column(
            "visible_at",
            sa.BigInteger(),
            nullable=True,
            comment="When waiting ends, or a lease; 2^62 waits for its turn.",
        ),
        sa.Column(
            "span",
            sa.BigInteger(),
            nullable=True,
            comment="How long that is; null where it waits for a moment that was named.",
        ),
        sa.Column(
            "ready_at",
            sa.BigInteger(),
            nullable=True,
            comment="Since when it is ready; of one that waits for its turn, from when.",
        ),
    ]


def _job_indexes() -> None:
    under_way = "finished_at IS NULL"
    _partial("ix_queue_job_due", "queue_job", ["visible_at", "queue", "state"], "visible_at IS NOT NULL")
    _partial("ix_queue_job_over", "queue_job", ["queue", "state", "finished_at"], "finished_at IS NOT NULL")
    _partial("ix_queue_job_ready", "queue_job", ["queue", "rank", "id", "ready_at", "state"], "state = 'ready'")
    _partial("ix_queue_job_serial", "queue_job", ["queue", "serial", "id"], f"serial IS NOT NULL AND {under_way}")
    _partial("uq_queue_job_key", "queue_job", ["queue", "key"], f"key IS NOT NULL AND {under_way}", unique=True)


def _partial(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def _events() -> None:
    op.create_table(
        "stream_event",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column(
            "xid", sa.BigInteger(), server_default="0", nullable=False, comment="PostgreSQL's transaction; else 0."
        ),
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True, comment="Events of one key keep their order in every group."),
        sa.Column(
            "version",
            sa.BigInteger(),
            nullable=True,
            comment="Its place among the events of its key, from 1; null without one.",
        ),
        sa.Column("slot", sa.Integer(), nullable=False, comment="Of its key; its rest by a group's lanes is the lane."),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="Microseconds since 1970."),
        sa.Column("note", sa.Text(), nullable=True, comment="JSON: actor, correlation, causation, trace."),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_stream_event")),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_stream_event_id", "stream_event", ["stream", "id"], unique=True)
    op.create_index("ix_stream_event_place", "stream_event", ["stream", "xid", "seq"], unique=False)
    _partial("uq_stream_event_version", "stream_event", ["stream", "key", "version"], "key IS NOT NULL", unique=True)


def _trims() -> None:
    op.create_table(
        "stream_trim",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("xid", sa.BigInteger(), nullable=False),
        sa.Column(
            "seq", sa.BigInteger(), nullable=False, comment="Up to here events may be deleted, and nothing else."
        ),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("stream", name=op.f("pk_stream_trim")),
    )
    op.create_table(
        "stream_version",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column(
            "version", sa.BigInteger(), nullable=False, comment="Of the last event of the key that was forgotten."
        ),
        sa.PrimaryKeyConstraint("stream", "key", name=op.f("pk_stream_version")),
    )
    for statement in KEPT[op.get_bind().dialect.name]:
        op.execute(statement)


def _groups() -> None:
    op.create_table(
        "stream_cursor",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("grp", sa.Text(), nullable=False),
        sa.Column("lane", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("lanes", sa.Integer(), nullable=False, comment="How many lanes the group has."),
        sa.Column("xid", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False, comment="The last event that is done with."),
        sa.Column(
            "generation", sa.BigInteger(), nullable=False, comment="Raised by who moves it past who has a batch."
        ),
        sa.Column("lease", sa.String(length=26), nullable=True, comment="Who has the batch."),
        sa.Column("leased_until", sa.BigInteger(), nullable=True),
        sa.Column(
            "attempts", sa.Integer(), server_default="0", nullable=False, comment="Of the first event not done with."
        ),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="When it moved last."),
        sa.PrimaryKeyConstraint("stream", "grp", "lane", name=op.f("pk_stream_cursor")),
    )
    op.create_table(
        "stream_parked",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("grp", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "grp", "seq", name=op.f("pk_stream_parked")),
    )


def _schedules() -> None:
    op.create_table(
        "job_schedule",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("cron", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), server_default=sa.text("'UTC'"), nullable=False),
        sa.Column(
            "data", sa.Text(), server_default=sa.text("'{}'"), nullable=False, comment="JSON: what the job is given."
        ),
        sa.Column("next_at", sa.BigInteger(), nullable=True, comment="Microseconds since 1970; null while it is held."),
        sa.Column("last_at", sa.BigInteger(), nullable=True),
        sa.Column("held", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False, comment="The extension that declares it, or who made it."),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_job_schedule")),
    )
    op.create_index("ix_job_schedule_next_at", "job_schedule", ["next_at"], unique=False)


def _runs() -> None:
    op.create_table(
        "job_run",
        sa.Column("job_id", sa.String(length=26), nullable=False),
        sa.Column("attempt", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("job", sa.Text(), nullable=False, comment="Its name, or the action's that ran in the background."),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False, comment="On whose behalf."),
        sa.Column("outcome", sa.String(length=9), nullable=False, comment="done, failed, dead, cancelled, stopped."),
        sa.Column("started_at", sa.BigInteger(), nullable=False, comment="Microseconds since 1970."),
        sa.Column("finished_at", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True, comment="A sentence; nothing secret."),
        sa.Column("result", sa.Text(), nullable=True, comment="JSON, up to 64 KB."),
        sa.Column("log", sa.Text(), nullable=True, comment="JSON: the last lines that it said."),
        sa.Column("entry", sa.String(length=26), nullable=True, comment="Of the ledger."),
        sa.PrimaryKeyConstraint("job_id", "attempt", name=op.f("pk_job_run")),
    )
    op.create_index("ix_job_run_finished_at", "job_run", ["finished_at"], unique=False)
    op.create_index("ix_job_run_job", "job_run", ["job", "finished_at"], unique=False)


def downgrade() -> None:
    """Drop them, with what waits in them."""
    for table in (
        "job_run",
        "job_schedule",
        "stream_parked",
        "stream_cursor",
        "stream_version",
        "stream_trim",
        "stream_event",
        "queue_clock",
        "queue_held",
        "queue_job",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION stream_event_kept()")
