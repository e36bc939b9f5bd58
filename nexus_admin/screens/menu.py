"""The menu: what the actor may list, by source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from nexus_admin.domain.actor import Actor
from nexus_admin.domain.address import segment
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.page import Page
from nexus_admin.domain.resource import Resource, Schema
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


SHOWN = 24
"""How many tables of a source the menu lists; the others are a click away, on the source's own page."""


FEW, LEAST_SHOWN = 3, 4
"""So many sources have all those lines each; where there are more, they share, down to so many lines each."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu.

    Args:
        title: What people read.
        path: Where it leads.
        icon: Name of an icon.
        count: A figure behind it, marked where it is an estimate, or "".
        group: For pages of the house: the heading that it stands under.
        tucked: For tables: there, but not worth a line.
        heading: For tables: the heading on the source's own page.
        rows: For tables: the estimate behind `count`, to sort by; 0 where there is none to tell.
    """

    title: str
    path: str
    icon: str
    count: str = ""
    group: str = "Manage"
    tucked: bool = False
    heading: str = ""
    rows: int = 0


HOUSE: tuple[tuple[Entry, str], ...] = (
    (Entry("Dashboards", "/dashboards", "dashboard", group="Analyse"), "dashboard.view"),
    (Entry("Brokers", "/brokers", "layers", group="Operate"), "broker.view"),
    (Entry("Audit log", "/audit", "history", group="Operate"), "audit.view"),
    (Entry("Access", "/access", "shield"), "access.view"),
    (Entry("Data sources", "/sources", "database"), "source.view"),
    (Entry("Extensions", "/extensions", "puzzle"), "extension.view"),
    (Entry("Theme", "/theme", "palette"), "settings.view"),
    (Entry("Settings", "/settings", "settings"), "settings.view"),
)
"""The house's own pages, each with the permission without which it is not shown. A page stands here once it exists."""


@dataclass(frozen=True, slots=True)
class Group:
    """The tables of one source.

    Args:
        title: The source's name.
        path: Its own page.
        name: The same as a part of an address.
        entries: Every table that the actor may list, in the menu's order.
        bare: Whether the source has no table at all, whoever asks.
    """

    title: str
    path: str
    name: str
    entries: tuple[Entry, ...]
    bare: bool = False

    @property
    def size(self) -> int:
        """How many tables there are."""
        return len(self.entries)

    def shown(self, here: str, room: int = SHOWN) -> list[Entry]:
        """Return the lines of the menu, *room* of them at most; the page *here* is always one of them."""
        plain = [one for one in self.entries if not one.tucked]
        first = plain[:room] if len(plain) > room + 1 else plain
        return first + [one for one in self.entries if one.path == here and one not in first]

    def more(self, here: str, room: int = SHOWN) -> int:
        """Return how many tables the menu leaves out."""
        return len(self.entries) - len(self.shown(here, room))

    def room(self, here: str, sources: int) -> int:
        """Return how many lines it gets among so many *sources*: the one that is open gets them all."""
        if sources <= FEW or here == self.path or here.startswith(f"{self.path}/"):
            return SHOWN
        return max(SHOWN * FEW // sources, LEAST_SHOWN)

    @property
    def headed(self) -> list[tuple[str, list[Entry]]]:
        """Return the tables by heading, in the menu's order; those that are tucked away come last."""
        found: dict[str, list[Entry]] = {}
        for one in self.entries:
            found.setdefault("Behind the scenes" if one.tucked else one.heading, []).append(one)
        return sorted(found.items(), key=lambda pair: (pair[0] == "Behind the scenes", pair[0] != ""))


def menu(sources: Iterable[Any], access: Decider, actor: Actor) -> list[Group]:
    """Return each source with the tables that the actor may list."""
    return [_group(source, access, actor) for source in sources]


def house_menu(access: Decider, actor: Actor) -> list[Entry]:
    """Return the house's own pages that the actor may open."""
    return [entry for entry, needs in HOUSE if access.decide(actor, needs, "nexus", None).allowed]


def extension_menu(pages: Mapping[tuple[str, str], Page], access: Decider, actor: Actor) -> list[Entry]:
    """Return the pages of extensions that the actor may open, by the extension's name and the page's path."""
    return [
        Entry(page.title, f"/x/{name}{path and '/'}{path}", page.icon, group=page.group)
        for (name, path), page in pages.items()
        if page.nav and access.decide(actor, page.permission, "nexus", None).allowed
    ]


def by_group(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    """Return the house's pages by heading; headings stand in the order in which they first come."""
    found: dict[str, list[Entry]] = {}
    for one in sorted(entries, key=lambda entry: _ORDER.get(entry.group, len(_ORDER))):
        found.setdefault(one.group, []).append(one)
    return found


_ORDER = {"Analyse": 0, "Tools": 1, "Operate": 2, "Manage": 3}


def _group(source: Source, access: Decider, actor: Actor) -> Group:
    name = segment(source.name)
    decided = ((one, access.decide(actor, "row.list", source.name, one)) for one in source.schema.resources.values())
    entries = tuple(_entry(one, f"/s/{name}", decision) for one, decision in decided if decision.allowed)
    return Group(source.name, f"/s/{name}", name, entries, bare=not source.schema.resources)


def _entry(one: Resource, path: str, decision: Decision) -> Entry:
    # Of a table of which they see only some rows nobody learns how many there are.
    size = one.estimated_rows if decision.rows is None else None
    return Entry(
        one.title, f"{path}/{segment(one.name)}", one.icon, f"≈ {short_number(size)}" if size else "",
        tucked=one.tucked, heading=one.group or "", rows=size or 0,
    )  # fmt: skip
