"""Messages of topics have a table."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it."""
    op.create_table(
        "topic_message",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
            comment="Of last values, later ones are greater.",
        ),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column(
            "last",
            sa.Boolean(),
            nullable=False,
            comment="The last value of its topic; else a long message, for a moment.",
        ),
        sa.Column("ends_at", sa.BigInteger(), comment="Microseconds since 1970; null stays."),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topic_message")),
    )
    op.create_index("ix_topic_message_topic", "topic_message", ["topic"], postgresql_using="hash")
    op.create_index("ix_topic_message_ends_at", "topic_message", ["ends_at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("topic_message")
