"""Sessions: kept in a store of ours under the hash of a random cookie. A cookie by itself means nothing.

A session has a stage: `full`, or it waits for a second factor, or for one to be set up. Only a full one
makes an actor. It gets a new cookie at sign-in and whenever rights change.
"""

from __future__ import annotations

import base64
import binascii
import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

import sqlalchemy as sa

from nexus_admin.access.actors import Actors, active_user
from nexus_admin.access.memory import Memory
from nexus_admin.access.records import Records
from nexus_admin.access.secrets import LONGEST, hash_of, new_secret
from nexus_admin.access.session_store import SessionRecord, SessionStore, StoredSession
from nexus_admin.access.users import User, users_within
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import NotFound
from nexus_admin.domain.ids import new_ulid
from nexus_admin.state.tables.identity import user_account

Stage = Literal["full", "second_factor", "enrol"]
"""`second_factor`: the code is still missing. `enrol`: a role asks for a second factor that is not set up yet."""

_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Device:
    """What somebody came with: for the list of their sessions, and for the throttle."""

    user_agent: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a session lives: without a request, and at most."""

    idle: timedelta = timedelta(days=3)
    longest: timedelta = timedelta(days=30)

    def over(self, found: StoredSession, now: datetime) -> bool:
        """Whether a session has ended, though the store may have it still: it was begun when it might live longer."""
        return now >= found.record.expires_at or now >= found.seen_at + self.idle


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in on one device.

    Args:
        id: A ULID; not the cookie.
        user_id: Whose it is.
        stage: See `Stage`.
        via: `password`, or an identity provider's name.
        created_at, last_seen_at, expires_at: UTC; the last is the end at any rate.
        user_agent, address: As they were at sign-in.
        second_factor_at: When the second factor was passed.
        renew: Its rights have changed: call `Sessions.renew` and send the new cookie.
    """

    id: str
    user_id: str
    stage: Stage
    via: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    user_agent: str
    address: str
    second_factor_at: datetime | None = None
    renew: bool = False


class _Known(NamedTuple):
    session: Session
    actor: Actor | None


