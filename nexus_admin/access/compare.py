"""Who gains and who loses when roles change: to be read before it is saved.

Compared is what the roles say, without any schema: a rule that is written differently counts as different.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Literal

from nexus_admin.access.algebra import RANK, Read, combine
from nexus_admin.access.book import Question, RoleBook
from nexus_admin.access.patterns import BY_NAME, fits, gives_any, wild
from nexus_admin.access.permissions import Permissions
from nexus_admin.access.rules import unchecked_rule
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.decision import Decision, denied
from nexus_admin.domain.role import Grant, Role

Direction = Literal["gains", "loses", "changes"]


@dataclass(frozen=True, slots=True)
class Membership:
    """One account, and the roles that it was given before and will have after."""

    email: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What becomes of one right of one account.

    Args:
        email: Whose.
        question: Of what; a name may be a pattern where no table was given that it fits.
        direction: `changes` where it is more on one side and less on the other.
        before, after: What the roles came to. Row rules are not checked.
        sentence: The same for people.
    """

    email: str
    question: Question
    direction: Direction
    before: Decision
    after: Decision
    sentence: str


def gains_and_losses(
    before: RoleBook,
    after: RoleBook,
    members: Iterable[Membership],
    permissions: Permissions,
    tables: Sequence[tuple[str, str]] = (),
) -> list[Difference]:
    """Return every right that anybody gains, loses, or has otherwise than before.

    Args:
        before: The roles as they are.
        after: The roles as they would be.
        members: The accounts to look at, with their roles before and after.
        permissions: The names behind action patterns.
        tables: Pairs (source, resource), to be told apart where a pattern means several.
    """
    compared: dict[tuple[tuple[str, ...], tuple[str, ...]], list[tuple[Question, Direction, Decision, Decision]]] = {}
    found = []
    for member in members:
        key = (member.before, member.after)
        if key not in compared:
            questions = list(_questions(before, after, member, permissions, tables))
            compared[key] = list(_compare(before, after, member, questions))
        found += [
            Difference(member.email, question, direction, old, new, _sentence(member.email, question, direction, new))
            for question, direction, old, new in compared[key]
        ]
    return found


def excess(
    before: RoleBook,
    by: Actor,
    after: RoleBook,
    name: str,
    permissions: Permissions,
    tables: Sequence[tuple[str, str]] = (),
) -> Question | None:
    """Return something that a role gives and *by* has not, or has on fewer rows or fields; None if there is nothing.

    Args:
        before: The roles as they are: what *by* has counts by these.
        by: Who wants to give the role.
        after: The roles as they would be.
        name: The role, a name of *after*. What it inherits counts too.
        permissions: The names behind action patterns.
        tables: Pairs (source, resource), to be told apart where a pattern means several.
    """
    given = _actor(after, (name,))
    grants = [grant for one in given.roles for grant in after.roles[one].grants if grant.effect == "allow"]
    # Without tables too: what is given on every table is given on those that are not connected now.
    for places in (tables, ()) if tables else ((),):
        for question in _asked(grants, permissions, places):
            mine, theirs = _own(before, by, question), _decision(after, given, question)
            if _direction(mine, theirs) in ("gains", "changes"):
                return question
    return None


def _questions(
    before: RoleBook,
    after: RoleBook,
    member: Membership,
    permissions: Permissions,
    tables: Sequence[tuple[str, str]],
) -> Iterator[Question]:
    """Yield what may come out otherwise: what the roles speak of that are new, gone or changed for this account."""
    old = {name: before.roles[name] for name in before.closure(member.before)}
    new = {name: after.roles[name] for name in after.closure(member.after)}
    roles: list[Role] = [role for name in {**old, **new} for role in _changed(old.get(name), new.get(name))]
    yield from _asked([grant for role in roles for grant in role.grants], permissions, tables)


def _asked(grants: Iterable[Grant], permissions: Permissions, tables: Sequence[tuple[str, str]]) -> Iterator[Question]:
    """Yield what *grants* speak of, each once."""
    seen: set[Question] = set()
    for grant in grants:
        places: list[tuple[str, str]] = [
            (source, name) for source, name in tables if fits(grant.source, source) and fits(grant.resource, name)
        ]
        for source, name in places or [(grant.source, grant.resource)]:
            for action in permissions.meant_by(grant.action) or (grant.action,):
                question = Question(action, source, name)
                if question not in seen:
                    seen.add(question)
                    yield question


def _changed(old: Role | None, new: Role | None) -> list[Role]:
    return [] if old == new else [role for role in (old, new) if role is not None]


def _compare(
    before: RoleBook, after: RoleBook, member: Membership, questions: Iterable[Question]
) -> Iterator[tuple[Question, Direction, Decision, Decision]]:
    old_actor, new_actor = _actor(before, member.before), _actor(after, member.after)
    for question in questions:
        old, new = _decision(before, old_actor, question), _decision(after, new_actor, question)
        direction = _direction(old, new)
        if direction is not None:
            yield question, direction, old, new


def _actor(book: RoleBook, roles: tuple[str, ...]) -> Actor:
    return Actor("user:compared", roles=book.closure(roles))


def _decision(book: RoleBook, actor: Actor, question: Question) -> Decision:
    cells = [cell for cell in book.cells_of(actor) if cell.speaks_of(question)]
    return combine([Read(cell, unchecked_rule(cell)) for cell in cells], question)


def _own(book: RoleBook, by: Actor, question: Question) -> Decision:
    """Return what *by* has, a token no more than it is for."""
    if by.scopes is not None and not gives_any(by.scopes, question.action):
        return denied(f"This token is not for {question.action}.")
    if question.action.startswith(BY_NAME) and (kept_back := _kept_back(book, by, question)):
        return denied(f"The role {kept_back!r} denies {question.action} on some names.")
    return _decision(book, by, question)


def _kept_back(book: RoleBook, by: Actor, question: Question) -> str:
    """Return a role of *by* that denies a part of what *question*, a pattern of names, means; "" for none.

    There is no list of names by which the parts could be told apart, as there is one of tables.
    """
    if question.resource is not None and not wild(question.resource):
        return ""
    whole = Question(question.action, question.source)
    for cell in book.cells_of(by):
        if cell.denies and replace(cell, grant=cell.grant.model_copy(update={"resource": "*"})).speaks_of(whole):
            return cell.called
    return ""


def _direction(old: Decision, new: Decision) -> Direction | None:
    if old.allowed != new.allowed:
        return "gains" if new.allowed else "loses"
    if not old.allowed:
        return None
    more, less = _rows_differ(old, new)
    names = {**old.fields, **new.fields}
    steps = [RANK[new.access(name)] - RANK[old.access(name)] for name in names]
    steps.append(RANK[new.default_access] - RANK[old.default_access])
    more, less = more or max(steps) > 0, less or min(steps) < 0
    if more and less:
        return "changes"
    return "gains" if more else "loses" if less else None


def _rows_differ(old: Decision, new: Decision) -> tuple[bool, bool]:
    """Return whether there may be more rows than before, and whether there may be fewer."""
    if repr(old.rows) == repr(new.rows):
        return False, False
    if old.rows is None or new.rows is None:
        return new.rows is None, old.rows is None
    return True, True


def _sentence(email: str, question: Question, direction: Direction, new: Decision) -> str:
    if direction == "changes":
        return f"{email} has {question} on other rows or fields."
    if new.allowed and direction == "loses":
        return f"{email} has {question} on fewer rows or fields."
    return f"{email} {direction} {question}."
