"""The list of a table, and its count, which comes after the rows."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from nexus_admin.domain.address import text_of
from nexus_admin.domain.errors import BadRequest
from nexus_admin.domain.target import Target
from nexus_admin.screens.formats import number, plural
from nexus_admin.screens.list_page import list_page, with_query
from nexus_admin.web.visit import Door, Visit

ASKED = ("filter", "search", "sort", "after")


def target_of(visit: Visit) -> Target:
    """Return what the address names."""
    resource = visit.path.get("resource")
    return Target(
        text_of(visit.path["source"]), text_of(resource) if resource is not None else None, visit.path.get("key")
    )


def show(visit: Visit) -> Response:
    """GET /s/{source}/{resource}: a page of rows; a bad filter is named above an empty list."""
    target = target_of(visit)
    asked = {name: visit.query.get(name, "") for name in ASKED}
    data = {name: value for name, value in asked.items() if value}
    problem = None
    try:
        listing = visit.perform("row.list", target, {**data, "limit": visit.kernel.settings["lists.page_size"]})
    except BadRequest as error:
        problem = error
        listing = visit.perform("row.list", target, {"limit": 1})
        listing.page.rows.clear()
        listing.page.keys.clear()
    page = list_page(listing, visit.kernel.kind, visit.locale, asked)
    may_create = visit.kernel.access.decide(visit.actor, "row.create", target.source, listing.resource).allowed
    source = visit.kernel.sources.get(target.source)
    return visit.page(
        "list.html",
        400 if problem else 200,
        page=page,
        asked=asked,
        problem=problem,
        writable=may_create and listing.resource.writable and not source.read_only,
        why=None if not source.read_only else "This source is read-only.",
        count_url=with_query(f"{page.path}/~count", {key: asked[key] for key in ("filter", "search")}),
        here=target.path,
        source=target.source,
    )


def pick(visit: Visit) -> Response:
    """GET …/~pick?q=: rows to choose from, for the picker of a form."""
    options = visit.perform("row.pick", target_of(visit), {"text": visit.query.get("q", "")[:200]})
    return JSONResponse(
        {"options": [{"value": text_of(one.key), "label": one.title, "detail": one.detail} for one in options]}
    )


def count(visit: Visit) -> Response:
    """GET …/~count: how many rows, labelled as what it is."""
    data = {name: visit.query[name] for name in ("filter", "search") if visit.query.get(name)}
    found = visit.perform("row.count", target_of(visit), {**data, "how": "capped"})
    mark = {"exact": "", "capped": "> ", "estimate": "≈ "}[found.how]
    text = plural(found.value, "row") if not mark else f"{mark}{number(found.value)} rows"
    return JSONResponse({"text": text, "approx": found.how != "exact"})


DOORS = (
    Door("/s/{source}/{resource}", show, "row.list"),
    Door("/s/{source}/{resource}/~count", count, "row.list"),
    Door("/s/{source}/{resource}/~pick", pick, "row.list"),
)
