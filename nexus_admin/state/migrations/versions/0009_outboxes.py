"""Outboxes in data sources have a table."""

import sqlalchemy as sa
from alembic import op

from nexus_admin.state.tables.base import Moment

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it."""
    op.create_table(
        "source_outbox",
        sa.Column("name", sa.Text(), nullable=False, comment="The source's name, wherever it was named."),
        sa.Column("id", sa.String(26), nullable=False, comment="As the outbox itself says whose it is."),
        sa.Column("installed", Moment(), nullable=False),
        sa.Column("installed_by", sa.Text(), nullable=False),
        sa.Column("mover", sa.String(26), comment="The process that moves its rows to the stream, one at a time."),
        sa.Column("moves_until", sa.BigInteger(), comment="Microseconds since 1970."),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_source_outbox")),
        sa.UniqueConstraint("id", name=op.f("uq_source_outbox_id")),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("source_outbox")
