"""What ends or lives on when an account changes. For use within one transaction."""

from __future__ import annotations

import sqlalchemy as sa

from nexus_admin.access.records import Records
from nexus_admin.access.session_store import SessionStore
from nexus_admin.state.tables.access import access_member
from nexus_admin.state.tables.identity import recovery_code, second_factor, user_account, user_token


def end_everything(conn: sa.Connection, records: Records, user_id: str, *, forget: bool = False) -> None:
    """End every session and token of an account; with *forget*, delete all that hangs on it."""
    raise_session_version(conn, user_id)
    sessions = SessionStore(records).within(conn)
    sessions.end(sessions.of(user_id))
    if forget:
        for table in (user_token, recovery_code, second_factor, access_member):
            conn.execute(table.delete().where(table.c.user_id == user_id))
        return
    revoked = user_token.update().where(user_token.c.user_id == user_id, user_token.c.revoked_at.is_(None))
    conn.execute(revoked.values(revoked_at=records.now()))


def keep_sessions(conn: sa.Connection, records: Records, user_id: str, *, renew: bool = False) -> None:
    """Raise the account's version and take its sessions along; with *renew* each gets a new id at its next request."""
    version = raise_session_version(conn, user_id)
    sessions = SessionStore(records).within(conn)
    for one in sessions.of(user_id):
        sessions.change(one, version=version, renew=renew or one.record.renew)


def raise_session_version(conn: sa.Connection, user_id: str) -> int:
    """Raise the number that says that an account's rights are not what they were, and return it."""
    column = user_account.c.session_version
    conn.execute(user_account.update().where(user_account.c.id == user_id).values(session_version=column + 1))
    return int(conn.scalar(sa.select(column).where(user_account.c.id == user_id)) or 0)
