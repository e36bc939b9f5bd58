"""One row: shown with what belongs to it and what happened to it, and the ways to the rows beside it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from starlette.responses import JSONResponse, PlainTextResponse, Response

from nexus_admin.actions.rows.history import History
from nexus_admin.actions.rows.row import Record
from nexus_admin.domain.action import Action
from nexus_admin.domain.decision import Decision
from nexus_admin.domain.errors import UnknownAction, UnknownField
from nexus_admin.domain.resource import Resource
from nexus_admin.domain.row import Masked
from nexus_admin.domain.target import Target
from nexus_admin.screens.formats import number
from nexus_admin.screens.forms.page import text_of
from nexus_admin.screens.lists.peek import peek_page
from nexus_admin.screens.lists.query import with_query
from nexus_admin.screens.records.history import Happened, happened
from nexus_admin.screens.records.page import HISTORY, Decide, Keep, RecordPage, record_page
from nexus_admin.screens.records.related import RelatedList, related_list
from nexus_admin.web.pages.lists.page import offered, target_of
from nexus_admin.web.visit import Door, Visit

LIST_STATE = ("filter", "search", "sort")
"""What of a list's address says which rows it has, and in which order."""

T = TypeVar("T")

GLANCE = 6
"""Rows and happenings that the overview shows of its parts."""

NEWEST = 3
"""Happenings that the drawer beside a list shows."""


def show(visit: Visit) -> Response:
    """GET …/{key}: the row; `?tab=` names the part that is open, `?list=` the list that the reader came from."""
    target = target_of(visit)
    record = visit.perform("row.read", target)
    page = _page(visit, record)
    if "record" in visit.fragment.split():
        return visit.page("record/live.html", page=page)
    parts: dict[str, Any] = {"related": None, "past": None, "more": ""}
    if page.tab == HISTORY:
        parts |= _past(visit, target, 20)
    elif page.tab:
        parts["related"] = _related(visit, record, page.tab)
    return visit.page(
        "record.html",
        page=page,
        record=record,
        target=target,
        here=list_path(target),
        list_url=list_url(visit, target),
        source_url=f"{visit.locale.base}{Target(target.source).path}",
        came_from=came_from(visit),
        offered=_buttons(visit, target, record),
        **parts,
    )


def peek(visit: Visit) -> Response:
    """GET …/{key}/~peek: a row beside its list; without scripts, a page of its own."""
    target = target_of(visit)
    record = visit.perform("row.read", target)
    return visit.page(
        "list/peek.html" if visit.fragment else "list/peek_page.html",
        page=peek_page(record, visit.kernel.kind, visit.locale, _deciding(visit, target.source)),
        record=record,
        target=target,
        here=list_path(target),
        came_from=came_from(visit),
        offered=_buttons(visit, target, record),
    )


def related(visit: Visit) -> Response:
    """GET …/~related?tab=: the first rows that belong to this one, for the overview; `brief=1` for the drawer."""
    target, brief = target_of(visit), "brief" in visit.query
    record = visit.perform("row.read", target)
    found = _related(visit, record, visit.query.get("tab", ""), GLANCE, brief=brief)
    template = "list/peek_related.html" if brief else "record/related_card.html"
    return visit.page(template, related=found, page=_page(visit, record), target=target)


def activity(visit: Visit) -> Response:
    """GET …/~activity: the newest of what happened to the row, for the overview; `brief=1` for the drawer."""
    target = target_of(visit)
    limit = NEWEST if "brief" in visit.query else GLANCE
    return visit.page("record/activity.html", target=target, **_past(visit, target, limit))


def history(visit: Visit) -> Response:
    """GET …/~history: what happened to a row that is not there any more; to one that is, on its own page."""
    target = target_of(visit)
    found: History = visit.perform("row.history", target, {"limit": 1})
    if not found.gone:
        return visit.go(with_query(target.path, {"tab": HISTORY}))
    past = _past(visit, target, 20, f"{target.path}/~history")
    title = found.past[0].change.title or target.key
    return visit.page(
        "record/gone.html", resource=found.resource, target=target, title=title, here=list_path(target), **past
    )


def count(visit: Visit) -> Response:
    """GET …/~count?tab=: how many rows belong to this one along a relation."""
    found = visit.perform("row.related_count", target_of(visit), {"relation": visit.query.get("tab", "")})
    mark = {"exact": "", "capped": "> ", "estimate": "≈ "}[found.how]
    return JSONResponse({"text": f"{mark}{number(found.value)}", "approx": found.how != "exact"})


def text(visit: Visit) -> Response:
    """GET …/~text?name=: all of one value as plain text, where the page shows only its beginning."""
    record: Record = visit.perform("row.read", target_of(visit))
    name = visit.query.get("name", "")
    value = record.row.get(name)
    if name not in record.row or isinstance(value, Masked | bytes):
        raise UnknownField(name, record.resource.name, record.row, record.resource.source)
    return PlainTextResponse(text_of(value))


