"""Accounts as actors: who stands behind a session or a token, with what rights."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from nexus_admin.access.book import RoleBook
from nexus_admin.access.builtin import OWNER
from nexus_admin.access.roles import Roles
from nexus_admin.access.users import User, user_within
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import NotFound


class Actors:
    """Makes actors of accounts."""

    def __init__(self, roles: Roles) -> None:
        self._roles = roles

    def book(self) -> RoleBook:
        """Return all roles as they are now."""
        return self._roles.book()

    def person(self, user: User, session: str | None = None) -> Actor:
        """Return *user* as a person who came in by the session of that id."""
        return Actor(
            id=user.actor_id,
            kind="person",
            name=user.name or user.email,
            email=user.email,
            roles=self._roles.book().closure(user.roles),
            attributes=attributes_of(user),
            version=user.session_version,
            session=session,
        )

    def token(
        self, user: User, token_id: str, name: str, scopes: Sequence[str] | None, roles: Sequence[str] | None
    ) -> Actor:
        """Return the token of that id as an actor; it may what *user* may, and less.

        Where it is narrowed to some roles, the denials of the others still bind it.
        """
        book = self._roles.book()
        held = book.closure(user.roles)
        narrowed = held
        denials: tuple[str, ...] = ()
        if roles is not None:
            narrowed = book.closure([role for role in roles if role in held or user.owner])
            denials = tuple(role for role in held if role not in narrowed and role != OWNER)
        return Actor(
            id=f"token:{token_id}",
            kind="token",
            name=f"{user.name or user.email} ({name})",
            email=user.email,
            roles=narrowed,
            attributes=attributes_of(user),
            version=user.session_version,
            scopes=None if scopes is None else tuple(scopes),
            session=token_id,
            denials=denials,
        )

    def lacks_second_factor(self, user: User) -> bool:
        """Whether a role of *user* asks for a second factor, and none is set up."""
        return not user.second_factor and self._roles.book().requires_second_factor(user.roles)


def attributes_of(user: User) -> dict[str, object]:
    """Return what rules may ask for; nobody can give themselves another's id."""
    own = {"id": user.id, "email": user.email, "name": user.name}
    return {**user.attributes, **own}


def active_user(conn: sa.Connection, user_id: str) -> User | None:
    """Return the account with that id if it is there and may come in."""
    try:
        user = user_within(conn, user_id)
    except NotFound:
        return None
    return user if user.active else None
