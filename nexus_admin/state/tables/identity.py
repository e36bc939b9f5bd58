"""Who may come in: accounts, tokens, second factors, the set-up token. No secret stands here in the clear."""

from __future__ import annotations

import sqlalchemy as sa

from nexus_admin.state.tables.base import Id, Json, Moment, metadata

_HASH = sa.String(64)
"""A SHA-256 in hex. What it is the hash of has at least 80 random bits, so that it needs no salt."""

user_account = sa.Table(
    "user_account",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("email", sa.Text, nullable=False, comment="As it was given; mail goes here."),
    sa.Column("email_folded", sa.Text, nullable=False, unique=True, comment="NFKC and casefold; compared with."),
    sa.Column("name", sa.Text, nullable=False, server_default=sa.text("''")),
    sa.Column("password_hash", sa.Text, comment="Argon2id; null for who never signs in by password."),
    sa.Column("attributes", Json, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("session_version", sa.Integer, nullable=False, comment="Rises with password, roles, rights, active."),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("last_seen_at", Moment),
)

user_token = sa.Table(
    "user_token",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("token_hash", _HASH, nullable=False, unique=True),
    sa.Column("user_id", Id, sa.ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("scopes", Json, comment="Action patterns; null for all that the roles give."),
    sa.Column("roles", Json, comment="Role names that it is narrowed to; null for all of its owner's."),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("expires_at", Moment),
    sa.Column("last_used_at", Moment),
    sa.Column("revoked_at", Moment),
)

second_factor = sa.Table(
    "second_factor",
    metadata,
    sa.Column("user_id", Id, sa.ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("secret", sa.LargeBinary, nullable=False, comment="Sealed by the vault."),
    sa.Column("last_step", sa.BigInteger, nullable=False, comment="Newest time step that was used up; -1 for none."),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("confirmed_at", Moment, comment="Null until the first code was right; it binds from then on."),
)

recovery_code = sa.Table(
    "recovery_code",
    metadata,
    sa.Column("user_id", Id, sa.ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("code_hash", _HASH, primary_key=True),
    sa.Column("used_at", Moment),
)

setup_token = sa.Table(
    "setup_token",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("token_hash", _HASH, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("used_at", Moment),
)