def beside(visit: Visit) -> Response:
    """GET …/~go?way=: on to the next or previous row of the list that the reader came from."""
    target, way = target_of(visit), visit.query.get("way", "next")
    left = came_from(visit)
    data = {"way": "previous" if way == "previous" else "next", **list_state(left)}
    key = visit.perform("row.neighbour", target, data)
    path = Target(target.source, target.resource, key or target.key).path
    said = "" if key else f"This is the {'first' if way == 'previous' else 'last'} row of the list."
    return visit.go(with_query(path, {"list": left, "tab": visit.query.get("tab", "")}), said)


def came_from(visit: Visit) -> str:
    """Return the part of a query string that says which list the reader came from; forms carry it along."""
    return visit.query.get("list", "") or visit.form.get("list", "")


def list_state(left: str) -> dict[str, str]:
    """Return what the part of a list's query string that a record's address carries says of the list."""
    return {name: value for name, value in parse_qsl(left[:4000]) if name in LIST_STATE and value}


def list_url(visit: Visit, target: Target) -> str:
    """Return the address of the list that the reader came from, as it was."""
    return with_query(f"{visit.locale.base}{list_path(target)}", list_state(came_from(visit)))


def row_path(visit: Visit, target: Target) -> str:
    """Return the path of a row's page, from which the way back to the list is known."""
    return with_query(target.path, {"list": came_from(visit)})


def list_path(target: Target) -> str:
    """Return the address of the list that a row stands in."""
    return Target(target.source, target.resource).path


def decision_of(visit: Visit, source: str, action: str, resource: str) -> Decision:
    """Return what the actor may do on a resource of the source."""
    found = visit.kernel.sources.get(source).schema.resource(resource)
    return visit.kernel.access.decide(visit.actor, action, source, found)


def _page(visit: Visit, record: Record) -> RecordPage:
    decide = _deciding(visit, record.resource.source)
    return record_page(record, visit.kernel.kind, visit.locale, decide, visit.query, keeping(visit, record.resource))


def _deciding(visit: Visit, source: str) -> Decide:
    def decide(action: str, resource: str) -> Decision:
        return decision_of(visit, source, action, resource)

    return decide


def keeping(visit: Visit, resource: Resource) -> Keep:
    """Return what keeps things made of *resource* until it, or what extensions declare, is another."""
    snapshot, declared = visit.kernel.sources.get(resource.source).snapshot, visit.kernel.declared
    current = snapshot.schema.resources.get(resource.name) is resource

    def keep(key: tuple[Hashable, ...], make: Callable[[], T]) -> T:
        if not current:  # the table was read anew while its row was
            return make()
        kept = snapshot.once((id(declared), *key), lambda: (declared, make()))  # held, so that no other has its id
        return kept[1]

    return keep


def _related(visit: Visit, record: Record, name: str, limit: int = 0, *, brief: bool = False) -> RelatedList:
    target = Target(record.resource.source, record.resource.name, record.key)
    asked = {one: visit.query[one] for one in ("sort", "search", "after") if visit.query.get(one)}
    size = limit or visit.kernel.settings["lists.page_size"]
    listing = visit.perform("row.related", target, {"relation": name, "limit": size, **asked})
    far = listing.resource
    read_only = visit.kernel.sources.get(target.source).read_only
    may_create = not read_only and far.writable and decision_of(visit, target.source, "row.create", far.name).allowed
    path = f"{visit.locale.base}{target.path}"
    query = {**visit.query, "tab": name}
    return related_list(listing, visit.kernel.kind, visit.locale, record.row, path, query, may_create, brief=brief)


def _past(visit: Visit, target: Target, limit: int, page: str = "") -> dict[str, Any]:
    history = visit.perform("row.history", target, {"limit": limit, "before": visit.query.get("before", "")})
    may_undo = (
        not visit.kernel.sources.get(target.source).read_only
        and visit.kernel.access.decide(visit.actor, "change.undo", target.source, None).allowed
    )
    past: list[Happened] = happened(
        history, visit.kernel.kind, visit.locale, lambda name: _title(visit, name), may_undo
    )
    asked = {"tab": HISTORY, "list": visit.query.get("list", "")}
    path = f"{visit.locale.base}{page or target.path}"
    more = with_query(path, {} if page else asked, before=history.next) if history.next else ""
    return {"past": past, "more": more}


def _title(visit: Visit, action: str) -> str:
    try:
        return visit.kernel.actions.get(action).title or action
    except UnknownAction:
        return action


def _buttons(visit: Visit, target: Target, record: Record) -> list[Action]:
    read_only = visit.kernel.sources.get(target.source).read_only
    return [one for one in offered(visit, target, record.resource) if not (read_only and one.writes)]


ROW = "/s/{source}/{resource}/{key}"

DOORS = (
    Door(ROW, show, "row.read"),
    Door(f"{ROW}/~peek", peek, "row.read"),
    Door(f"{ROW}/~related", related, "row.read"),
    Door(f"{ROW}/~activity", activity, "row.history"),
    Door(f"{ROW}/~history", history, "row.history"),
    Door(f"{ROW}/~count", count, "row.read"),
    Door(f"{ROW}/~text", text, "row.read"),
    Door(f"{ROW}/~go", beside, "row.list"),
)
