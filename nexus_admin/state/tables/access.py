"""What they may: roles, every version of them, who holds them, and the number that rises with any change."""

from __future__ import annotations

import sqlalchemy as sa

from nexus_admin.state.tables.base import Id, Json, Moment, metadata

access_role = sa.Table(
    "access_role",
    metadata,
    sa.Column("name", sa.String(63), primary_key=True),
    sa.Column("place", sa.Integer, nullable=False, comment="Order in lists."),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("spec", Json, nullable=False, comment="The Role as JSON, without its name."),
)

access_role_version = sa.Table(
    "access_role_version",
    metadata,
    sa.Column("role", sa.String(63), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("spec", Json, comment="As in access_role; null where the role was deleted."),
    sa.Column("at", Moment, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
)

access_member = sa.Table(
    "access_member",
    metadata,
    sa.Column("user_id", Id, sa.ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("role", sa.String(63), sa.ForeignKey("access_role.name", ondelete="CASCADE"), primary_key=True),
    sa.Column("place", sa.Integer, nullable=False, comment="The order in which the roles were given."),
    sa.Index("ix_access_member_role", "role"),
)

access_version = sa.Table(
    "access_version",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("version", sa.BigInteger, nullable=False, comment="Rises with any change of rights, in any process."),
)
