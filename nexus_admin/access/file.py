"""Roles and their members as one file: exported, reviewed, and applied as a whole or not at all.

The file is the whole truth: a role that is not in it is deleted, an account that is not among its
members loses its roles. A file without members leaves all members as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from nexus_admin.access.book import RoleBook
from nexus_admin.access.builtin import OWNER
from nexus_admin.access.compare import Difference, Membership, gains_and_losses
from nexus_admin.access.emails import fold_email
from nexus_admin.access.members import check_an_owner_remains, check_may_touch_owners, set_roles_within
from nexus_admin.access.permissions import Permissions
from nexus_admin.access.records import Records
from nexus_admin.access.revocation import keep_sessions
from nexus_admin.access.roles import Roles, book_within
from nexus_admin.access.users import User, users_within
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import Invalid, NexusError, Refused
from nexus_admin.domain.nearest import did_you_mean
from nexus_admin.domain.role import AccessFile, Role


@dataclass(frozen=True, slots=True)
class Plan:
    """What applying a file does, or would do.

    Args:
        changes: A sentence for each role and account that changes.
        differences: Who gains and who loses what.
        members: New roles by user id, where they change.
        roles: All roles as they will be.
        doubts: A sentence for what is most likely not meant so, with its lines in the file.
    """

    changes: tuple[str, ...]
    differences: tuple[Difference, ...]
    members: Mapping[str, tuple[str, ...]]
    roles: tuple[Role, ...]
    doubts: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether everything is as the file says."""
        return not self.changes


class AccessFiles:
    """Exports and applies."""

    def __init__(self, records: Records, roles: Roles, permissions: Permissions) -> None:
        self._records = records
        self._roles = roles
        self._permissions = permissions

    def export(self) -> AccessFile:
        """Return every role, and the roles of every account that has some."""

        def work(conn: sa.Connection) -> AccessFile:
            roles = tuple(book_within(conn, 0).roles.values())
            members = {user.email: user.roles for user in users_within(conn) if user.roles}
            return AccessFile(roles=roles, members=members)

        return self._records.read(work)

    def plan(self, file: AccessFile, tables: Sequence[tuple[str, str]] = ()) -> Plan:
        """Say what applying *file* would do, and do nothing.

        Args:
            file: What shall be.
            tables: Pairs (source, resource), to be told apart among who gains and loses.

        Raises:
            Refused: the owner's role would change, or no active owner would remain.
            Invalid: unknown roles, actions, rules or members; a sentence for each.
        """
        wanted = self._checked(file)
        return self._records.read(lambda conn: self._plan_within(conn, wanted, tables))

    def preview(self, role: Role, tables: Sequence[tuple[str, str]] = ()) -> Plan:
        """Say what saving *role* would do to everybody, and do nothing.

        Raises:
            Refused, Invalid: as for `plan`.
        """
        now = self.export()
        roles = {**{one.name: one for one in now.roles}, role.name: role}
        return self.plan(AccessFile(roles=tuple(roles.values())), tables)

    def apply(self, file: AccessFile, *, by: Actor, tables: Sequence[tuple[str, str]] = ()) -> Plan:
        """Make everything as *file* says, in one transaction. Applied twice, it does nothing the second time.

        Raises:
            Refused, Invalid: as for `plan`.
            Forbidden: owners would change, and *by* is none.
        """
        wanted = self._checked(file)
        if self._records.read(lambda conn: self._plan_within(conn, wanted, ())).empty:
            return Plan((), (), {}, wanted.roles)

        def work(conn: sa.Connection) -> Plan:
            plan = self._plan_within(conn, wanted, tables)
            self._roles.replace_within(conn, plan.roles, by)
            before = {user.id: user for user in users_within(conn)}
            for user_id, roles in plan.members.items():
                if before[user_id].owner != (OWNER in roles):
                    check_may_touch_owners(by)
                set_roles_within(conn, user_id, roles)
                keep_sessions(conn, self._records, user_id, renew=True)
            if any(user.owner for user in before.values()):
                check_an_owner_remains(conn)
            return plan

        return self._records.change(work)

    def _checked(self, file: AccessFile) -> AccessFile:
        roles, problems = [], {}
        for role in file.roles:
            try:
                roles.append(self._roles.checked(role))
            except NexusError as error:
                problems[f"roles.{role.name}"] = str(error)
        names = [role.name for role in file.roles]
        for name in {name for name in names if names.count(name) > 1}:
            problems[f"roles.{name}"] = f"There are two roles called {name!r}. Rename one."
        if problems:
            raise Invalid(problems)
        return file.model_copy(update={"roles": tuple(roles)})

    def _plan_within(self, conn: sa.Connection, file: AccessFile, tables: Sequence[tuple[str, str]]) -> Plan:
        before = book_within(conn, 0)
        after = RoleBook(file.roles)
        if after.roles.get(OWNER) is None or after.roles[OWNER].grants != before.roles[OWNER].grants:
            raise Refused(
                "The role 'owner' gives everything; it cannot be left out or edited. "
                "Begin with what `nexus access export` writes."
            )
        users = users_within(conn)
        members = _members(file, users, after)
        if any(user.owner and user.active for user in users):
            _check_owner(users, members)
        compared = [Membership(user.email, user.roles, members[user.id]) for user in users if user.active]
        return Plan(
            (*_role_changes(before, after), *_member_changes(users, members, before, after)),
            tuple(gains_and_losses(before, after, compared, self._permissions, tables)),
            {user.id: members[user.id] for user in users if members[user.id] != user.roles},
            file.roles,
        )


