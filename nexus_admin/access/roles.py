"""Roles as they are stored: kept in every version, checked when they are saved, in force at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from nexus_admin.access.book import RoleBook
from nexus_admin.access.builtin import BUILT_IN, EVERYONE, OWNER
from nexus_admin.access.members import check_may_touch_owners
from nexus_admin.access.patterns import problem_with
from nexus_admin.access.permissions import Permissions
from nexus_admin.access.records import Records
from nexus_admin.access.rules import canonical
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import Invalid, NotFound, Refused
from nexus_admin.domain.nearest import did_you_mean
from nexus_admin.domain.role import Grant, Role
from nexus_admin.state.tables.access import access_member, access_role, access_role_version


@dataclass(frozen=True, slots=True)
class RoleVersion:
    """One version of a role; `role` is None where it was deleted."""

    version: int
    role: Role | None
    at: datetime
    actor: str


class Roles:
    """Finds, saves and deletes roles.

    The built-in ones are written at the first start. Of `owner` only its texts and whether it asks for
    a second factor can be changed.
    """

    def __init__(self, records: Records, permissions: Permissions) -> None:
        self._records = records
        self._permissions = permissions
        self._book = RoleBook(())
        self._write_built_in()

    def book(self) -> RoleBook:
        """Return all roles as they are now."""
        version = self._records.version()
        if self._book.version != version:
            self._book = self._records.read(lambda conn: book_within(conn, version))
        return self._book

    def all(self) -> tuple[Role, ...]:
        """Return every role, in the order of lists."""
        return tuple(self.book().roles.values())

    def get(self, name: str) -> Role:
        """Return the role called *name*.

        Raises:
            NotFound: names the nearest neighbour.
        """
        return _found(self.book(), name)

    def member_counts(self) -> dict[str, int]:
        """Return how many accounts hold each role; a role that nobody holds is not in it."""
        column = access_member.c.role
        statement = sa.select(column, sa.func.count()).group_by(column)
        return self._records.read(lambda conn: {row[0]: row[1] for row in conn.execute(statement)})

    def save(self, role: Role, *, by: Actor) -> Role:
        """Write a new role, or a new version of one. It is in force when this returns.

        Raises:
            Refused: the grants of `owner` would change.
            Invalid: it inherits what is not there, or itself.
            UnknownAction: a grant names an action that is not there.
            BadExpression: a row rule is none.
        """
        role = self.checked(role)
        self._records.change(lambda conn: self.save_within(conn, role, by))
        return role

    def delete(self, name: str, *, by: Actor) -> None:
        """Delete a role; whoever holds it loses what it gave. Its versions stay, so that it can come back.

        Raises:
            Refused: it is `owner`, or another role inherits it.
        """
        self._records.change(lambda conn: self.delete_within(conn, name, by))

    def history(self, name: str) -> list[RoleVersion]:
        """Return every version of a role, newest first, also of a deleted one."""
        table = access_role_version
        statement = sa.select(table).where(table.c.role == name).order_by(table.c.version.desc())
        rows = self._records.read(lambda conn: conn.execute(statement).mappings().all())
        return [RoleVersion(r["version"], _role(name, r["spec"]), r["at"], r["actor"]) for r in rows]

    def revert(self, name: str, version: int, *, by: Actor) -> Role:
        """Make a role what it was in *version*, as a new version.

        Raises:
            NotFound: there is no such version, or it is the one that deleted the role.
        """
        for past in self.history(name):
            if past.version == version and past.role is not None:
                return self.save(past.role, by=by)
        raise NotFound(f"The role {name!r} has no version {version} to go back to.")

    def checked(self, role: Role) -> Role:
        """Return *role* with its rules in their stored form.

        Raises:
            UnknownAction, BadExpression, Invalid: as for `save`.
        """
        if role.name == EVERYONE:
            raise Invalid({"name": f"{EVERYONE!r} means whoever is signed in. Choose another name."})
        grants = tuple(self._checked(grant) for grant in role.grants)
        return role.model_copy(update={"grants": grants, "inherits": tuple(dict.fromkeys(role.inherits))})

    def save_within(self, conn: sa.Connection, role: Role, by: Actor) -> None:
        """Write *role*, as `checked` gave it, in a transaction of the caller's."""
        book = book_within(conn, 0)
        RoleBook({**book.roles, role.name: role}.values())
        self._write(conn, book.roles.get(role.name), role, by)

    def replace_within(self, conn: sa.Connection, roles: Sequence[Role], by: Actor) -> None:
        """Make *roles*, as `checked` gave them, all that there are, in a transaction of the caller's."""
        before = book_within(conn, 0).roles
        after = RoleBook(roles).roles
        if OWNER not in after:
            raise Refused("The role 'owner' cannot be left out.")
        for role in roles:
            self._write(conn, before.get(role.name), role, by)
        for name in before:
            if name not in after:
                self._drop(conn, name, by)

    def _write(self, conn: sa.Connection, before: Role | None, role: Role, by: Actor) -> None:
        if role == before:
            return
        if role.name == OWNER and before is not None:
            _check_owner_stays(role, by)
        spec = role.model_dump(mode="json", exclude={"name"})
        version = self._next_version(conn, role.name)
        if before is None:
            place = conn.scalar(sa.select(sa.func.max(access_role.c.place))) or 0
            conn.execute(access_role.insert().values(name=role.name, place=place + 1, version=version, spec=spec))
        else:
            mine = access_role.c.name == role.name
            conn.execute(access_role.update().where(mine).values(version=version, spec=spec))
        self._keep(conn, role.name, version, spec, by)

    def delete_within(self, conn: sa.Connection, name: str, by: Actor) -> None:
        """Delete the role called *name* in a transaction of the caller's."""
        book = book_within(conn, 0)
        _found(book, name)
        if name == OWNER:
            raise Refused("The role 'owner' cannot be deleted.")
        if heirs := book.heirs(name):
            raise Refused(f"{', '.join(heirs)} inherit{'s' if len(heirs) == 1 else ''} {name!r}. Change that first.")
        self._drop(conn, name, by)

    def _drop(self, conn: sa.Connection, name: str, by: Actor) -> None:
        version = self._next_version(conn, name)
        conn.execute(access_member.delete().where(access_member.c.role == name))
        conn.execute(access_role.delete().where(access_role.c.name == name))
        self._keep(conn, name, version, None, by)

    def _checked(self, grant: Grant) -> Grant:
        self._permissions.check(grant.action)
        if problem := problem_with(grant.resource, grant.action):
            raise Invalid({"grants": problem})
        return grant.model_copy(update={"rows": canonical(grant.rows)})

    def _next_version(self, conn: sa.Connection, name: str) -> int:
        table = access_role_version
        return (conn.scalar(sa.select(sa.func.max(table.c.version)).where(table.c.role == name)) or 0) + 1

    def _keep(self, conn: sa.Connection, name: str, version: int, spec: Any, by: Actor) -> None:
        values = {"role": name, "version": version, "spec": spec, "at": self._records.now(), "actor": by.id}
        conn.execute(access_role_version.insert().values(values))

    def _write_built_in(self) -> None:
        def there(conn: sa.Connection) -> bool:
            return conn.scalar(sa.select(access_role.c.name).where(access_role.c.name == OWNER)) is not None

        def write(conn: sa.Connection) -> None:
            if not there(conn):
                for role in BUILT_IN:
                    self.save_within(conn, role, Actor.system("first start"))

        if not self._records.read(there):
            self._records.change(write)


def book_within(conn: sa.Connection, version: int) -> RoleBook:
    """Return all roles as *conn* sees them."""
    rows = conn.execute(sa.select(access_role).order_by(access_role.c.place, access_role.c.name)).mappings()
    return RoleBook([Role(name=row["name"], **row["spec"]) for row in rows], version)


def _found(book: RoleBook, name: str) -> Role:
    role = book.roles.get(name)
    if role is None:
        raise NotFound(f"There is no role called {name!r}.{did_you_mean(name, book.roles)}")
    return role


def _role(name: str, spec: dict[str, Any] | None) -> Role | None:
    return None if spec is None else Role(name=name, **spec)


def _check_owner_stays(role: Role, by: Actor) -> None:
    check_may_touch_owners(by)
    built_in = BUILT_IN[0]
    if role.grants != built_in.grants or role.inherits:
        raise Refused("The role 'owner' gives everything; its grants cannot be edited. Make another role instead.")
