"""Which of many sessions still stand: one look for all open pages, which counts as a request of nobody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import sqlalchemy as sa

from nexus_admin.access.records import Records
from nexus_admin.access.secrets import hash_of
from nexus_admin.access.sessions import Lifetime
from nexus_admin.state.tables.identity import user_account, user_session

AT_ONCE = 500


class Standing:
    """Looks many sessions up at once.

    Args:
        records: Our state.
        lifetime: How long a session lives.
    """

    def __init__(self, records: Records, lifetime: Lifetime) -> None:
        self._records = records
        self._lifetime = lifetime

    def of(self, cookies: Iterable[str]) -> dict[str, int]:
        """Return the cookies whose sessions are not over, each with the version of its account's rights."""
        by_hash = {hash_of(one): one for one in cookies}
        hashes = iter(by_hash)
        return {
            by_hash[hashed]: version
            for some in iter(lambda: list(islice(hashes, AT_ONCE)), [])
            for hashed, version in self._standing(some)
        }

    def _standing(self, hashes: Sequence[str]) -> Iterator[tuple[str, int]]:
        now = self._records.now()
        session, account = user_session.c, user_account.c
        statement = (
            sa.select(session.token_hash, account.session_version)
            .join_from(user_session, user_account, account.id == session.user_id)
            .where(session.token_hash.in_(hashes), account.active)
            .where(account.session_version == session.session_version, session.expires_at > now)
            .where(session.last_seen_at > now - self._lifetime.idle)
        )
        for row in self._records.read(lambda conn: conn.execute(statement).all()):
            yield row[0], row[1]
