"""Sessions in the house's own store: one lives for as long as its entry does, which being seen prolongs.

    session:<hash of the cookie>     what is known of it; its lifetime is the time without a request, begun anew
                                     whenever it is seen
    of <account>:<session>           that hash, so that those of an account are found; until its last day

The cookie itself is in no key and in no value.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from pydantic import TypeAdapter, ValidationError

from nexus_admin.access.records import Records
from nexus_admin.brokers.content import JSON, Content
from nexus_admin.brokers.store import Entry
from nexus_admin.domain.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """What is known of a session.

    Args:
        id: A ULID; not the cookie.
        user_id: Whose it is.
        version: Of that account's rights; where the account has another one, the session is over.
        renew: Rights have changed: a new cookie is due.
        via: `password`, or an identity provider's name.
        second_factor_at: When the second factor was passed; None while it was not.
        created_at, expires_at: UTC; the last is the end at any rate.
        idle: Seconds that it lives without a request.
        user_agent, address: As they were at sign-in.
    """

    id: str
    user_id: str
    version: int
    renew: bool
    via: str
    second_factor_at: datetime | None
    created_at: datetime
    expires_at: datetime
    idle: float
    user_agent: str
    address: str


class StoredSession(NamedTuple):
    """A session in the store: under which hash, when it was last seen, and the very bytes."""

    record: SessionRecord
    hashed: str
    seen_at: datetime
    content: Content


_SESSION = "session:"
_REMEMBERED = 8_192
"""Values that are not read anew: those of open pages are looked at each second."""


class SessionStore:
    """Puts sessions into the store, finds them and takes them out.

    Args:
        records: Have the store.
    """

    def __init__(self, records: Records) -> None:
        self._records, self._store = records, records.store

    def within(self, conn: sa.Connection) -> SessionStore:
        """Return the same in the transaction of *conn*."""
        twin = SessionStore(self._records)
        twin._store = self._store.within(conn)
        return twin

    def put(self, hashed: str, record: SessionRecord, now: datetime) -> None:
        """Put a session there that was seen *now*."""
        self._store.set(_SESSION + hashed, _said(record), ttl=record.idle)
        self._store.set(_of(record), hashed, ttl=(record.expires_at - now).total_seconds())

    def find(self, hashed: str) -> StoredSession | None:
        """Return the session under that hash."""
        entry = self._store.entry(_SESSION + hashed)
        return None if entry is None else next(self._found([entry]), None)

    def some(self, hashes: Iterable[str]) -> Iterator[StoredSession]:
        """Give those that are there."""
        return self._found(self._store.some(*(_SESSION + one for one in hashes)))

    def of(self, user_id: str) -> list[StoredSession]:
        """Return those of an account."""
        return list(self.some(entry.content.value for entry in self._store.scan(f"of {user_id}:")))

    def newest(self, limit: int) -> list[StoredSession]:
        """Return those that were seen last."""
        return list(self._found(heapq.nlargest(limit, self._store.scan(_SESSION), key=lambda one: one.expires_in or 0)))

    def seen(self, found: StoredSession, idle: timedelta) -> None:
        """Let a session that is still there live on for *idle* from now."""
        seconds = idle.total_seconds()
        if found.record.idle != seconds and not self.change(found, idle=seconds):
            return  # another process was first, and saw it too
        self._store.touch(_SESSION + found.hashed, seconds)

    def change(self, found: StoredSession, **values: Any) -> bool:
        """Change what is known of a session; False where it is not as it was *found* any more."""
        return self._store.cas(_SESSION + found.hashed, found.content, _said(replace(found.record, **values)))

    def end(self, sessions: Sequence[StoredSession]) -> int:
        """Take sessions out; return how many there were."""
        count = self._store.delete(*(_SESSION + one.hashed for one in sessions))
        self._store.delete(*(_of(one.record) for one in sessions))
        return count

    def _found(self, entries: Iterable[Entry]) -> Iterator[StoredSession]:
        now = self._records.now()
        for entry in entries:
            record = _read(entry.content.data)
            if record is None:
                continue
            seen = now + timedelta(seconds=(entry.expires_in or 0) - record.idle)
            yield StoredSession(record, entry.key.removeprefix(_SESSION), seen, entry.content)


@lru_cache(maxsize=_REMEMBERED)
def _read(data: bytes) -> SessionRecord | None:
    try:
        return _adapter().validate_json(data)
    except ValidationError:
        return None  # of another Nexus than this one: its owner signs in again


@cache
def _adapter() -> TypeAdapter[SessionRecord]:
    return TypeAdapter(SessionRecord)


def _of(record: SessionRecord) -> str:
    return f"of {record.user_id}:{record.id}"


def _said(record: SessionRecord) -> Content:
    return Content(_adapter().dump_json(record), JSON)
