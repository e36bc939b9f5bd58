"""Events that a group set aside can be asked for again."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_ASKED = sa.text("again")


def upgrade() -> None:
    """Let a row say so, and find those that do."""
    op.add_column(
        "stream_parked",
        sa.Column(
            "again", sa.Boolean(), nullable=False, server_default=sa.false(), comment="Whether it is handed out."
        ),
    )
    op.create_index(
        "ix_stream_parked_again", "stream_parked", ["stream", "grp"], sqlite_where=_ASKED, postgresql_where=_ASKED
    )


def downgrade() -> None:
    """Forget it."""
    op.drop_index("ix_stream_parked_again", "stream_parked")
    op.drop_column("stream_parked", "again")
