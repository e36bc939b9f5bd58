"""Accounts: who there is, which roles they hold, and the rule that one active owner always remains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from nexus_admin.access.builtin import OWNER
from nexus_admin.access.emails import checked_email, fold_email
from nexus_admin.access.members import (
    check_an_owner_remains,
    check_may_touch_owners,
    check_roles_exist,
    roles_of,
    set_roles_within,
)
from nexus_admin.access.passwords import Passwords
from nexus_admin.access.records import Records
from nexus_admin.access.revocation import end_everything, keep_sessions
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import Invalid, NotFound
from nexus_admin.domain.ids import new_ulid
from nexus_admin.state.tables.access import access_member
from nexus_admin.state.tables.identity import second_factor, user_account


@dataclass(frozen=True, slots=True)
class User:
    """An account.

    Args:
        id: A ULID.
        email: As it was given.
        name: How people call them.
        roles: Those that were given to them, without what these inherit.
        attributes: What rules may ask for as `me.<attribute>`.
        active: Whether they may come in.
        session_version: Rises with password, roles, attributes and active.
        created_at: UTC.
        last_seen_at: UTC, to about a minute.
        has_password: Whether they may sign in by one.
        second_factor: Whether one is set up and confirmed.
    """

    id: str
    email: str
    name: str
    roles: tuple[str, ...]
    attributes: Mapping[str, Any] = field(hash=False)
    active: bool
    session_version: int
    created_at: datetime
    last_seen_at: datetime | None
    has_password: bool
    second_factor: bool

    @property
    def actor_id(self) -> str:
        """The id that they act under."""
        return f"user:{self.id}"

    @property
    def owner(self) -> bool:
        """Whether they hold the role of an owner."""
        return OWNER in self.roles


_COLUMNS = (
    user_account,
    second_factor.c.confirmed_at.is_not(None).label("second_factor"),
)
_FROM = user_account.outerjoin(second_factor, second_factor.c.user_id == user_account.c.id)


class Users:
    """Finds, makes and changes accounts.

    Whoever changes an owner, or makes one, must be an owner (or the system): `by` says who asks.
    """

    def __init__(self, records: Records, passwords: Passwords) -> None:
        self._records = records
        self._passwords = passwords

    def get(self, user_id: str) -> User:
        """Return the account with that id.

        Raises:
            NotFound: there is none.
        """
        return self._records.read(lambda conn: user_within(conn, user_id))

    def by_email(self, email: str) -> User | None:
        """Return the account with that email, however it is spelt, or None."""
        folded = fold_email(email)
        found = self._records.read(lambda conn: _users(conn, user_account.c.email_folded == folded, 1))
        return found[0] if found else None

    def find(self, words: str = "", *, after: str | None = None, limit: int = 100) -> list[User]:
        """Return up to *limit* accounts by age whose email or name contains *words*, beginning after the id *after*."""
        where: list[sa.ColumnElement[bool]] = []
        if words.strip():
            where.append(
                sa.or_(
                    user_account.c.email_folded.contains(fold_email(words), autoescape=True),
                    user_account.c.name.icontains(words.strip(), autoescape=True),
                )
            )
        if after is not None:
            where.append(user_account.c.id > after)
        return self._records.read(lambda conn: _users(conn, sa.and_(sa.true(), *where), limit))

    def holding(self, role: str) -> list[User]:
        """Return the accounts that were given *role*."""
        held = sa.select(access_member.c.user_id).where(access_member.c.role == role)
        return self._records.read(lambda conn: _users(conn, user_account.c.id.in_(held), None))

    def count(self) -> int:
        """Return how many accounts there are."""
        found = self._records.read(lambda conn: conn.scalar(sa.select(sa.func.count()).select_from(user_account)))
        return found or 0

    def create(
        self,
        email: str,
        *,
        by: Actor,
        name: str = "",
        password: str | None = None,
        roles: Sequence[str] = (),
        attributes: Mapping[str, Any] | None = None,
    ) -> User:
        """Make an account.

        Args:
            email: Taken as it is; must be nobody's else.
            by: Who asks; only an owner makes owners.
            name: How people call them.
            password: None for somebody who comes in by another way.
            roles: In the order in which they are shown.
            attributes: What rules may ask for as `me.<attribute>`.

        Raises:
            Invalid: the email is taken or none, the password too weak, a role unknown.
        """
        email = checked_email(email)
        hashed = self._passwords.hash(password, email) if password is not None else None
        return self._records.change(
            lambda conn: self.create_within(conn, email, hashed, name, tuple(roles), dict(attributes or {}), by)
        )

    def create_within(
        self,
        conn: sa.Connection,
        email: str,
        password_hash: str | None,
        name: str,
        roles: Sequence[str],
        attributes: Mapping[str, Any],
        by: Actor,
    ) -> User:
        """Do what `create` does in a transaction of the caller's, with a checked email and a hashed password."""
        if OWNER in roles:
            check_may_touch_owners(by)
        check_roles_exist(conn, roles)
        _check_free(conn, email, None)
        user_id = new_ulid()
        values = {
            "id": user_id,
            "email": email,
            "email_folded": fold_email(email),
            "name": name.strip(),
            "password_hash": password_hash,
            "attributes": checked_attributes(attributes),
            "active": True,
            "session_version": 1,
            "created_at": self._records.now(),
        }
        conn.execute(user_account.insert().values(values))
        set_roles_within(conn, user_id, roles)
        return user_within(conn, user_id)

    def rename(self, user_id: str, *, by: Actor, name: str | None = None, email: str | None = None) -> User:
        """Change how they are called, or where mail goes.

        Raises:
            Invalid: the email is taken, or none.
        """

        def work(conn: sa.Connection) -> User:
            values: dict[str, Any] = {}
            _guard(conn, user_id, by)
            if name is not None:
                values["name"] = name.strip()
            if email is not None:
                _check_free(conn, checked_email(email), user_id)
                values |= {"email": checked_email(email), "email_folded": fold_email(email)}
            if values:
                conn.execute(user_account.update().where(user_account.c.id == user_id).values(values))
                keep_sessions(conn, self._records, user_id)
            return user_within(conn, user_id)

        return self._records.change(work)

    def set_roles(self, user_id: str, roles: Sequence[str], *, by: Actor) -> User:
        """Give them exactly *roles*. It takes effect at once; their sessions get new ids.

        Raises:
            Refused: no active owner would remain.
            Invalid: a role is unknown.
            Forbidden: only an owner makes and unmakes owners.
        """

        def work(conn: sa.Connection) -> User:
            before = user_within(conn, user_id)
            if before.owner or OWNER in roles:
                check_may_touch_owners(by)
            check_roles_exist(conn, roles)
            set_roles_within(conn, user_id, roles)
            if before.owner:
                check_an_owner_remains(conn)
            keep_sessions(conn, self._records, user_id, renew=True)
            return user_within(conn, user_id)

        return self._records.change(work)

    def set_attributes(self, user_id: str, attributes: Mapping[str, Any], *, by: Actor) -> User:
        """Replace what rules may ask for as `me.<attribute>`."""

        def work(conn: sa.Connection) -> User:
            _guard(conn, user_id, by)
            values = checked_attributes(attributes)
            conn.execute(user_account.update().where(user_account.c.id == user_id).values(attributes=values))
            keep_sessions(conn, self._records, user_id, renew=True)
            return user_within(conn, user_id)

        return self._records.change(work)

    def set_active(self, user_id: str, active: bool, *, by: Actor) -> User:
        """Let them in again, or shut them out: every session and token of theirs ends at once.

        Raises:
            Refused: no active owner would remain.
        """

        def work(conn: sa.Connection) -> User:
            before = _guard(conn, user_id, by)
            conn.execute(user_account.update().where(user_account.c.id == user_id).values(active=active))
            if before.owner:
                check_an_owner_remains(conn)
            end_everything(conn, self._records, user_id)
            return user_within(conn, user_id)

        return self._records.change(work)

    def set_password(self, user_id: str, password: str | None, *, by: Actor) -> User:
        """Set a new password, or none. Every session and token of theirs ends at once.

        Raises:
            Invalid: too short, too long, or their email.
        """
        email = self.get(user_id).email
        hashed = self._passwords.hash(password, email) if password is not None else None

        def work(conn: sa.Connection) -> User:
            _guard(conn, user_id, by)
            conn.execute(user_account.update().where(user_account.c.id == user_id).values(password_hash=hashed))
            end_everything(conn, self._records, user_id)
            return user_within(conn, user_id)

        return self._records.change(work)

    def delete(self, user_id: str, *, by: Actor) -> None:
        """Delete the account with all that hangs on it. What they did stays in the audit.

        Raises:
            Refused: no active owner would remain.
        """

        def work(conn: sa.Connection) -> None:
            before = _guard(conn, user_id, by)
            end_everything(conn, self._records, user_id, forget=True)
            conn.execute(user_account.delete().where(user_account.c.id == user_id))
            if before.owner:
                check_an_owner_remains(conn)

        self._records.change(work)


