"""The menu at the side of every page, drawn once for all who see the same of it.

What somebody may see is decided anew for each page. It is a part of what the drawn menu is kept by: nobody gets
one that was drawn for other rights.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

from nexus_admin.actions.rows.describing import knows_source
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.resource import Resource, Schema
from nexus_admin.screens.menu import HOUSE, Entry, Group, by_group, extension_menu, house_menu, menu

if TYPE_CHECKING:
    from nexus_admin.kernel.declared import Declared
    from nexus_admin.web.visit import Visit

MOST = 500
"""Drawn menus that are kept, and tables of a source as seen with so many different rights."""

NOBODY: list[Entry] = []
"""What of the house somebody may open who is not signed in."""

TOKEN = secrets.token_hex(16)
"""Stands in a drawn menu for what its form must send, which is another one on each page."""


@dataclass(frozen=True, slots=True)
class _Answers:
    """What was decided about the tables of one source, or about pages of the house, as the menu asks for it."""

    known: Mapping[str, Decision]

    @property
    def decide(self) -> Callable[..., Decision]:
        def decide(_actor: Actor, action: str, _source: str, resource: Resource | None) -> Decision:
            return self.known[action if resource is None else resource.name]

        return decide


class Sidebar:
    """Draws the menu.

    Args:
        environment: Where its template is.
    """

    def __init__(self, environment: jinja2.Environment) -> None:
        self._environment = environment
        self._groups: dict[tuple[str, bytes], tuple[Schema, Group]] = {}
        self._houses: dict[tuple[int, bytes], tuple[Declared, list[Entry]]] = {}
        self._drawn: dict[tuple[Any, ...], tuple[list[Group], list[Entry], Markup]] = {}

    def draw(self, visit: Visit, here: str, context: Mapping[str, Any]) -> Markup:
        """Return the menu for *visit*.

        Args:
            visit: Whose rights and looks count.
            here: The address of the page that is open.
            context: What every page is given; nothing of it may change what is drawn but what `key` holds.
        """
        groups, house = self._seen(visit), self._house(visit)
        actor, reader = visit.actor, visit.reader
        key = (
            tuple(map(id, groups)), id(house), here, reader.folded, reader.rail, visit.locale.base,
            visit.locale.sprite, context["project"], context["environment"], actor.name, actor.email,
            tuple(actor.roles),
        )  # fmt: skip
        kept = self._drawn.get(key)
        if kept is None:  # it holds what it was drawn of, so that nothing else can come to have those ids
            kept = groups, house, self._fresh(groups, house, here, context)
            _keep(self._drawn, key, kept)
        return Markup(kept[2].replace(TOKEN, context["csrf"]))

    def _fresh(self, groups: list[Group], house: list[Entry], here: str, context: Mapping[str, Any]) -> Markup:
        template = self._environment.get_template("_sidebar.html")
        return Markup(
            template.render({**context, "csrf": TOKEN, "here": here, "menu": groups, "house": by_group(house)})
        )

    def _seen(self, visit: Visit) -> list[Group]:
        if not visit.actor.signed_in:
            return []
        groups = [(source, self._group(visit, source)) for source in visit.kernel.sources]
        access = visit.kernel.access
        return [group for source, group in groups if group.entries or knows_source(access, visit.actor, source)]

    def _group(self, visit: Visit, source: Any) -> Group:
        schema: Schema = source.schema
        decided = visit.kernel.access.decide_tables(visit.actor, "row.list", schema)
        seen = bytes(one.allowed + (one.allowed and one.rows is None) for one in decided.values())
        kept = self._groups.get((source.name, seen))
        if kept is None or kept[0] is not schema:
            (group,) = menu([source], _Answers(decided), visit.actor)
            kept = schema, group
            _keep(self._groups, (source.name, seen), kept)
        return kept[1]

    def _house(self, visit: Visit) -> list[Entry]:
        """Return the pages of the house and of extensions that the actor may open."""
        if not visit.actor.signed_in:
            return NOBODY
        kernel, actor = visit.kernel, visit.actor
        declared = kernel.declared
        needs = (*(one for _, one in HOUSE), *(page.permission for page in declared.pages.values() if page.nav))
        decided = kernel.access.decide_each(actor, needs, "nexus")
        key = id(declared), bytes(one.allowed for one in decided.values())
        kept = self._houses.get(key)
        if kept is None:
            answers = _Answers(decided)
            kept = declared, house_menu(answers, actor) + extension_menu(declared.pages, answers, actor)
            _keep(self._houses, key, kept)
        return kept[1]


def _keep(kept: dict[Any, Any], key: Any, value: Any) -> None:
    if len(kept) >= MOST:
        kept.clear()
    kept[key] = value
