"""Links that let somebody choose a password once: for a new account, or for one whose password is forgotten.

A link is signed and stored nowhere. What it signs contains the password's hash as it was when the link was made,
so that the first password that is chosen by it, or by any other way, makes it worthless.
"""

from __future__ import annotations

import base64
import binascii
from datetime import timedelta

import sqlalchemy as sa

from nexus_admin.access.passwords import Passwords
from nexus_admin.access.records import Records
from nexus_admin.access.revocation import end_everything
from nexus_admin.access.secrets import LONGEST, hash_of
from nexus_admin.access.throttle import ADDRESS, Throttle, network_of
from nexus_admin.access.users import User, user_within
from nexus_admin.domain.errors import NotFound
from nexus_admin.state.tables.identity import user_account

LIFETIME = timedelta(days=3)
"""How long a link is good for."""

_OVER = "This link was used already, or is too old. Ask an owner of this Nexus for a new one."


class Invitations:
    """Makes such links, and takes them."""

    def __init__(self, records: Records, passwords: Passwords, throttle: Throttle) -> None:
        self._records = records
        self._passwords = passwords
        self._throttle = throttle

    def issue(self, user_id: str) -> str:
        """Return the secret part of a link for that account; the caller shows it once.

        Raises:
            NotFound: there is no such account, or it may not come in.
        """
        expires = int((self._records.now() + LIFETIME).timestamp())
        signed = self._records.read(lambda conn: _signed(conn, user_id, expires))
        signature = base64.urlsafe_b64encode(self._records.vault.sign(signed)).decode().rstrip("=")
        return f"{user_id}.{expires}.{signature}"

    def whose(self, secret: str, *, address: str = "") -> User:
        """Return the account that a link is for.

        Args:
            secret: What `issue` gave.
            address: Where the request came from, for the throttle.

        Raises:
            NotFound: it was used, is too old, or was never made by us.
            TooManyRequests: too many wrong ones came from there.
        """
        where = network_of(address)
        self._throttle.attempt((ADDRESS, where))
        user = self._records.read(lambda conn: self._checked(conn, secret))
        self._throttle.forgive(ADDRESS, where)
        return user

    def claim(self, secret: str, password: str, *, name: str = "", address: str = "") -> User:
        """Set the password of the account that a link is for. Every session and token of it ends.

        Args:
            secret: What `issue` gave.
            password: What was chosen.
            name: How people call them; empty to leave it.
            address: Where the request came from, for the throttle.

        Raises:
            NotFound, TooManyRequests: as for `whose`.
            Invalid: the password is no good; the link lives on.
        """
        user = self.whose(secret, address=address)
        hashed = self._passwords.hash(password, user.email)
        values = {"password_hash": hashed} | ({"name": name.strip()} if name.strip() else {})

        def work(conn: sa.Connection) -> User:
            self._checked(conn, secret)
            conn.execute(user_account.update().where(user_account.c.id == user.id).values(values))
            end_everything(conn, self._records, user.id)
            return user_within(conn, user.id)

        return self._records.change(work)

    def _checked(self, conn: sa.Connection, secret: str) -> User:
        user_id, _, rest = secret[:LONGEST].partition(".")
        expires, _, signature = rest.partition(".")
        if not (expires.isascii() and expires.isdecimal() and signature):
            raise NotFound(_OVER)
        if int(expires) < self._records.now().timestamp():
            raise NotFound(_OVER)
        if not self._records.vault.verify(_signed(conn, user_id, int(expires)), _bytes(signature)):
            raise NotFound(_OVER)
        return user_within(conn, user_id)


def _signed(conn: sa.Connection, user_id: str, expires: int) -> bytes:
    """Return what is signed, as the account stands now."""
    table = user_account
    statement = sa.select(table.c.email_folded, table.c.password_hash).where(table.c.id == user_id, table.c.active)
    row = conn.execute(statement).first()
    if row is None:
        raise NotFound(_OVER)
    return f"invitation:{user_id}:{expires}:{hash_of(row[0])}:{hash_of(row[1] or '')}".encode()


def _bytes(signature: str) -> bytes:
    try:
        return base64.b64decode(signature + "=" * (-len(signature) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
