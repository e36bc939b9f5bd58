"""How far the ledger was verified, and how far the checks are that are under way. Each row is signed."""

from __future__ import annotations

import sqlalchemy as sa

from nexus_admin.state.tables.base import Id, metadata

audit_mark = sa.Table(
    "audit_mark",
    metadata,
    sa.Column("name", sa.String(16), primary_key=True, comment="`verified`, or `full` for a check from the first on."),
    sa.Column("seq", sa.BigInteger, nullable=False, comment="The chain was looked at up to this entry."),
    sa.Column("hash", sa.Text, nullable=False, comment="That entry's hash."),
    sa.Column("entry", Id, nullable=False, comment="Its id; empty for none."),
    sa.Column("changes", sa.BigInteger, nullable=False, comment="How many changes the entries up to it have."),
    sa.Column("began", sa.BigInteger, nullable=False, comment="Where the check that came this far began."),
    sa.Column("goal", sa.BigInteger, nullable=False, comment="Where it is to end; past `seq` while it is under way."),
    sa.Column("at", sa.BigInteger, nullable=False, comment="When this was written, in microseconds."),
    sa.Column("ended", sa.BigInteger, comment="When the last check of this kind came to its end."),
    sa.Column("found", sa.Text, comment="JSON: place, id and sentence of the first bad entry; null for none."),
    sa.Column("signature", sa.Text, nullable=False, comment="Keyed hash of the columns above, in hex."),
)
