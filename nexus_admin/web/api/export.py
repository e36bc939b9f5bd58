"""Exports: a file of rows, streamed, from a list's page and from the API; and those that a worker writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from nexus_admin.actions.exports.export import Exported, ExportInput
from nexus_admin.actions.exports.kept import Export
from nexus_admin.domain.errors import BadRequest
from nexus_admin.web.api import parameters
from nexus_admin.web.api.answers import Json
from nexus_admin.web.api.call import ApiCall, ApiDoor, Parameter

ASKED = ("filter", "search", "sort", "fields", "format", "safe", "most")


def asked_of(query: Mapping[str, str]) -> dict[str, Any]:
    """Return what an address asks of an export."""
    return {name: query[name] for name in ASKED if query.get(name)}


def file_answer(found: Exported) -> Response:
    """Return a file as a download that nobody shows in a page."""
    name = "".join(letter if letter.isprintable() and letter not in "\\/" else "_" for letter in found.name)
    plain = name.encode("ascii", "replace").decode().replace('"', "'").replace("?", "_")
    named = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    headers = {"Content-Disposition": named}
    if found.size is not None:  # packed on the way its length would be lost, and with it how far a download is
        headers |= {"Content-Length": str(found.size), "Content-Encoding": "identity"}
    return StreamingResponse(found.chunks, headers=headers, media_type=found.content_type)


def export(call: ApiCall) -> Response:
    """GET /api/v1/{source}/{resource}/~export: every row that the list would show, as a file."""
    return file_answer(call.perform("rows.export", call.target, asked_of(call.query)))


def begin(call: ApiCall) -> Response:
    """POST …/~exports: have a worker write the file; 202, and where to look how far it is."""
    given = call.json() if call.body.strip() else {}
    if not isinstance(given, dict):
        raise BadRequest('Send what the export is about as an object: {"filter": "status:paid", "format": "csv"}.')
    id = call.perform("export.begin", call.target, given)
    seen = _seen(call, id)
    return Json(_told(call, seen), 202, {"Location": _address(call, seen)})


def show_own(call: ApiCall) -> Response:
    """GET …/~exports: one's own of the table, the newest first."""
    return Json({"exports": [_told(call, one) for one in call.perform("export.list", call.target)]})


def show(call: ApiCall) -> Response:
    """GET …/~exports/{id}: how far it is."""
    return Json(_told(call, _seen(call, call.path["id"])))


def fetch(call: ApiCall) -> Response:
    """GET …/~exports/{id}/file: the file, for whoever asked for it and still sees the same."""
    return file_answer(call.perform("export.fetch", call.target, {"id": call.path["id"]}))


def drop(call: ApiCall) -> Response:
    """DELETE …/~exports/{id}: stop it; where it is over, delete it."""
    call.perform("export.drop", call.target, {"id": call.path["id"]})
    return Response(status_code=204)


def _seen(call: ApiCall, id: str) -> Export:
    seen: Export = call.perform("export.follow", call.target, {"id": id})
    return seen


def _address(call: ApiCall, seen: Export) -> str:
    return f"{call.address(seen.target)}/~exports/{seen.record.id}"


def _told(call: ApiCall, seen: Export) -> dict[str, Any]:
    record, address = seen.record, _address(call, seen)
    progress = seen.progress or {}
    return {
        "id": record.id, "state": seen.state, "error": seen.error, "name": record.name,
        "content_type": record.content_type, "rows": record.rows, "bytes": record.bytes,
        "progress": {"rows": progress.get("done"), "expected": progress.get("total")} if not seen.over else None,
        "asked_at": record.asked_at.isoformat(),
        "ended_at": record.ended_at.isoformat() if record.ended_at else None,
        "expires_at": record.expires_at.isoformat() if record.expires_at else None,
        "links": {"self": address, "file": f"{address}/file" if seen.state == "done" else None},
    }  # fmt: skip


_TYPES = ("text/csv", "application/json", "application/x-ndjson", "application/octet-stream")
_KEPT = "/api/v1/{source}/{resource}/~exports"

DOORS = (
    ApiDoor(
        _KEPT, begin, "rows.export", "POST", "Have a file of rows written in the background.", "beginExport",
        ExportInput, "Export", 202, parameters=(parameters.IDEMPOTENCY,),
    ),
    ApiDoor(_KEPT, show_own, "rows.export", "GET", "Your exports of the table.", "listExports", None, "Exports"),
    ApiDoor(_KEPT + "/{id}", show, "rows.export", "GET", "How far an export is.", "readExport", None, "Export"),
    ApiDoor(
        _KEPT + "/{id}/file", fetch, "rows.export", "GET", "The file of an export.", "fetchExport", types=_TYPES,
    ),
    ApiDoor(
        _KEPT + "/{id}", drop, "rows.export", "DELETE", "Stop an export, or delete its file.", "dropExport", status=204,
    ),
    ApiDoor(
        "/api/v1/{source}/{resource}/~export", export, "rows.export", "GET", "All rows as a file.", "exportRows",
        None, "", parameters=(
            parameters.FILTER, parameters.SEARCH, parameters.SORT, parameters.FIELDS,
            Parameter("format", ExportInput.model_fields["format"].description or ""),
            Parameter("safe", ExportInput.model_fields["safe"].description or "", {"type": "boolean", "default": True}),
            Parameter("most", ExportInput.model_fields["most"].description or "", {"type": "integer", "minimum": 1}),
        ),
        types=_TYPES,
    ),
)  # fmt: skip
