"""Exports: a file of rows, streamed, from a list's page and from the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from nexus_admin.actions.export import Exported, ExportInput
from nexus_admin.web.api import parameters
from nexus_admin.web.api.call import ApiCall, ApiDoor, Parameter

ASKED = ("filter", "search", "sort", "fields", "format", "safe", "most")


def asked_of(query: Mapping[str, str]) -> dict[str, Any]:
    """Return what an address asks of an export."""
    return {name: query[name] for name in ASKED if query.get(name)}


def file_answer(found: Exported) -> Response:
    """Return a file as a download that nobody shows in a page."""
    plain = found.name.encode("ascii", "replace").decode().replace('"', "'").replace("?", "_")
    plain = "".join(letter if letter.isprintable() and letter not in "\\/" else "_" for letter in plain)
    named = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(found.name.encode('utf-8', 'replace'), safe='')}"
    )
    return StreamingResponse(found.chunks, headers={"Content-Disposition": named}, media_type=found.content_type)


def export(call: ApiCall) -> Response:
    """GET /api/v1/{source}/{resource}/~export: every row that the list would show, as a file."""
    return file_answer(call.perform("rows.export", call.target, asked_of(call.query)))


DOORS = (
    ApiDoor(
        "/api/v1/{source}/{resource}/~export", export, "rows.export", "GET", "All rows as a file.", "exportRows",
        None, "", parameters=(
            parameters.FILTER, parameters.SEARCH, parameters.SORT, parameters.FIELDS,
            Parameter("format", ExportInput.model_fields["format"].description or ""),
            Parameter("safe", ExportInput.model_fields["safe"].description or "", {"type": "boolean", "default": True}),
            Parameter("most", ExportInput.model_fields["most"].description or "", {"type": "integer", "minimum": 1}),
        ),
        types=("text/csv", "application/json", "application/x-ndjson", "application/octet-stream"),
    ),
)  # fmt: skip
