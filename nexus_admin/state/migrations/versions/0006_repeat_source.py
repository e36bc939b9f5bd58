"""Kept answers say whose data they hold, so that those of one source can be emptied."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of answers that are there already it is not known."""
    op.add_column(
        "repeat",
        sa.Column("source", sa.Text(), comment="The data source that the address names; null where it names none."),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_column("repeat", "source")
