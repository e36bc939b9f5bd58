"""Who holds which role, and what is never allowed about owners. For use within one transaction."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from nexus_admin.access.builtin import OWNER
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import Forbidden, Invalid, Refused
from nexus_admin.domain.nearest import did_you_mean
from nexus_admin.state.tables.access import access_member, access_role
from nexus_admin.state.tables.identity import user_account

_CHUNK = 500


def roles_of(conn: sa.Connection, user_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the roles that were given, by user id; who has none is not in it."""
    found: dict[str, tuple[str, ...]] = {}
    for start in range(0, len(user_ids), _CHUNK):
        statement = (
            sa.select(access_member.c.user_id, access_member.c.role)
            .where(access_member.c.user_id.in_(user_ids[start : start + _CHUNK]))
            .order_by(access_member.c.user_id, access_member.c.place, access_member.c.role)
        )
        for user_id, role in conn.execute(statement):
            found[user_id] = (*found.get(user_id, ()), role)
    return found


def set_roles_within(conn: sa.Connection, user_id: str, roles: Sequence[str]) -> None:
    """Give exactly *roles*, which exist."""
    conn.execute(access_member.delete().where(access_member.c.user_id == user_id))
    rows = [{"user_id": user_id, "role": role, "place": n} for n, role in enumerate(dict.fromkeys(roles))]
    if rows:
        conn.execute(access_member.insert(), rows)


def check_roles_exist(conn: sa.Connection, roles: Sequence[str]) -> None:
    """Raise where one of *roles* is not there.

    Raises:
        Invalid: names the nearest neighbour.
    """
    known = set(conn.scalars(sa.select(access_role.c.name)))
    for role in roles:
        if role not in known:
            hint = did_you_mean(role, known, f"There are: {', '.join(sorted(known))}.")
            raise Invalid({"roles": f"There is no role called {role!r}.{hint}"})


def trusted(by: Actor) -> bool:
    """Whether *by* may give anything: an owner, or the house itself.

    A token that is narrowed to some actions is no owner, whoever made it: it would give more than it has.
    """
    return by.kind == "system" or (OWNER in by.roles and by.scopes is None)


def check_may_touch_owners(by: Actor) -> None:
    """Raise unless *by* is an owner, or the system.

    Raises:
        Forbidden: otherwise.
    """
    if not trusted(by):
        raise Forbidden(f"{by.name or by.id} is not an owner. Only an owner may make, change or remove owners.")


def an_owner_exists(conn: sa.Connection) -> bool:
    """Whether anybody, active or not, holds the role of an owner."""
    return conn.scalar(sa.select(access_member.c.user_id).where(access_member.c.role == OWNER).limit(1)) is not None


def check_an_owner_remains(conn: sa.Connection) -> None:
    """Raise where no active owner is left, within the transaction that took one away.

    Raises:
        Refused: so that nothing of it happens.
    """
    statement = (
        sa.select(user_account.c.id)
        .join(access_member, access_member.c.user_id == user_account.c.id)
        .where(access_member.c.role == OWNER, user_account.c.active)
        .limit(1)
    )
    if conn.execute(statement).first() is None:
        raise Refused("This would leave no active owner. Make somebody else an owner first.")
