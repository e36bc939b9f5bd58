"""The audit ledger: an entry for each call, each row's before and after, and the signed head of the chain.

Values are kept as the very text that is hashed, and times as microseconds since 1970,
so that a million entries can be verified without parsing any of them.
"""

from __future__ import annotations

import sqlalchemy as sa

from nexus_admin.state.tables.base import Id, metadata

audit_entry = sa.Table(
    "audit_entry",
    metadata,
    sa.Column("no", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
    sa.Column("id", Id, nullable=False, unique=True),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("actor_name", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("resource", sa.Text),
    sa.Column("key", sa.Text),
    sa.Column("data", sa.Text, nullable=False, comment="JSON: the input, redacted."),
    sa.Column("intent", sa.Text, nullable=False, comment="JSON: the changes that were about to be made."),
    sa.Column("parent", Id),
    sa.Column("via", sa.Text, nullable=False),
    sa.Column("request", sa.Text, nullable=False, comment="JSON"),
    sa.Column("reason", sa.Text),
    sa.Column("opening", sa.Text, nullable=False, comment="Keyed hash of all the columns above, in hex."),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("closed_at", sa.BigInteger),
    sa.Column("detail", sa.Text, nullable=False, server_default=sa.text("''")),
    sa.Column("undoes", Id),
    sa.Column("change_count", sa.Integer, nullable=False, server_default="0"),
    sa.Column("seq", sa.BigInteger, comment="Place in the chain, without gaps; null while it is open."),
    sa.Column("hash", sa.Text, comment="SHA-256 of the link before and of this entry with its changes, in hex."),
    sa.Index("uq_audit_entry_seq", "seq", unique=True),
    sa.Index("ix_audit_entry_at", "at"),
    sa.Index("ix_audit_entry_actor", "actor", "no"),
    sa.Index("ix_audit_entry_target", "source", "resource", "key", "no"),
    sa.Index("ix_audit_entry_parent", "parent"),
    sa.Index("ix_audit_entry_undoes", "undoes"),
)

audit_change = sa.Table(
    "audit_change",
    metadata,
    sa.Column("entry", sa.BigInteger, primary_key=True, autoincrement=False, comment="audit_entry.no"),
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("resource", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("place", sa.Integer, nullable=False, comment="Its place among all changes of the outermost call."),
    sa.Column("before", sa.Text, comment="JSON of the whole row; null for a new one."),
    sa.Column("after", sa.Text, comment="JSON of the whole row; null for a deleted one."),
    sa.Index("ix_audit_change_row", "source", "resource", "key", "entry"),
)

audit_head = sa.Table(
    "audit_head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("opened", sa.BigInteger, nullable=False, comment="How many entries were ever opened."),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("signature", sa.Text, nullable=False, comment="Keyed hash of the columns above, in hex."),
)
