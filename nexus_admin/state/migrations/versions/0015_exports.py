"""Exports in the background have tables."""

import sqlalchemy as sa
from alembic import op

from nexus_admin.state.tables.base import Moment

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "export",
        sa.Column("id", sa.String(32), nullable=False, comment="128 bits that nobody can guess, in hex."),
        sa.Column("owner", sa.Text(), nullable=False, comment="The actor's id: whoever asked, and nobody else."),
        sa.Column("job", sa.String(26), comment="In the queue."),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False, comment="What the table was called then."),
        sa.Column("asked", sa.LargeBinary(), nullable=False, comment="Sealed JSON: filter, columns, format."),
        sa.Column("state", sa.String(9), nullable=False, comment="asked, done, failed, cancelled."),
        sa.Column("attempt", sa.Integer(), nullable=False, server_default="0", comment="Whose parts count."),
        sa.Column("expected", sa.BigInteger(), comment="Rows, as they were estimated."),
        sa.Column("error", sa.Text(), comment="Why it failed for good, a sentence."),
        sa.Column("name", sa.Text(), comment="Of the file; null until it is whole, as all that follows."),
        sa.Column("content_type", sa.Text()),
        sa.Column("rights", sa.String(64), comment="SHA-256 of the rights that it was written with, in hex."),
        sa.Column("rows", sa.BigInteger()),
        sa.Column("bytes", sa.BigInteger()),
        sa.Column("parts", sa.Integer()),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment()),
        sa.Column("expires_at", Moment(), comment="From then on the file is not given any more."),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export")),
    )
    op.create_index(op.f("ix_export_asked_at"), "export", ["asked_at"])
    op.create_index("ix_export_owner", "export", ["owner", "asked_at"])
    op.create_table(
        "export_part",
        sa.Column("id", sa.String(64), nullable=False, comment="The export, the attempt and the number, by dots."),
        sa.Column("export", sa.String(32), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="From 0."),
        sa.Column("data", sa.LargeBinary(), nullable=False, comment="Sealed; deflated before."),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_part")),
    )
    op.create_index("ix_export_part_export", "export_part", ["export", "attempt", "number"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("export_part")
    op.drop_table("export")