def user_within(conn: sa.Connection, user_id: str) -> User:
    """Return the account with that id, read by *conn*.

    Raises:
        NotFound: there is none.
    """
    found = _users(conn, user_account.c.id == user_id, 1)
    if not found:
        raise NotFound(f"There is no user with the id {user_id[:40]!r}.")
    return found[0]


def users_within(conn: sa.Connection) -> list[User]:
    """Return every account, read by *conn*, by age."""
    return _users(conn, sa.true(), None)


def checked_attributes(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return *attributes* as they are stored.

    Raises:
        Invalid: a name is not one word, or a value is not a text, number, yes/no, or a list of those.
    """
    for name, value in attributes.items():
        plain = value if isinstance(value, list | tuple) else [value]
        if not name.isidentifier():
            raise Invalid({"attributes": f"{name[:60]!r} cannot be an attribute's name. Use letters, digits and _."})
        if not all(item is None or isinstance(item, str | int | float | bool) for item in plain):
            raise Invalid({"attributes": f"{name} must be a text, a number, yes or no, or a list of those."})
    return {name: list(value) if isinstance(value, tuple) else value for name, value in attributes.items()}


def _guard(conn: sa.Connection, user_id: str, by: Actor) -> User:
    """Whoever could change an owner's password or email could become one."""
    user = user_within(conn, user_id)
    if user.owner and by.id != user.actor_id:
        check_may_touch_owners(by)
    return user


def _check_free(conn: sa.Connection, email: str, user_id: str | None) -> None:
    taken = conn.scalar(sa.select(user_account.c.id).where(user_account.c.email_folded == fold_email(email)))
    if taken is not None and taken != user_id:
        raise Invalid({"email": f"There is already a user with the email {email}."})


def _users(conn: sa.Connection, where: sa.ColumnElement[bool], limit: int | None) -> list[User]:
    statement = sa.select(*_COLUMNS).select_from(_FROM).where(where).order_by(user_account.c.id).limit(limit)
    rows = conn.execute(statement).mappings().all()
    roles = roles_of(conn, [row["id"] for row in rows])
    return [
        User(
            id=row["id"],
            email=row["email"],
            name=row["name"],
            roles=roles.get(row["id"], ()),
            attributes=row["attributes"] or {},
            active=row["active"],
            session_version=row["session_version"],
            created_at=row["created_at"],
            last_seen_at=row["last_seen_at"],
            has_password=row["password_hash"] is not None,
            second_factor=bool(row["second_factor"]),
        )
        for row in rows
    ]
