"""Numbers that rise with any change of the house's own things."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "house_version",
        sa.Column("name", sa.String(length=63), nullable=False, comment="What changed: settings, source, dashboard …"),
        sa.Column("version", sa.BigInteger(), nullable=False, comment="Rises with any change of it, in any process."),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_house_version")),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("house_version")
