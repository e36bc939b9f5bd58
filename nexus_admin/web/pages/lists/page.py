"""The list of a table, and its count, which comes after the rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from starlette.responses import JSONResponse, Response

from nexus_admin.actions.rows.listing import Listing
from nexus_admin.domain.action import Action
from nexus_admin.domain.address import key_parts, text_of
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.errors import BadRequest
from nexus_admin.domain.resource import Resource, Schema
from nexus_admin.domain.row import ListRequest, RowPage
from nexus_admin.domain.target import Target
from nexus_admin.screens.formats import number, plural
from nexus_admin.screens.lists.columns import listed, wanted_names
from nexus_admin.screens.lists.page import list_page
from nexus_admin.screens.lists.query import ListQuery, read_query, with_query
from nexus_admin.web.visit import Door, Visit

WRITES = ("row.create", "row.update", "row.delete", "rows.update", "rows.delete")
MANY = {"row.update": "rows.update", "row.delete": "rows.delete"}
"""Who may do it to many rows, but not to one, may do it to none."""


def target_of(visit: Visit) -> Target:
    """Return what the address names."""
    resource = visit.path.get("resource")
    return Target(
        text_of(visit.path["source"]), text_of(resource) if resource is not None else None, visit.path.get("key")
    )


def show(visit: Visit) -> Response:
    """GET /s/{source}/{resource}: a page of rows; a bad filter is named above an empty list."""
    target = target_of(visit)
    schema, resource = described(visit, target)
    decide = deciding(visit, target.source, schema)
    query = query_of(visit, target)
    names = wanted_names(query, resource, decide(resource.name).shows)
    listing, problem = _rows(visit, target, query, names, decide)
    shown = query
    if problem is not None:  # what is wrong may be the sort or a column: draw an empty list of the usual ones
        shown = ListQuery(query.path, query.filter, query.search)
        names = wanted_names(shown, resource, decide(resource.name).shows)
    may = may_of(visit, target, resource)
    page = list_page(
        listing,
        shown,
        names,
        visit.kernel.kind,
        visit.locale,
        decide,
        picks=any(name.startswith("rows.") for name in may),
    )
    fragment = "list" in visit.fragment.split()
    return visit.page(
        "list/fragment.html" if fragment else "list.html",
        400 if problem else 200,
        page=page,
        query=query,
        problem=problem,
        may=may,
        why=_why(visit, target, resource),
        offered=offered(visit, target, resource),
        charted=visit.kernel.access.decide(visit.actor, "dashboard.view", "nexus", None).allowed,
        target=target,
        here=target.path,
    )


def some(visit: Visit) -> Response:
    """GET …/~rows?keys=: some rows of the list as it stands, for a page that follows changes; those that are in it."""
    target = target_of(visit)
    schema, resource = described(visit, target)
    decide = deciding(visit, target.source, schema)
    query = query_of(visit, target)
    names = wanted_names(query, resource, decide(resource.name).shows)
    asked = {"filter": query.filter or None, "search": query.search, "fields": listed(names)}
    listing = visit.perform("row.some", target, {**asked, "keys": visit.query.get("keys", "").split()})
    picks = any(name.startswith("rows.") for name in may_of(visit, target, resource))
    page = list_page(listing, query, names, visit.kernel.kind, visit.locale, decide, picks=picks)
    here = with_query(target.path, {name: text for name, text in visit.query.items() if name != "keys"})
    return visit.page("list/rows.html", page=page, address=here)


def _rows(
    visit: Visit, target: Target, query: ListQuery, names: tuple[str, ...], decide: Callable[[str], Decision]
) -> tuple[Listing, BadRequest | None]:
    """Return the page, or an empty one with what is wrong with the question."""
    try:
        return visit.perform("row.list", target, {**query.data(), "fields": listed(names)}, "rows"), None
    except BadRequest as error:
        schema, resource = described(visit, target)
        return Listing(schema, resource, decide(resource.name), ListRequest(), RowPage([], [])), error


def query_of(visit: Visit, target: Target) -> ListQuery:
    """Return the state of the list that the address holds."""
    return read_query(f"{visit.locale.base}{target.path}", visit.query, visit.kernel.settings["lists.page_size"])


def described(visit: Visit, target: Target) -> tuple[Schema, Resource]:
    """Return what the address names, as people see it."""
    schema = visit.kernel.sources.get(target.source).schema
    return schema, schema.resource(target.resource or "")


def deciding(visit: Visit, source: str, schema: Schema) -> Callable[[str], Decision]:
    """Return what the actor may list of each resource."""

    def decide(name: str) -> Decision:
        return visit.kernel.access.decide(visit.actor, "row.list", source, schema.resource(name))

    return decide


def may_of(visit: Visit, target: Target, resource: Resource) -> frozenset[str]:
    """Return which actions on rows can be offered here: not more than the source and the table take."""
    read_only = visit.kernel.sources.get(target.source).read_only or not resource.writable
    names = ("rows.export",) if read_only else (*WRITES, "rows.export")
    decide = visit.kernel.access.decide
    may = frozenset(name for name in names if decide(visit.actor, name, target.source, resource).allowed)
    return may - {many for one, many in MANY.items() if one not in may}


def offered(visit: Visit, target: Target, resource: Resource) -> Sequence[Action]:
    """Return the buttons of extensions that each row has, as far as the actor may press them."""
    decide = visit.kernel.access.decide
    found = visit.kernel.actions.offered_on(resource)
    return [one for one in found if decide(visit.actor, one.needs, target.source, resource).allowed]


def _why(visit: Visit, target: Target, resource: Resource) -> str:
    """Return why nothing can be written here, for everyone; empty where it can."""
    if visit.kernel.sources.get(target.source).read_only:
        return f"{target.source} is connected read-only."
    return "" if resource.writable else resource.why_read_only or "This table takes no changes."


def pick(visit: Visit) -> Response:
    """GET …/~pick?q=: rows to choose from, for the picker of a form."""
    options = visit.perform("row.pick", target_of(visit), {"text": visit.query.get("q", "")[:200]})
    return JSONResponse(
        {"options": [{"value": _picked(one.key), "label": one.title, "detail": one.detail} for one in options]}
    )


def _picked(key: str) -> str:
    """Return what a form sends for the row with *key*: its value, and for a key of several columns its address."""
    return key if "," in key else key_parts(key, 1)[0] or ""


def count(visit: Visit) -> Response:
    """GET …/~count: how many rows, labelled as what it is; `?how=exact` counts them all."""
    data: dict[str, Any] = {name: visit.query[name] for name in ("filter", "search") if visit.query.get(name)}
    how = visit.query.get("how", "")
    asked = {**data, "how": "exact" if how == "exact" else "estimate"}
    # A page may have many counts under way, of one list too; one that counts them all, on a click, is the only such.
    found = visit.perform("row.count", target_of(visit), asked, "count" if how == "exact" else "")
    mark = {"exact": "", "capped": "> ", "estimate": "≈ "}[found.how]
    text = plural(found.value, "row") if not mark else f"{mark}{number(found.value)} rows"
    titles = {"capped": "Counted this far. Choose it to count them all.", "estimate": "Estimated by the database."}
    more = {"title": titles[found.how]} if found.how in titles else {}
    return JSONResponse({"text": text, "approx": found.how != "exact", "value": found.value, "how": found.how, **more})


DOORS = (
    Door("/s/{source}/{resource}", show, "row.list"),
    Door("/s/{source}/{resource}/~count", count, "row.list"),
    Door("/s/{source}/{resource}/~pick", pick, "row.list"),
    Door("/s/{source}/{resource}/~rows", some, "row.list"),
)
