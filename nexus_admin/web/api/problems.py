"""Errors as `application/problem+json`: the one handler of the doors for programs."""

from __future__ import annotations

from typing import Any

from nexus_admin.actions.plain import to_json
from nexus_admin.domain.errors import Conflict, Invalid, NexusError, SignInNeeded, SourceFailed
from nexus_admin.web.api.answers import Json

PROBLEM = "application/problem+json"


def problem(error: NexusError, request_id: str = "") -> Json:
    """Return the answer for *error*: what happened, to what, and what to do about it."""
    body: dict[str, Any] = {
        "type": f"urn:nexus:problem:{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": str(error),
        "code": error.code,
        "request": request_id,
    }
    if isinstance(error, Invalid):
        body["errors"] = dict(error.fields)
    elif isinstance(error, Conflict):
        body["conflicts"] = {name: to_json(dict(seen)) for name, seen in error.fields.items()}
    elif isinstance(error, SourceFailed) and error.said:
        body["said"] = error.said
    headers = {}
    wait = getattr(error, "retry_after", None)
    if wait is not None:
        headers["Retry-After"] = str(wait)
    if isinstance(error, SignInNeeded):
        headers["WWW-Authenticate"] = 'Bearer realm="nexus"'
    return Json(body, error.status, headers, media_type=PROBLEM)
