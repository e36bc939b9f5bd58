"""What was found in a source is kept by its name, wherever the source was named."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; nothing was ever kept in the columns that it replaces."""
    op.create_table(
        "source_reading",
        sa.Column("name", sa.Text(), nullable=False, comment="The source's name, wherever it was named."),
        sa.Column(
            "address",
            sa.String(length=64),
            nullable=False,
            comment="Hash of where it was read; another one is another.",
        ),
        sa.Column(
            "schema", sa.JSON(), comment="The structure in use, as introspection found it; null before the first."
        ),
        sa.Column("schema_at", sa.DateTime(timezone=True), comment="When `schema` was fetched."),
        sa.Column("found", sa.JSON(), comment="A later structure that differs and was not accepted yet."),
        sa.Column("found_at", sa.DateTime(timezone=True)),
        sa.Column(
            "overrides", sa.JSON(), server_default="{}", nullable=False, comment="What clicks changed, by resource."
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_source_reading")),
    )
    for name in ("overrides", "schema", "schema_at"):
        op.drop_column("source", name)
    op.execute("DELETE FROM setting WHERE key LIKE 'schema.%'")


def downgrade() -> None:
    """Put the columns back; the next start reads every source anew."""
    op.add_column("source", sa.Column("overrides", sa.JSON(), server_default="{}", nullable=False))
    op.add_column("source", sa.Column("schema", sa.JSON()))
    op.add_column("source", sa.Column("schema_at", sa.DateTime(timezone=True)))
    op.drop_table("source_reading")
