"""The export of a list: the same rows as a file, at once or written by a worker while its page says how far it is."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from nexus_admin.actions.exports.formats import Exporters
from nexus_admin.actions.exports.kept import Export
from nexus_admin.domain.errors import BadRequest, NexusError, Refused
from nexus_admin.domain.row import RowCount
from nexus_admin.domain.target import Target
from nexus_admin.screens.lists.exports import counted, export_page, is_large
from nexus_admin.screens.lists.query import ListQuery, read_query, with_query
from nexus_admin.web.api.export import asked_of, file_answer
from nexus_admin.web.pages.lists.page import described, target_of
from nexus_admin.web.visit import Door, Visit

WHERE = "/s/{source}/{resource}/~exports"
AGAIN = 2
"""Seconds after which a browser without scripts looks again."""
NAMES = ("filter", "search", "sort", "fields")
CHOSEN = {"format": "csv", "columns": "shown", "raw": "", "where": "now"}
"""What a form says that nobody has filled in."""


def export(visit: Visit) -> Response:
    """GET …/~export?format=: every row that the list would show."""
    return file_answer(visit.perform("rows.export", target_of(visit), asked_of(visit.query)))


def ask(visit: Visit) -> Response:
    """GET …/~exports: which rows are meant, in which form, at once or in the background; and what was exported."""
    target = target_of(visit)
    return _form(visit, target, visit.perform("export.list", target))


def begin(visit: Visit) -> Response:
    """POST …/~exports: write the file, here or by a worker; many rows are always written by one."""
    target = target_of(visit)
    own = visit.perform("export.list", target)  # who may not export is refused before anything else is said
    query = _query(visit, target)
    data = _asked(visit, query)
    try:
        if visit.form.get("where") == "background" or _large(visit, target, query):
            id = visit.perform("export.begin", target, data)
            return visit.go(f"{target.path}/~exports/{id}")
    except (BadRequest, Refused) as error:
        return _form(visit, target, own, error)
    safe = {} if data["safe"] else {"safe": "false"}
    kept = {name: str(data[name]) for name in (*NAMES, "format") if data.get(name)}
    return visit.go(with_query(f"{target.path}/~export", {**kept, **safe}))


def show(visit: Visit) -> Response:
    """GET …/~exports/{id}: how far it is, or where its file is."""
    target = target_of(visit)
    seen: Export = visit.perform("export.follow", target, {"id": visit.path["id"]})
    page = export_page(seen, visit.locale)
    return visit.page(
        "exports/one.html", page=page, seen=seen, target=target, again=AGAIN, here=target.path,
        title=seen.record.title, path=f"{target.path}/~exports",
        anew=with_query(f"{target.path}/~exports", page.query), back=with_query(target.path, page.query),
    )  # fmt: skip


def fetch(visit: Visit) -> Response:
    """GET …/~exports/{id}/file: the file, for whoever asked for it and still sees the same."""
    return file_answer(visit.perform("export.fetch", target_of(visit), {"id": visit.path["id"]}))


def drop(visit: Visit) -> Response:
    """POST …/~exports/{id}/drop: stop it; where it is over, delete it."""
    target, id = target_of(visit), visit.path["id"]
    if visit.perform("export.drop", target, {"id": id}):
        return visit.go(f"{target.path}/~exports/{id}")
    return visit.go(f"{target.path}/~exports", "The export was deleted.")


def _form(visit: Visit, target: Target, own: list[Export], problem: NexusError | None = None) -> Response:
    _, resource = described(visit, target)
    query = _query(visit, target)
    count: RowCount | None = None
    try:
        count = _count(visit, target, query)
    except BadRequest as error:
        problem = problem or error
    return visit.page(
        "exports/ask.html",
        problem.status if problem else 200,
        resource=resource,
        target=target,
        query=query,
        asked={name: query.asked[name] for name in NAMES if name in query.asked},
        problem=problem,
        count=counted(count, resource) if count else "",
        large=count is not None and is_large(count, visit.kernel.settings["exports.background_rows"]),
        hours=visit.kernel.settings["exports.keep_hours"],
        formats=visit.kernel.services.get(Exporters).all(),
        chosen={**CHOSEN, **{name: visit.form[name] for name in CHOSEN if name in visit.form}},
        own=[export_page(one, visit.locale) for one in own],
        here=target.path,
        path=f"{target.path}/~exports",
    )


def _query(visit: Visit, target: Target) -> ListQuery:
    return read_query(target.path, visit.form or visit.query, visit.kernel.settings["lists.page_size"])


def _asked(visit: Visit, query: ListQuery) -> dict[str, Any]:
    """Return what the form asks of an export."""
    kept = {name: query.asked[name] for name in NAMES if name in query.asked}
    if visit.form.get("columns") == "all":
        kept.pop("fields", None)
    return {**kept, "format": visit.form.get("format", "csv"), "safe": not visit.form.get("raw")}


def _count(visit: Visit, target: Target, query: ListQuery) -> RowCount:
    found: RowCount = visit.perform("row.count", target, {**query.narrowed, "how": "estimate"})
    return found


def _large(visit: Visit, target: Target, query: ListQuery) -> bool:
    return is_large(_count(visit, target, query), visit.kernel.settings["exports.background_rows"])


DOORS = (
    Door("/s/{source}/{resource}/~export", export, "rows.export"),
    Door(WHERE, ask, "rows.export"),
    Door(WHERE, begin, "rows.export", ("POST",)),
    Door(WHERE + "/{id}", show, "rows.export"),
    Door(WHERE + "/{id}/file", fetch, "rows.export"),
    Door(WHERE + "/{id}/drop", drop, "rows.export", ("POST",)),
)
