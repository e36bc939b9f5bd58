"""The durable store has a table."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it."""
    op.create_table(
        "store_entry",
        sa.Column(
            "key", sa.LargeBinary(), nullable=False, comment="UTF-8: any letter there is, in the order of bytes."
        ),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), comment="Null lives on."),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_store_entry")),
    )
    op.create_index("ix_store_entry_ends_at", "store_entry", ["ends_at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("store_entry")
