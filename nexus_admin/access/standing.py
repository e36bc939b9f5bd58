"""Which of many sessions still stand: one look for all open pages, which counts as a request of nobody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from itertools import islice

import sqlalchemy as sa

from nexus_admin.access.records import Records
from nexus_admin.access.secrets import hash_of
from nexus_admin.access.session_store import SessionStore
from nexus_admin.access.sessions import Lifetime
from nexus_admin.state.tables.identity import user_account

AT_ONCE = 500


class Standing:
    """Looks many sessions up at once.

    Args:
        records: Our state.
        lifetime: How long a session lives.
    """

    def __init__(self, records: Records, lifetime: Lifetime) -> None:
        self._records, self._store = records, SessionStore(records)
        self._lifetime = lifetime

    def of(self, cookies: Iterable[str]) -> dict[str, int]:
        """Return the cookies whose sessions are not over, each with the version of its account's rights."""
        by_hash = {hash_of(one): one for one in cookies}
        hashes = iter(by_hash)
        return {
            by_hash[hashed]: version
            for some in iter(lambda: list(islice(hashes, AT_ONCE)), [])
            for hashed, version in self._records.read(partial(self._standing, some))
        }

    def _standing(self, hashes: Sequence[str], conn: sa.Connection) -> list[tuple[str, int]]:
        now = self._records.now()
        living = [one for one in self._store.within(conn).some(hashes) if not self._lifetime.over(one, now)]
        account, ids = user_account.c, {one.record.user_id for one in living}
        statement = sa.select(account.id, account.session_version).where(account.id.in_(ids), account.active)
        versions = {row[0]: row[1] for row in conn.execute(statement)}
        return [
            (one.hashed, one.record.version) for one in living if versions.get(one.record.user_id) == one.record.version
        ]
