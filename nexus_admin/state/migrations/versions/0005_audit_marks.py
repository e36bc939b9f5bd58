"""How far the ledger was verified is kept."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "audit_mark",
        sa.Column(
            "name", sa.String(length=16), nullable=False,
            comment="`verified`, or `full` for a check from the first on.",
        ),
        sa.Column("seq", sa.BigInteger(), nullable=False, comment="The chain was looked at up to this entry."),
        sa.Column("hash", sa.Text(), nullable=False, comment="That entry's hash."),
        sa.Column("entry", sa.String(length=26), nullable=False, comment="Its id; empty for none."),
        sa.Column("changes", sa.BigInteger(), nullable=False, comment="How many changes the entries up to it have."),
        sa.Column("began", sa.BigInteger(), nullable=False, comment="Where the check that came this far began."),
        sa.Column(
            "goal", sa.BigInteger(), nullable=False, comment="Where it is to end; past `seq` while it is under way.",
        ),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="When this was written, in microseconds."),
        sa.Column("ended", sa.BigInteger(), comment="When the last check of this kind came to its end."),
        sa.Column("found", sa.Text(), comment="JSON: place, id and sentence of the first bad entry; null for none."),
        sa.Column("signature", sa.Text(), nullable=False, comment="Keyed hash of the columns above, in hex."),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_audit_mark")),
    )  # fmt: skip


def downgrade() -> None:
    """Drop it; the next check begins at the first entry."""
    op.drop_table("audit_mark")
