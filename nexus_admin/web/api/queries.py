"""Questions: `POST /api/v1/query`."""

from __future__ import annotations

from starlette.responses import Response

from nexus_admin.actions.rows.query import write_result
from nexus_admin.domain.errors import BadRequest
from nexus_admin.domain.target import Target
from nexus_admin.web.api.answers import Json
from nexus_admin.web.api.call import ApiCall, ApiDoor


def ask(call: ApiCall) -> Response:
    """POST /api/v1/query: group, measure, filter, sort."""
    told = call.json()
    if not isinstance(told, dict):
        raise BadRequest('The query must be a JSON object: {"source": …, "resource": …, …}.')
    for part in ("source", "resource"):
        if not isinstance(told.get(part), str) or not told[part]:
            raise BadRequest(f"The query: {part!r} must be a text, the name of a {part}.")
    return Json(write_result(call.perform("query.run", Target(told["source"], told["resource"]), told)))


DOORS = (
    ApiDoor(
        "/api/v1/query", ask, "query.run", "POST", "Answer a question: group, measure, filter, sort.", "runQuery",
        "Query", "Result", group="Questions",
    ),
)  # fmt: skip
