"""The menu: what the actor may list, by source."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from nexus_admin.domain.actor import Actor
from nexus_admin.domain.address import segment
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.resource import Schema
from nexus_admin.screens.formats import short_number


class Source(Protocol):
    """What the menu needs of a data source."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def schema(self) -> Schema:
        """What is in it."""
        ...


class Decider(Protocol):
    """What the menu needs of the access room."""

    @property
    def decide(self) -> Callable[..., Decision]:
        """Decides whether the actor may list a resource."""
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu."""

    title: str
    path: str
    icon: str
    count: str


HOUSE: tuple[tuple[Entry, str], ...] = ()
"""The house's own pages, each with the permission without which it is not shown. A page stands here once it exists."""


@dataclass(frozen=True, slots=True)
class Group:
    """The lines of one source."""

    title: str
    path: str
    entries: tuple[Entry, ...]


def menu(sources: Iterable[Any], access: Decider, actor: Actor) -> list[Group]:
    """Return the groups of the menu; tables that are tucked away or not allowed are not in it."""
    return [_group(source, access, actor) for source in sources]


def house_menu(access: Decider, actor: Actor) -> list[Entry]:
    """Return the house's own pages that the actor may open."""
    return [entry for entry, needs in HOUSE if access.decide(actor, needs, "nexus", None).allowed]


def _group(source: Source, access: Decider, actor: Actor) -> Group:
    path = f"/s/{segment(source.name)}"
    entries = tuple(
        Entry(
            one.title, f"{path}/{segment(one.name)}", one.icon,
            short_number(one.estimated_rows) if one.estimated_rows is not None else "",
        )
        for one in source.schema.resources.values()
        if not one.tucked and access.decide(actor, "row.list", source.name, one).allowed
    )  # fmt: skip
    return Group(source.name, path, entries)
