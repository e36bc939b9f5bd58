"""Rows over HTTP: listed, made, read, changed, deleted, and what happened to each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from nexus_admin.actions.plain import past_json, row_version, to_json
from nexus_admin.actions.rows.listing import Listing
from nexus_admin.actions.rows.row import Done, Record
from nexus_admin.domain.errors import BadRequest, Forbidden, NotFound, PreconditionRequired, UnknownField, titled
from nexus_admin.domain.nearest import did_you_mean
from nexus_admin.domain.row import Row
from nexus_admin.domain.target import Target
from nexus_admin.language.names import join_path, listed_paths
from nexus_admin.web.api import parameters
from nexus_admin.web.api.answers import Json, etag, unchanged, version_in
from nexus_admin.web.api.call import ApiCall, ApiDoor
from nexus_admin.web.api.expanding import Expansion, expansions, lent_fields

COUNTS = ("none", "estimate", "capped", "exact")


def show_list(call: ApiCall) -> Response:
    """GET /api/v1/{source}/{resource}: a page of rows, by keyset."""
    how = _count_asked(call)
    asked: dict[str, Any] = call.asked("filter", "search", "sort", "fields", "limit", "after", "offset")
    lent = lent_fields(call, asked.get("fields", ""))
    if lent:
        asked["fields"] = ",".join((asked["fields"], *(join_path((name,)) for name in lent)))
    listing: Listing = call.perform("row.list", call.target, asked)
    more = expansions(call, listing.resource, listing.page.rows, many=False)
    page = listing.page
    answer: dict[str, Any] = {
        "rows": [_plain(row, at, more, lent) for at, row in enumerate(page.rows)],
        "keys": page.keys,
        "labels": {name: dict(titles) for name, titles in page.labels.items()},
        "sort": list(page.sort),
        "next": page.next,
        "previous": page.previous,
        "count": _count(call, how),
        "links": {
            "self": call.with_query(),
            "next": call.with_query(after=page.next, offset=None) if page.next else None,
            "previous": call.with_query(after=page.previous, offset=None) if page.previous else None,
        },
    }
    return Json(answer)


def create(call: ApiCall) -> Response:
    """POST /api/v1/{source}/{resource}: add a row."""
    done: Done = call.perform("row.create", call.target, {"values": _values(call)})
    made = Target(call.target.source, call.target.resource, done.key or None)
    headers = {"Nexus-Entry": done.entry}
    if not made.key:
        return Json({}, 201, headers)
    headers["Location"] = call.address(made)
    try:
        row = done.row or call.perform("row.read", made, {"labels": False}).row
    except (NotFound, Forbidden):  # whoever may only add rows is not shown them
        return Json({}, 201, headers)
    return Json(to_json(row), 201, {**headers, "ETag": _tag(call, row)})


def show(call: ApiCall) -> Response:
    """GET …/{key}: one row, with its version as ETag."""
    record: Record = call.perform("row.read", call.target, {"labels": False})
    tag = _tag(call, record.row)
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    alone = not call.query.get("expand") and not any(one.computed for one in record.resource.fields)
    if alone and unchanged(call.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    more = expansions(call, record.resource, [record.row], many=True)
    return Json(_fields(call, record, _plain(record.row, 0, more), more), 200, headers)


def change(call: ApiCall) -> Response:
    """PATCH …/{key}: change the fields that are sent; `If-Match` refuses what was changed meanwhile."""
    edit = {"values": _values(call), "version": _version(call)}
    done: Done = call.perform("row.update", call.target, edit)
    changed = Target(call.target.source, call.target.resource, done.key)
    headers = {"Nexus-Entry": done.entry, "Location": call.address(changed)}
    try:
        row = done.row or call.perform("row.read", changed, {"labels": False}).row
    except (NotFound, Forbidden):  # the change took it out of what they may see
        return Json({}, 200, headers)
    return Json(to_json(row), 200, {**headers, "ETag": _tag(call, row)})


def _tag(call: ApiCall, row: Row) -> str:
    """Return the version of a row: of what stands in it, not of what is computed from it and others."""
    target = call.target
    resource = call.kernel.sources.get(target.source).schema.resource(target.resource or "")
    computed = resource.computed
    return etag(row_version({name: value for name, value in row.items() if name not in computed} if computed else row))


def delete(call: ApiCall) -> Response:
    """DELETE …/{key}: delete the row and what the database deletes along with it."""
    done: Done = call.perform("row.delete", call.target, {"version": _version(call)})
    return Response(status_code=204, headers={"Nexus-Entry": done.entry})


def show_history(call: ApiCall) -> Response:
    """GET …/{key}/history: what happened to the row, newest first."""
    found = call.perform("row.history", call.target, call.asked("limit", "before"))
    following = call.with_query(before=found.next) if found.next else None
    return Json(
        {
            "changes": [past_json(one) for one in found.past],
            "gone": found.gone,
            "next": found.next or None,
            "links": {"self": call.with_query(), "next": following},
        }
    )


def _values(call: ApiCall) -> dict[str, Any]:
    told = call.json(exact=True)
    if not isinstance(told, dict):
        raise BadRequest('Send the row as an object: {"field": value, …}.')
    return told


def _version(call: ApiCall) -> str | None:
    header = call.headers.get("if-match", "")
    if not header.strip() and call.kernel.settings["api.require_if_match"]:
        raise PreconditionRequired("Send `If-Match` with the ETag of the row as you read it, or `*` to trust.")
    return version_in(header)


def _count_asked(call: ApiCall) -> str:
    how = call.query.get("count") or "none"
    if how not in COUNTS:
        hint = did_you_mean(how, COUNTS, f"There are: {', '.join(COUNTS)}.")
        raise BadRequest(f"`count` cannot be {how[:40]!r}.{hint}")
    return how


def _count(call: ApiCall, how: str) -> dict[str, Any] | None:
    if how == "none":
        return None
    found = call.perform("row.count", call.target, {**call.asked("filter", "search"), "how": how})
    return {"value": found.value, "how": found.how}


def _plain(row: Row, at: int, more: list[Expansion], lent: Sequence[str] = ()) -> dict[str, Any]:
    plain: dict[str, Any] = to_json(row)
    for name in lent:
        plain.pop(name, None)
    for one in more:
        plain[one.relation.name] = one.found[at]
    return plain


@titled("The fields cannot be understood")
def _fields(call: ApiCall, record: Record, plain: dict[str, Any], more: list[Expansion]) -> dict[str, Any]:
    """Return the fields that were asked for, and what was expanded."""
    names = listed_paths(call.query.get("fields", ""))
    for name in names:
        if name not in record.row:
            raise UnknownField(name, record.resource.name, record.row, record.resource.source)
    wanted = [*names, *(one.relation.name for one in more)] if names else list(plain)
    return {name: plain[name] for name in wanted}


LIST = "/api/v1/{source}/{resource}"
ROW = "/api/v1/{source}/{resource}/{key}"

DOORS = (
    ApiDoor(
        LIST, show_list, "row.list", "GET", "A page of rows.", "listRows", None, "RowPage",
        parameters=parameters.LIST,
    ),
    ApiDoor(
        LIST, create, "row.create", "POST", "Add a row.", "createRow", "Row", "Row", 201,
        parameters=(parameters.IDEMPOTENCY,),
    ),
    ApiDoor(
        f"{ROW}/history", show_history, "row.history", "GET", "What happened to a row, newest first.", "rowHistory",
        None, "History", parameters=parameters.HISTORY,
    ),
    ApiDoor(ROW, show, "row.read", "GET", "One row.", "readRow", None, "Row", parameters=parameters.ROW),
    ApiDoor(
        ROW, change, "row.update", "PATCH", "Change the fields that are sent.", "updateRow", "Row", "Row",
        parameters=(parameters.IF_MATCH, parameters.IDEMPOTENCY),
    ),
    ApiDoor(
        ROW, delete, "row.delete", "DELETE", "Delete a row and what goes along with it.", "deleteRow", status=204,
        parameters=(parameters.IF_MATCH, parameters.IDEMPOTENCY),
    ),
)  # fmt: skip
