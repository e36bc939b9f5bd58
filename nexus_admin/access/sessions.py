"""Sessions: rows of ours, known by the hash of a random cookie. A cookie by itself means nothing.

A session has a stage: `full`, or it waits for a second factor, or for one to be set up. Only a full one
makes an actor. It gets a new cookie at sign-in and whenever rights change.
"""

from __future__ import annotations

import base64
import binascii
import secrets
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

import sqlalchemy as sa

from nexus_admin.access.actors import Actors, active_user
from nexus_admin.access.memory import Memory
from nexus_admin.access.records import Records
from nexus_admin.access.secrets import LONGEST, hash_of, new_secret
from nexus_admin.access.users import User, users_within
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import NotFound
from nexus_admin.domain.ids import as_ulid, new_id
from nexus_admin.state.tables.identity import user_account, user_session

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
        self._records = records
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
        values = {
            "via": via,
            "second_factor_at": second_factor_at,
            "created_at": now,
            "expires_at": now + self.lifetime.longest,
            "user_agent": _plain(device.user_agent, 300),
            "address": _plain(device.address, 64),
        }
        cookie = self._records.write(lambda conn: self._insert(conn, user_id, now, values))
        self._records.later(lambda conn: self._drop_old(conn, now))
        return cookie, self._sure(cookie)

    def renew(self, cookie: str, *, second_factor: bool = False) -> tuple[str, Session] | None:
        """Give a session a new id and cookie; the old cookie is dead from then on. None where there was none.

        Args:
            cookie: The old one.
            second_factor: Whether the second factor has just been passed.
        """
        now = self._records.now()

        def work(conn: sa.Connection) -> str | None:
            row = self._row(conn, hash_of(cookie))
            user = None if row is None else active_user(conn, row["user_id"])
            if row is None or user is None or self._over(row, now) or user.session_version != row["session_version"]:
                return None
            gone = conn.execute(user_session.delete().where(user_session.c.token_hash == row["token_hash"]))
            if gone.rowcount != 1:  # another request was first
                return None
            kept = ("via", "second_factor_at", "created_at", "expires_at", "user_agent", "address")
            values = {name: row[name] for name in kept}
            if second_factor:
                values["second_factor_at"] = now
            return self._insert(conn, row["user_id"], now, values)

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
            rows = conn.execute(
                sa.select(user_session)
                .where(user_session.c.user_id == user_id)
                .order_by(user_session.c.last_seen_at.desc(), user_session.c.id.desc())
            ).mappings()
            return [] if user is None else [self._session(row, user) for row in rows if not self._over(row, now)]

        return self._records.read(work)

    def living(self, limit: int = 200) -> list[tuple[User, Session]]:
        """Return the living sessions of everybody, last seen first, each with whose it is; *limit* at most."""
        now = self._records.now()
        statement = sa.select(user_session).order_by(user_session.c.last_seen_at.desc(), user_session.c.id.desc())

        def work(conn: sa.Connection) -> list[tuple[User, Session]]:
            users = {user.id: user for user in users_within(conn) if user.active}
            rows = conn.execute(statement.limit(limit)).mappings()
            known = [(users[row["user_id"]], row) for row in rows if row["user_id"] in users]
            return [(user, self._session(row, user)) for user, row in known if not self._over(row, now)]

        return self._records.read(work)

    def end(self, cookie: str) -> None:
        """End the session of a cookie."""
        self._delete(user_session.c.token_hash == hash_of(cookie))

    def revoke(self, user_id: str, session_id: str) -> bool:
        """End one session of that account; False where it has none of that id."""
        return self._delete(user_session.c.user_id == user_id, user_session.c.id == session_id) > 0

    def revoke_others(self, cookie: str) -> int:
        """End every other session of the account that a cookie belongs to, and return how many."""
        known = self._look_up(cookie)
        if known is None:
            return 0
        mine = known.session
        return self._delete(user_session.c.user_id == mine.user_id, user_session.c.id != mine.id)

    def revoke_all(self, user_id: str) -> int:
        """End every session of that account, and return how many there were."""
        return self._delete(user_session.c.user_id == user_id)

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

        def work(conn: sa.Connection) -> tuple[Session, User] | None:
            row = self._row(conn, hashed)
            if row is None or self._over(row, now):
                return None
            user = active_user(conn, row["user_id"])
            if user is None or user.session_version != row["session_version"]:
                return None
            return self._session(row, user), user

        found = self._records.read(work)
        if found is None:
            return None
        session, user = found
        self._note_seen(session, now)
        return _Known(session, self._actors.person(user, session.id) if session.stage == "full" else None)

    def _sure(self, cookie: str) -> Session:
        found = self._read(hash_of(cookie))
        if found is None:  # the account was shut out within the last millisecond
            raise NotFound("This account may not come in.")
        return found.session

    def _session(self, row: sa.RowMapping, user: User) -> Session:
        return Session(
            id=row["id"],
            user_id=row["user_id"],
            stage=self._stage(user, row["second_factor_at"]),
            via=row["via"],
            created_at=row["created_at"],
            last_seen_at=row["last_seen_at"],
            expires_at=row["expires_at"],
            user_agent=row["user_agent"],
            address=row["address"],
            second_factor_at=row["second_factor_at"],
            renew=row["renew"],
        )

    def _stage(self, user: User, passed_at: datetime | None) -> Stage:
        if user.second_factor:
            return "full" if passed_at is not None else "second_factor"
        return "enrol" if self._actors.lacks_second_factor(user) else "full"

    def _over(self, row: sa.RowMapping, now: datetime) -> bool:
        return bool(now >= row["expires_at"] or now >= row["last_seen_at"] + self.lifetime.idle)

    def _note_seen(self, session: Session, now: datetime) -> None:
        if now - session.last_seen_at < _SEEN_EVERY:
            return

        def work(conn: sa.Connection) -> None:
            conn.execute(user_session.update().where(user_session.c.id == session.id).values(last_seen_at=now))
            conn.execute(user_account.update().where(user_account.c.id == session.user_id).values(last_seen_at=now))

        self._records.later(work)

    def _insert(self, conn: sa.Connection, user_id: str, now: datetime, values: Mapping[str, object]) -> str:
        user = active_user(conn, user_id)
        if user is None:
            raise NotFound("This account may not come in.")
        cookie = new_secret()
        own = {"id": as_ulid(new_id()), "token_hash": hash_of(cookie), "user_id": user_id, "renew": False}
        rights = {"session_version": user.session_version, "last_seen_at": now}
        conn.execute(user_session.insert().values(**own, **rights, **values))
        conn.execute(user_account.update().where(user_account.c.id == user_id).values(last_seen_at=now))
        return cookie

    def _row(self, conn: sa.Connection, hashed: str) -> sa.RowMapping | None:
        return conn.execute(sa.select(user_session).where(user_session.c.token_hash == hashed)).mappings().first()

    def _delete(self, *where: sa.ColumnElement[bool]) -> int:
        count = self._records.write(lambda conn: conn.execute(user_session.delete().where(*where)).rowcount)
        self._known.forget()
        return count

    def _drop_old(self, conn: sa.Connection, now: datetime) -> None:
        idle = user_session.c.last_seen_at < now - self.lifetime.idle
        conn.execute(user_session.delete().where(sa.or_(user_session.c.expires_at < now, idle)))


def _csrf(cookie: str) -> bytes:
    return f"csrf:{hash_of(cookie)}".encode()


def _under(pad: bytes, signature: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(pad, signature, strict=True))


def _plain(text: str, longest: int) -> str:
    """Headers are anybody's words: no control characters, and not without end."""
    return "".join(letter for letter in text[:longest] if unicodedata.category(letter)[0] != "C")
