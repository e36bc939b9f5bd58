"""All roles at one moment: what they inherit, and which of their grants speak about a question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Final

from nexus_admin.access.builtin import EVERYONE, EVERYONES_GRANTS, OWNER
from nexus_admin.access.patterns import fits, fits_name, gives
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.errors import Invalid
from nexus_admin.domain.nearest import did_you_mean
from nexus_admin.domain.resource import Resource
from nexus_admin.domain.role import Grant, Role


class Some:
    """Stands for any name at all: may somebody do this to something?"""


SOME: Final = Some()
About = Resource | str | Some | None
"""What a question is about: a table, a name with no table behind it, any name, or nothing with a name."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: an action on a resource of a source, both by name.

    Args:
        action, source, resource: Names.
        some: Whether it is asked if there is any resource on which it may be done.
    """

    action: str
    source: str
    resource: str | None = None
    some: bool = False

    def __str__(self) -> str:
        where = self.source if self.resource is None else f"{self.source}/{self.resource}"
        return f"{self.action} on {where}"


@dataclass(frozen=True, slots=True)
class Cell:
    """One grant of a role, with its place in it, and the role's title."""

    role: str
    index: int
    grant: Grant
    title: str = ""

    @property
    def called(self) -> str:
        """What people know the role by."""
        return self.title or self.role

    @property
    def denies(self) -> bool:
        """Whether it takes rather than gives."""
        return self.grant.effect == "deny"

    def speaks_of(self, question: Question) -> bool:
        """Whether its patterns fit; a grant on certain tables says nothing where no table is asked about."""
        grant = self.grant
        fit = fits if self.denies else gives
        # The table first: it tells most grants of a large role apart, and costs least to compare.
        return self._names(question) and fits(grant.source, question.source) and fit(grant.action, question.action)

    def _names(self, question: Question) -> bool:
        pattern = self.grant.resource
        if pattern == "*":
            return True
        if question.resource is None:
            return question.some and not self.denies  # what is denied of some is asked about name by name
        return fits_name(pattern, question.resource, question.action, denies=self.denies)


class RoleBook:
    """Roles by name, with their inheritance walked. Immutable.

    Raises:
        Invalid: a role inherits one that is not there, or at last itself.
    """

    def __init__(self, roles: Iterable[Role], version: int = 0) -> None:
        self.roles: Mapping[str, Role] = {role.name: role for role in roles}
        self.version = version
        for role in self.roles.values():
            self._check_inheritance(role)
        self._cells: dict[tuple[str, ...], tuple[Cell, ...]] = {}

    def closure(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return *names* and all that they inherit, nearest first, each once; unknown ones are left out."""
        found: dict[str, None] = {}
        waiting = list(names)
        while waiting:
            name = waiting.pop(0)
            if name in self.roles and name not in found:
                found[name] = None
                waiting.extend(self.roles[name].inherits)
        return tuple(found)

    def requires_second_factor(self, names: Sequence[str]) -> bool:
        """Whether one of *names*, or of what they inherit, asks for a second factor."""
        return any(self.roles[name].require_second_factor for name in self.closure(names))

    def title(self, name: str) -> str:
        """Return what people know the role called *name* by; one that is gone is its name."""
        role = self.roles.get(name)
        return role.title or name if role is not None else name

    def heirs(self, name: str) -> tuple[str, ...]:
        """Return the roles that inherit *name* directly."""
        return tuple(role.name for role in self.roles.values() if name in role.inherits)

    def cells_of(self, actor: Actor) -> tuple[Cell, ...]:
        """Return every grant that counts for *actor*, in the order in which `explain` tells of them."""
        cells = self._cells_of_roles(actor.roles)
        if actor.kind == "person":
            cells = (*cells, *self._everyone)
        if actor.denials:
            held = set(self.closure(actor.roles))
            more = self._cells_of_roles(actor.denials)
            cells = (*cells, *(cell for cell in more if cell.denies and cell.role not in held))
        if OWNER in actor.roles and OWNER in self.roles:
            return tuple(cell for cell in cells if not cell.denies)
        return cells

    @cached_property
    def _everyone(self) -> tuple[Cell, ...]:
        return tuple(Cell(EVERYONE, index, grant) for index, grant in enumerate(EVERYONES_GRANTS))

    def _cells_of_roles(self, names: Sequence[str]) -> tuple[Cell, ...]:
        key = tuple(names)
        found = self._cells.get(key)
        if found is None:
            found = tuple(
                Cell(name, index, grant, self.roles[name].title)
                for name in self.closure(names)
                for index, grant in enumerate(self.roles[name].grants)
            )
            if len(self._cells) > 10_000:
                self._cells.clear()
            self._cells[key] = found
        return found

    def _check_inheritance(self, role: Role) -> None:
        for parent in role.inherits:
            if parent == OWNER:
                raise Invalid({"inherits": f"{role.name} cannot inherit {OWNER!r}: make its members owners instead."})
            if parent not in self.roles:
                hint = did_you_mean(parent, self.roles)
                raise Invalid({"inherits": f"{role.name} inherits {parent!r}, which is not there.{hint}"})
        path = [role.name]
        if circle := self._circle(role.name, path):
            raise Invalid({"inherits": f"{role.name} inherits itself: {' → '.join(circle)}."})

    def _circle(self, start: str, path: list[str]) -> list[str] | None:
        """Return the way from *start* back to itself, if there is one."""
        seen: set[str] = set()
        waiting = [path]
        while waiting:
            way = waiting.pop()
            for parent in self.roles[way[-1]].inherits if way[-1] in self.roles else ():
                if parent == start:
                    return [*way, parent]
                if parent not in seen:
                    seen.add(parent)
                    waiting.append([*way, parent])
        return None
