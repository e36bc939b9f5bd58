"""API tokens: `nxt_…`, stored as a hash, never with more rights than their owner has at that moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from nexus_admin.access.actors import Actors, active_user
from nexus_admin.access.memory import Memory
from nexus_admin.access.permissions import Permissions
from nexus_admin.access.records import Records
from nexus_admin.access.secrets import LONGEST, TOKEN_PREFIX, hash_of, new_secret
from nexus_admin.access.users import User
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import Invalid, NotFound
from nexus_admin.domain.ids import as_ulid, new_id
from nexus_admin.domain.nearest import did_you_mean
from nexus_admin.state.tables.identity import user_token

_USED_EVERY = timedelta(minutes=1)
OPENS_NOTHING = (
    "This token is unknown, expired or revoked, or its owner has yet to set up the second factor that a role asks for. "
    "See to it, or make a new one, on the account page."
)


@dataclass(frozen=True, slots=True)
class Token:
    """An API token, without the token itself: that is shown once, when it is made.

    Args:
        id: A ULID.
        user_id: Whose it is.
        name: What it is for.
        scopes: Action patterns; None for all that the roles give.
        roles: The roles that it is narrowed to; None for all of its owner's.
        created_at, expires_at, last_used_at, revoked_at: UTC.
    """

    id: str
    user_id: str
    name: str
    scopes: tuple[str, ...] | None
    roles: tuple[str, ...] | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None

    def alive(self, now: datetime) -> bool:
        """Whether it opens anything."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class Tokens:
    """Makes, finds and revokes tokens. They all die with a new password, and when their owner is shut out."""

    def __init__(self, records: Records, actors: Actors, permissions: Permissions) -> None:
        self._records = records
        self._actors = actors
        self._permissions = permissions
        self._known: Memory[tuple[Token, Actor] | None] = Memory()
        records.listen(self._known.forget)

    def create(
        self,
        user_id: str,
        name: str,
        *,
        scopes: Sequence[str] | None = None,
        roles: Sequence[str] | None = None,
        lifetime: timedelta | None = None,
    ) -> tuple[str, Token]:
        """Make a token and return it, once and never again, with what is stored of it.

        Args:
            user_id: Whose it is.
            name: What it is for.
            scopes: Action patterns that it is good for; None for all that the roles give.
            roles: Roles of the owner's that it is narrowed to; None for all of them.
            lifetime: None for no end.

        Raises:
            Invalid: no name, an end that is past, or a role that its owner does not hold.
            UnknownAction: a scope that stands for no action.
            NotFound: the account is not there or may not come in.
        """
        if not name.strip():
            raise Invalid({"name": "Say what the token is for."})
        if lifetime is not None and lifetime <= timedelta(0):
            raise Invalid({"lifetime": "A token must live for some time."})
        for scope in scopes or ():
            self._permissions.check(scope)
        now = self._records.now()
        plain = new_secret(TOKEN_PREFIX)
        token_id = as_ulid(new_id())

        def work(conn: sa.Connection) -> Token:
            user = active_user(conn, user_id)
            if user is None:
                raise NotFound("This account may not come in.")
            self._check_roles(user, roles)
            conn.execute(
                user_token.insert().values(
                    id=token_id,
                    token_hash=hash_of(plain),
                    user_id=user_id,
                    name=name.strip(),
                    scopes=None if scopes is None else list(scopes),
                    roles=None if roles is None else list(roles),
                    created_at=now,
                    expires_at=None if lifetime is None else now + lifetime,
                )
            )
            row = conn.execute(sa.select(user_token).where(user_token.c.id == token_id)).mappings().one()
            return _token(row)

        return plain, self._records.write(work)

    def of_user(self, user_id: str) -> list[Token]:
        """Return every token of an account, newest first, dead ones too."""
        statement = sa.select(user_token).where(user_token.c.user_id == user_id).order_by(user_token.c.id.desc())
        return self._records.read(lambda conn: [_token(row) for row in conn.execute(statement).mappings()])

    def all(self, limit: int = 200) -> list[Token]:
        """Return the tokens of everybody, newest first, dead ones too; *limit* at most."""
        statement = sa.select(user_token).order_by(user_token.c.id.desc()).limit(limit)
        return self._records.read(lambda conn: [_token(row) for row in conn.execute(statement).mappings()])

    def revoke(self, user_id: str, token_id: str) -> bool:
        """Kill one token of that account at once; False where it has no living one of that id."""
        where = (user_token.c.id == token_id, user_token.c.user_id == user_id, user_token.c.revoked_at.is_(None))
        statement = user_token.update().where(*where).values(revoked_at=self._records.now())
        count = self._records.write(lambda conn: conn.execute(statement).rowcount)
        self._known.forget()
        return count > 0

    def actor(self, bearer: str) -> Actor | None:
        """Return who stands behind a token, or None. It must have been looked at as a secret: never log *bearer*."""
        if not bearer.startswith(TOKEN_PREFIX) or len(bearer) > LONGEST:
            return None
        hashed = hash_of(bearer)
        known = self._known.get(hashed, lambda: self._read(hashed))
        return None if known is None else known[1]

    def acting(self, token_id: str) -> Actor | None:
        """Return who stands behind the token of that id now, for what it asked for earlier; None where it is dead."""
        found = self._alive(user_token.c.id == token_id)
        return None if found is None else found[1]

    def _read(self, hashed: str) -> tuple[Token, Actor] | None:
        return self._alive(user_token.c.token_hash == hashed)

    def _alive(self, which: sa.ColumnElement[bool]) -> tuple[Token, Actor] | None:
        now = self._records.now()

        def work(conn: sa.Connection) -> tuple[Token, User] | None:
            row = conn.execute(sa.select(user_token).where(which)).mappings().first()
            if row is None or not (token := _token(row)).alive(now):
                return None
            user = active_user(conn, token.user_id)
            return None if user is None else (token, user)

        found = self._records.read(work)
        # A role may ask for a second factor since: then this must not be the way around it.
        if found is None or self._actors.lacks_second_factor(found[1]):
            return None
        token, user = found
        self._note_used(token, now)
        return token, self._actors.token(user, token.id, token.name, token.scopes, token.roles)

    def _note_used(self, token: Token, now: datetime) -> None:
        if token.last_used_at is not None and now - token.last_used_at < _USED_EVERY:
            return
        statement = user_token.update().where(user_token.c.id == token.id).values(last_used_at=now)

        def work(conn: sa.Connection) -> None:
            conn.execute(statement)

        self._records.later(work)

    def _check_roles(self, user: User, roles: Sequence[str] | None) -> None:
        book = self._actors.book()
        held = book.roles if user.owner else book.closure(user.roles)
        for role in roles or ():
            if role not in held:
                hint = did_you_mean(role, held)
                raise Invalid({"roles": f"{user.email} does not hold the role {role!r}.{hint}"})


def _token(row: sa.RowMapping) -> Token:
    return Token(
        id=row["id"],
        user_id=row["user_id"],
        name=row["name"],
        scopes=None if row["scopes"] is None else tuple(row["scopes"]),
        roles=None if row["roles"] is None else tuple(row["roles"]),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        last_used_at=row["last_used_at"],
        revoked_at=row["revoked_at"],
    )
