"""The columns of a list: which, and in which order; a page of its own, or a popover over the list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from starlette.responses import Response

from nexus_admin.domain.dataclass import dataclass
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.errors import BadExpression
from nexus_admin.domain.resource import Resource
from nexus_admin.language.paths import Sight
from nexus_admin.screens.lists.columns import default_names, found, listed, path_of, titles, wanted_names
from nexus_admin.screens.lists.query import read_query
from nexus_admin.web.pages.lists.page import deciding, described, query_of, target_of
from nexus_admin.web.visit import Door, Visit


@dataclass(frozen=True, slots=True)
class Offer:
    """A column that is shown or could be."""

    name: str
    title: str
    glyph: str
    shown: bool


def show(visit: Visit) -> Response:
    """GET …/~columns: those that are shown, in their order, then the others."""
    target = target_of(visit)
    _, resource = described(visit, target)
    query = query_of(visit, target)
    decide = deciding(visit, target.source, described(visit, target)[0])
    return _page(visit, wanted_names(query, resource, decide(resource.name).shows))


def choose(visit: Visit) -> Response:
    """POST …/~columns: one moved, ticked or added; `apply` goes to the list with them."""
    target = target_of(visit)
    _, resource = described(visit, target)
    verb, _, name = visit.form.get("do", "").partition(":")
    names = tuple(dict.fromkeys([*visit.every("show"), *filter(None, visit.every("add"))]))
    if verb in ("up", "down") and name in names:
        names = moved(names, name, -1 if verb == "up" else 1)
    if verb == "apply":
        query = read_query(target.path, visit.form, visit.kernel.settings["lists.page_size"])
        decide = deciding(visit, target.source, described(visit, target)[0])
        usual = names == default_names(resource, decide(resource.name).shows) or not names
        return visit.go(replace(query, fields="" if usual else listed(names)).url())
    return _page(visit, names)


def moved(names: tuple[str, ...], name: str, by: int) -> tuple[str, ...]:
    """Return *names* with one of them a place further."""
    at = names.index(name)
    to = max(0, min(len(names) - 1, at + by))
    rest = [one for one in names if one != name]
    return (*rest[:to], name, *rest[to:])


def _page(visit: Visit, names: tuple[str, ...]) -> Response:
    target = target_of(visit)
    schema, resource = described(visit, target)
    decide = deciding(visit, target.source, schema)
    if not decide(resource.name).allowed:
        visit.perform("row.list", target, {"limit": 1})  # writes the refusal down, and raises it
    given = visit.form or visit.query
    query = read_query(f"{visit.locale.base}{target.path}", given, visit.kernel.settings["lists.page_size"])
    return visit.page(
        "list/columns.html" if visit.fragment else "list/columns_page.html",
        offers=offers(visit, resource, Sight(schema, decide), decide, names),
        query=query,
        resource=resource,
        target=target,
        here=target.path,
    )


def offers(
    visit: Visit, resource: Resource, sight: Sight, decide: Callable[[str], Decision], names: tuple[str, ...]
) -> list[Offer]:
    """Return the columns that are shown, in their order, then the table's others; what is not there is left out."""
    shows = decide(resource.name).shows
    made = []
    for name in names:
        try:
            path = path_of(name, resource)
            field = found(path, resource, sight, shows)
            title = field.title if len(path) == 1 else " › ".join(titles(path, resource, sight))
        except BadExpression:
            continue
        glyph = "link" if field.relation or len(path) > 1 else visit.kernel.kind(field.kind).glyph
        made.append(Offer(name, title, glyph, True))
    for field in resource.fields:
        if field.name not in names and shows(field.name):
            glyph = "link" if field.relation else visit.kernel.kind(field.kind).glyph
            made.append(Offer(field.name, field.title, glyph, False))
    return made


DOORS = (
    Door("/s/{source}/{resource}/~columns", show, "row.list"),
    Door("/s/{source}/{resource}/~columns", choose, "row.list", ("POST",)),
)