def _members(file: AccessFile, users: Sequence[User], after: RoleBook) -> dict[str, tuple[str, ...]]:
    """Return the roles of every account as they will be, by its id.

    Raises:
        Invalid: the file names accounts or roles that are not there.
    """
    if not file.members:
        return {user.id: tuple(role for role in user.roles if role in after.roles) for user in users}
    by_email = {fold_email(user.email): user for user in users}
    found: dict[str, tuple[str, ...]] = {user.id: () for user in users}
    problems = {}
    for email, roles in file.members.items():
        user = by_email.get(fold_email(email))
        if user is None:
            hint = f"{did_you_mean(email, by_email)} Make the account first (nexus user add), or take the line out."
            problems[f"members.{email}"] = f"There is no user with the email {email!r}.{hint}"
            continue
        for role in roles:
            if role not in after.roles:
                hint = did_you_mean(role, after.roles)
                problems[f"members.{email}"] = f"There is no role called {role!r} in the file.{hint}"
        found[user.id] = tuple(dict.fromkeys(roles))
    if problems:
        raise Invalid(problems)
    return found


def _check_owner(users: Sequence[User], members: Mapping[str, tuple[str, ...]]) -> None:
    if not any(user.active and OWNER in members[user.id] for user in users):
        raise Refused("This would leave no active owner. Name at least one among the file's members.")


def _role_changes(before: RoleBook, after: RoleBook) -> list[str]:
    changes = []
    for name, role in after.roles.items():
        if name not in before.roles:
            changes.append(f"The role {after.title(name)!r} is new.")
        elif before.roles[name] != role:
            changes.append(f"The role {after.title(name)!r} changes.")
    return changes + [
        f"The role {before.title(name)!r} is deleted." for name in before.roles if name not in after.roles
    ]


def _member_changes(
    users: Sequence[User], members: Mapping[str, tuple[str, ...]], before: RoleBook, after: RoleBook
) -> list[str]:
    changes = []
    for user in users:
        if user.roles != members[user.id]:
            was = ", ".join(map(before.title, user.roles)) or "nothing"
            becomes = ", ".join(map(after.title, members[user.id])) or "nothing"
            changes.append(f"{user.email} was {was} and becomes {becomes}.")
    return changes
