"""Answers to requests that carried an `Idempotency-Key`."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "repeat",
        sa.Column("actor", sa.Text(), nullable=False, comment="The actor's id: two people may choose the same key."),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column(
            "fingerprint",
            sa.String(length=64),
            nullable=False,
            comment="SHA-256 of method, address and body, in hex.",
        ),
        sa.Column(
            "answer",
            sa.JSON(none_as_null=True),
            comment="Status, headers and body; null while the first request is under way.",
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("actor", "key", name=op.f("pk_repeat")),
    )
    op.create_index(op.f("ix_repeat_at"), "repeat", ["at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("repeat")
