"""Who is trusted with a part of `access.*` without being an owner gives nothing that they have not themselves."""

from __future__ import annotations

from collections.abc import Sequence

from nexus_admin.access.book import RoleBook
from nexus_admin.access.compare import excess
from nexus_admin.access.members import trusted
from nexus_admin.access.permissions import Permissions
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import Forbidden
from nexus_admin.domain.role import Role


def check_owner(by: Actor, what: str) -> None:
    """Raise unless *by* is an owner.

    Raises:
        Forbidden: says that *what* is for owners.
    """
    if not trusted(by):
        narrowed = " with all rights" if by.scopes is not None else ""
        raise Forbidden(f"{by.name or by.id} is not an owner{narrowed}. Only an owner may {what}.")


def check_may_give(
    book: RoleBook,
    by: Actor,
    names: Sequence[str],
    permissions: Permissions,
    tables: Sequence[tuple[str, str]],
    after: RoleBook | None = None,
) -> None:
    """Raise where the roles called *names* give more than *by* has. Names that are not there give nothing.

    Args:
        book: The roles as they are.
        by: Who gives them.
        names: Which.
        permissions: The names behind action patterns.
        tables: Pairs (source, resource), to be told apart.
        after: The roles as they would be, where one is being saved.

    Raises:
        Forbidden: names the role and the right.
    """
    if trusted(by):
        return
    after = after or book
    for name in (name for name in names if name in after.roles):
        question = excess(book, by, after, name, permissions, tables)
        if question is not None:
            raise Forbidden(
                f"The role {name!r} gives {question}, which {by.name or by.id} has not, or not as much of. "
                "Nobody gives more than they have. Ask an owner."
            )


def check_may_take_back(book: RoleBook, by: Actor, names: Sequence[str]) -> None:
    """Raise where a role that is taken from somebody denied them something: without it they would have more.

    Raises:
        Forbidden: names the role.
    """
    if trusted(by):
        return
    for name in book.closure(names):
        if any(grant.effect == "deny" for grant in book.roles[name].grants):
            raise Forbidden(f"The role {name!r} denies something. Only an owner may take it from somebody.")


def check_may_save(book: RoleBook, by: Actor, before: Role | None, after: Role) -> None:
    """Raise where *after* is weaker than *before* in what it denies or asks for.

    Args:
        book: Roles as they are.
        by: Who saves.
        before: The role as it is; None for a new one.
        after: As it shall be.

    Raises:
        Forbidden: a denial, a parent with denials, or the second factor would go.
    """
    if trusted(by) or before is None:
        return
    if before.require_second_factor and not after.require_second_factor:
        check_owner(by, "let a role go without its second factor")
    if any(grant.effect == "deny" and grant not in after.grants for grant in before.grants):
        check_owner(by, "take a denial out of a role")
    check_may_take_back(book, by, [name for name in before.inherits if name not in after.inherits])
