"""Tallies of streams have a table."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it."""
    op.create_table(
        "stream_tally",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("xid", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False, comment="Up to here events were counted."),
        sa.Column("events", sa.BigInteger(), nullable=False, comment="How many there are up to it."),
        sa.Column("bytes", sa.BigInteger(), nullable=False, comment="Of their payloads."),
        sa.Column("trims", sa.BigInteger(), nullable=False, comment="How often some were taken off."),
        sa.PrimaryKeyConstraint("stream", name=op.f("pk_stream_tally")),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("stream_tally")
