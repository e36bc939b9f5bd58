"""Sessions move into the store of the house: under the same cookies, so that nobody has to sign in again."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_AT_ONCE = 500
_MOMENTS = ("second_factor_at", "created_at", "last_seen_at", "expires_at")
_ENTRY = sa.table(
    "house_entry",
    sa.column("key", sa.LargeBinary()),
    sa.column("data", sa.LargeBinary()),
    sa.column("content_type", sa.Text()),
    sa.column("ends_at", sa.BigInteger()),
)
_SESSION = sa.table(
    "user_session",
    *(sa.column(name) for name in ("id", "token_hash", "user_id", "session_version", "via", "user_agent", "address")),
    sa.column("renew", sa.Boolean()),
    *(sa.column(name, sa.DateTime(timezone=True)) for name in _MOMENTS),
)
_ACCOUNT = sa.table("user_account", sa.column("id"), sa.column("session_version"), sa.column("active", sa.Boolean()))


def upgrade() -> None:
    """Make its table, move the sessions that live, and drop the table that they were in."""
    op.create_table(
        "house_entry",
        sa.Column(
            "key", sa.LargeBinary(), nullable=False, comment="UTF-8: any letter there is, in the order of bytes."
        ),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), comment="Null lives on."),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_house_entry")),
    )
    op.create_index("ix_house_entry_ends_at", "house_entry", ["ends_at"])
    entries = list(_entries(op.get_bind()))
    for at in range(0, len(entries), _AT_ONCE):
        op.bulk_insert(_ENTRY, entries[at : at + _AT_ONCE])
    op.drop_table("user_session")


def downgrade() -> None:
    """Make the table again, with nobody in it: all sign in anew."""
    op.create_table(
        "user_session",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("session_version", sa.Integer(), nullable=False),
        sa.Column("renew", sa.Boolean(), nullable=False, comment="Rights have changed: a new cookie is due."),
        sa.Column("via", sa.Text(), nullable=False, comment="password, or the identity provider's name."),
        sa.Column(
            "second_factor_at",
            sa.DateTime(timezone=True),
            comment="When the second factor was passed; null while it was not.",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_user_session_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_user_session_token_hash")),
    )
    op.create_index(op.f("ix_user_session_expires_at"), "user_session", ["expires_at"], unique=False)
    op.create_index(op.f("ix_user_session_user_id"), "user_session", ["user_id"], unique=False)
    op.drop_table("house_entry")


def _entries(connection: sa.Connection) -> Iterator[dict[str, Any]]:
    session, account, now = _SESSION.c, _ACCOUNT.c, datetime.now(UTC)
    living = sa.select(_SESSION).where(
        session.user_id == account.id, account.active, session.session_version == account.session_version
    )
    for row in connection.execute(living).mappings():
        created, seen, ends = (_utc(row[name]) for name in ("created_at", "last_seen_at", "expires_at"))
        if ends <= now:
            continue
        # How long it may be idle is a setting, which binds all the same; until it is seen, the store keeps it so long.
        idle = ends - created
        value = {name: row[name] for name in ("id", "user_id", "via", "user_agent", "address")}
        value |= {"version": row["session_version"], "renew": bool(row["renew"]), "idle": idle.total_seconds()}
        passed = row["second_factor_at"]
        value |= {"created_at": _said(created), "expires_at": _said(ends)}
        value |= {"second_factor_at": None if passed is None else _said(_utc(passed))}
        yield _entry(f"session:{row['token_hash']}", value, seen + idle)
        yield _entry(f"of {row['user_id']}:{row['id']}", row["token_hash"], ends)


def _entry(key: str, value: object, ends: datetime) -> dict[str, Any]:
    data = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    at = (ends - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    return {"key": key.encode(), "data": data, "content_type": "application/json", "ends_at": at}


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _said(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
