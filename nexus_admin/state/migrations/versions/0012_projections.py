"""Projections have tables."""

import sqlalchemy as sa
from alembic import op

from nexus_admin.state.tables.base import Moment

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "projection",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("shown", sa.Integer(), nullable=False, comment="The generation of rows that is read."),
        sa.Column("building", sa.Integer(), comment="The one that is made anew beside it; null for none."),
        sa.Column("version", sa.Integer(), nullable=False, comment="Of the fold."),
        sa.Column("begun", Moment(), nullable=False, comment="When the newest generation was begun."),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_projection")),
    )
    op.create_table(
        "projection_row",
        sa.Column("projection", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column(
            "key", sa.LargeBinary(), nullable=False, comment="UTF-8: any letter there is, in the order of bytes."
        ),
        sa.Column("data", sa.Text(), nullable=False, comment="JSON."),
        sa.PrimaryKeyConstraint("projection", "generation", "key", name=op.f("pk_projection_row")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("projection_row")
    op.drop_table("projection")
