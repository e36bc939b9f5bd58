"""How changes that others make in data sources are learned of has a table."""

import sqlalchemy as sa
from alembic import op

from nexus_admin.state.tables.base import Json, Moment

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it."""
    op.create_table(
        "source_feed",
        sa.Column("name", sa.Text(), nullable=False, comment="The source's name, wherever it was named."),
        sa.Column("mode", sa.String(20), nullable=False, comment="triggers or polling."),
        sa.Column("options", Json, server_default="{}", nullable=False),
        sa.Column("installed", Moment(), nullable=False),
        sa.Column("installed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_source_feed")),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("source_feed")
