"""The first owner: made with a token that only the console has shown, once, and only while there is no owner."""

from __future__ import annotations

import hmac

import sqlalchemy as sa

from nexus_admin.access.builtin import OWNER
from nexus_admin.access.emails import checked_email
from nexus_admin.access.members import an_owner_exists
from nexus_admin.access.passwords import Passwords
from nexus_admin.access.records import Records
from nexus_admin.access.secrets import hash_of, new_secret
from nexus_admin.access.throttle import ADDRESS, Throttle, network_of
from nexus_admin.access.users import User, Users
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import Forbidden, NotFound
from nexus_admin.state.tables.identity import setup_token

_ROW = 1
_OVER = "Nexus is set up already. Sign in instead."


class Setup:
    """Makes the first owner. Once there is one this door is gone for good."""

    def __init__(self, records: Records, users: Users, passwords: Passwords, throttle: Throttle) -> None:
        self._records = records
        self._users = users
        self._passwords = passwords
        self._throttle = throttle
        self._closed = False

    @property
    def open(self) -> bool:
        """Whether there is no owner yet; the pages of the set-up are there only while this is true."""
        if not self._closed:
            self._closed = self._records.read(an_owner_exists)
        return not self._closed

    def issue(self) -> str:
        """Return a new token for the console; the one before is dead. Only its hash is stored.

        Raises:
            NotFound: there is an owner already.
        """
        token = new_secret()
        now = self._records.now()

        def work(conn: sa.Connection) -> None:
            if an_owner_exists(conn):
                raise NotFound(_OVER)
            conn.execute(setup_token.delete())
            conn.execute(setup_token.insert().values(id=_ROW, token_hash=hash_of(token), created_at=now))

        self._records.write(work)
        return token

    def claim(self, token: str, email: str, password: str, *, name: str = "", address: str = "") -> User:
        """Make the first owner.

        Args:
            token: What `issue` gave.
            email: Whose account it will be.
            password: For it.
            name: How people call them.
            address: Where the request came from, for the throttle.

        Raises:
            NotFound: there is an owner already.
            Forbidden: the token is wrong, old or used.
            Invalid: the email or the password is no good; the token lives on.
            TooManyRequests: too many wrong tokens.
        """
        if not self.open:
            raise NotFound(_OVER)
        where = network_of(address)
        self._throttle.attempt((ADDRESS, where))
        hashed = hash_of(token)
        self._records.read(lambda conn: _check_token(conn, hashed))
        email = checked_email(email)
        password_hash = self._passwords.hash(password, email)
        by = Actor.system("set-up")

        def work(conn: sa.Connection) -> User:
            if an_owner_exists(conn):
                raise NotFound(_OVER)
            _check_token(conn, hashed)
            used = setup_token.update().where(setup_token.c.token_hash == hashed, setup_token.c.used_at.is_(None))
            if conn.execute(used.values(used_at=self._records.now())).rowcount != 1:
                raise Forbidden(_WRONG)
            return self._users.create_within(conn, email, password_hash, name, (OWNER,), {}, by)

        owner = self._records.change(work)
        self._throttle.forgive(ADDRESS, where)
        return owner


_WRONG = "This set-up token is wrong, or has been used. The newest one is on the console where Nexus was started."


def _check_token(conn: sa.Connection, hashed: str) -> None:
    statement = sa.select(setup_token.c.token_hash).where(setup_token.c.used_at.is_(None))
    stored = conn.scalar(statement) or ""
    if not hmac.compare_digest(stored, hashed):
        raise Forbidden(_WRONG)