class Sessions:
    """Starts, finds and ends sessions."""

    def __init__(self, records: Records, actors: Actors, lifetime: Lifetime | None = None) -> None:
        self._records, self._store = records, SessionStore(records)
        self._actors = actors
        self.lifetime = lifetime or Lifetime()
        self._known: Memory[_Known | None] = Memory()
        records.listen(self._known.forget)

    def start(
        self, user_id: str, device: Device, *, via: str = "password", second_factor_at: datetime | None = None
    ) -> tuple[str, Session]:
        """Begin a session and return its cookie, which is nowhere else, and the session.

        Raises:
            NotFound: the account is not there or may not come in.
        """
        now = self._records.now()

        def work(conn: sa.Connection) -> str:
            _was_here(conn, user_id, now)
            user = active_user(conn, user_id)
            if user is None:
                raise NotFound("This account may not come in.")
            ends, idle = now + self.lifetime.longest, self.lifetime.idle.total_seconds()
            whence = _plain(device.user_agent, 300), _plain(device.address, 64)
            who = new_ulid(), user_id, user.session_version
            return self._put(conn, SessionRecord(*who, False, via, second_factor_at, now, ends, idle, *whence), now)

        cookie = self._records.write(work)
        return cookie, self._sure(cookie)

    def renew(self, cookie: str, *, second_factor: bool = False) -> tuple[str, Session] | None:
        """Give a session a new id and cookie; the old cookie is dead from then on. None where there was none.

        Args:
            cookie: The old one.
            second_factor: Whether the second factor has just been passed.
        """
        now = self._records.now()

        def work(conn: sa.Connection) -> str | None:
            known = self._store.within(conn)
            found = known.find(hash_of(cookie))
            if found is None:
                return None
            _was_here(conn, found.record.user_id, now)
            found = known.find(found.hashed)  # as it is now that nobody changes its account's rights
            user = None if found is None or self.lifetime.over(found, now) else active_user(conn, found.record.user_id)
            if found is None or user is None or user.session_version != found.record.version:
                return None
            if known.end([found]) != 1:  # another request was first
                return None
            passed_at = now if second_factor else found.record.second_factor_at
            idle = self.lifetime.idle.total_seconds()
            record = replace(found.record, id=new_ulid(), renew=False, second_factor_at=passed_at, idle=idle)
            return self._put(conn, record, now)

        fresh = self._records.write(work)
        self._known.forget()
        return None if fresh is None else (fresh, self._sure(fresh))

    def find(self, cookie: str) -> Session | None:
        """Return the session of a cookie, whatever its stage, or None."""
        known = self._look_up(cookie)
        return None if known is None else known.session

    def actor(self, cookie: str) -> Actor | None:
        """Return who stands behind a cookie; None where nobody does, or the session is not full yet."""
        known = self._look_up(cookie)
        return None if known is None else known.actor

    def of_user(self, user_id: str) -> list[Session]:
        """Return the living sessions of an account, last seen first."""
        now = self._records.now()

        def work(conn: sa.Connection) -> list[Session]:
            user = active_user(conn, user_id)
            found = [] if user is None else _last_seen_first(self._store.within(conn).of(user_id))
            return [self._session(one, user) for one in found if user and not self.lifetime.over(one, now)]

        return self._records.read(work)

    def living(self, limit: int = 200) -> list[tuple[User, Session]]:
        """Return the living sessions of everybody, last seen first, each with whose it is; *limit* at most."""
        now = self._records.now()

        def work(conn: sa.Connection) -> list[tuple[User, Session]]:
            users = {user.id: user for user in users_within(conn) if user.active}
            found = _last_seen_first(self._store.within(conn).newest(limit))
            known = [(users[one.record.user_id], one) for one in found if one.record.user_id in users]
            return [(user, self._session(one, user)) for user, one in known if not self.lifetime.over(one, now)]

        return self._records.read(work)

    def end(self, cookie: str) -> None:
        """End the session of a cookie."""
        hashed = hash_of(cookie)
        self._end(lambda store: list(store.some([hashed])))

    def revoke(self, user_id: str, session_id: str) -> bool:
        """End one session of that account; False where it has none of that id."""
        return self._end(lambda store: [one for one in store.of(user_id) if one.record.id == session_id], user_id) > 0

    def revoke_others(self, cookie: str) -> int:
        """End every other session of the account that a cookie belongs to, and return how many."""
        known = self._look_up(cookie)
        if known is None:
            return 0
        mine = known.session
        return self._end(
            lambda store: [one for one in store.of(mine.user_id) if one.record.id != mine.id], mine.user_id
        )

    def revoke_all(self, user_id: str) -> int:
        """End every session of that account, and return how many there were."""
        return self._end(lambda store: store.of(user_id), user_id)

    def csrf_token(self, cookie: str) -> str:
        """Return what forms of this session must send along; another session has another.

        It is spelled anew each time, under a pad that goes along: a page that is packed for the wire would else tell
        by its length how much of a fixed secret somebody else's words in it have guessed (BREACH).
        """
        signature = self._records.vault.sign(_csrf(cookie))
        pad = secrets.token_bytes(len(signature))
        return base64.urlsafe_b64encode(pad + _under(pad, signature)).decode().rstrip("=")

    def csrf_fits(self, cookie: str, token: str) -> bool:
        """Whether *token* is the one of this session."""
        if len(token) > LONGEST or not token.isascii():
            return False
        try:
            spelled = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return False
        half = len(spelled) // 2
        return self._records.vault.verify(_csrf(cookie), _under(spelled[:half], spelled[half : 2 * half]))

    def _look_up(self, cookie: str) -> _Known | None:
        if not cookie or len(cookie) > LONGEST:
            return None
        hashed = hash_of(cookie)
        return self._known.get(hashed, lambda: self._read(hashed))

    def _read(self, hashed: str) -> _Known | None:
        now = self._records.now()

        def work(conn: sa.Connection) -> tuple[StoredSession, User] | None:
            found = self._store.within(conn).find(hashed)
            if found is None or self.lifetime.over(found, now):
                return None
            user = active_user(conn, found.record.user_id)
            return None if user is None or user.session_version != found.record.version else (found, user)

        read = self._records.read(work)
        if read is None:
            return None
        found, user = read
        self._note_seen(found, now)
        session = self._session(found, user)
        return _Known(session, self._actors.person(user, session.id) if session.stage == "full" else None)

    def _sure(self, cookie: str) -> Session:
        found = self._read(hash_of(cookie))
        if found is None:  # the account was shut out within the last millisecond
            raise NotFound("This account may not come in.")
        return found.session

    def _session(self, found: StoredSession, user: User) -> Session:
        record = found.record
        return Session(
            id=record.id,
            user_id=record.user_id,
            stage=self._stage(user, record.second_factor_at),
            via=record.via,
            created_at=record.created_at,
            last_seen_at=found.seen_at,
            expires_at=record.expires_at,
            user_agent=record.user_agent,
            address=record.address,
            second_factor_at=record.second_factor_at,
            renew=record.renew,
        )

    def _stage(self, user: User, passed_at: datetime | None) -> Stage:
        if user.second_factor:
            return "full" if passed_at is not None else "second_factor"
        return "enrol" if self._actors.lacks_second_factor(user) else "full"

    def _note_seen(self, found: StoredSession, now: datetime) -> None:
        idle = self.lifetime.idle
        if now - found.seen_at < min(_SEEN_EVERY, idle / 10):
            return

        def work(conn: sa.Connection) -> None:
            _was_here(conn, found.record.user_id, now)
            self._store.within(conn).seen(found, idle)

        self._records.later(work)

    def _put(self, conn: sa.Connection, record: SessionRecord, now: datetime) -> str:
        """Keep a session, and return its cookie."""
        cookie = new_secret()
        self._store.within(conn).put(hash_of(cookie), record, now)
        return cookie

    def _end(self, which: Callable[[SessionStore], list[StoredSession]], user_id: str = "") -> int:
        def work(conn: sa.Connection) -> int:
            if user_id:  # whose session is just getting another cookie: it has it first, and is found under it
                conn.execute(sa.select(user_account.c.id).where(user_account.c.id == user_id).with_for_update())
            store = self._store.within(conn)
            return store.end(which(store))

        count = self._records.write(work)
        self._known.forget()
        return count


def _was_here(conn: sa.Connection, user_id: str, now: datetime) -> None:
    """Note it; first of all, so that until the commit nobody changes the account's rights, and no two wait for each
    other: whoever changes them begins with the account, too."""
    conn.execute(user_account.update().where(user_account.c.id == user_id).values(last_seen_at=now))


def _last_seen_first(found: list[StoredSession]) -> list[StoredSession]:
    return sorted(found, key=lambda one: (one.seen_at, one.record.id), reverse=True)


def _csrf(cookie: str) -> bytes:
    return f"csrf:{hash_of(cookie)}".encode()


def _under(pad: bytes, signature: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(pad, signature, strict=True))


def _plain(text: str, longest: int) -> str:
    """Headers are anybody's words: no control characters, and not without end."""
    return "".join(letter for letter in text[:longest] if unicodedata.category(letter)[0] != "C")
