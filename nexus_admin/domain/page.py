"""What extensions add to the web: pages, entries of the menu, pieces in named slots."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from nexus_admin.domain.actor import Actor
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.resource import Resource
from nexus_admin.domain.row import Row


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What a page's handler is given.

    Args:
        actor: Who looks.
        perform: `perform(action, target, data) -> result`, on the one path, as that actor.
        query: The address's query string.
        form: What was posted; empty on GET.
        path: Path parameters.
    """

    actor: Actor
    perform: Callable[..., Any]
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    path: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """What a page's handler answers: a template of the extension's own with its context, or a way to go on."""

    template: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)
    redirect: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of an extension, at `/x/<extension>/<path>`.

    Args:
        path: Below the extension's own address; `""` for its front page.
        title: In the head and the menu.
        permission: The action that the actor must be allowed on the house, e.g. `"refunds.view"`.
        handle: `handle(PageRequest) -> PageAnswer`.
        nav: Whether the menu lists it.
        icon: Name of an icon.
        group: The menu's heading.
        owner: The extension that declared it; the kernel fills it in.
    """

    path: str
    title: str
    permission: str
    handle: Callable[[PageRequest], PageAnswer]
    nav: bool = True
    icon: str = "puzzle"
    group: str = "Tools"
    owner: str = "nexus"


SLOTS = {
    "record.aside": "Beside a record, below what is known of it. Knows the source, the resource, the row and its key.",
    "list.top": "Above the rows of a list, below its head. Knows the source and the resource.",
    "home.aside": "Beside the tables of the home page.",
}
"""The named places of pages, and what each of them knows beside the actor."""


@dataclass(frozen=True, slots=True)
class SlotContext:
    """What a page knows where it asks for the pieces of a slot.

    Args:
        actor: Who looks.
        perform: `perform(action, target, data) -> result`, on the one path, as that actor.
        source: The data source's name, empty on pages of the house.
        resource: The table, None where there is none.
        row: The row as the actor may see it, None where there is none.
        key: The row's key segment.
    """

    actor: Actor
    perform: Callable[..., Any]
    source: str = ""
    resource: Resource | None = None
    row: Row | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A piece of a page that an extension fills: a template of its own, with a context."""

    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
