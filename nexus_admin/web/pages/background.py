"""/background/{id}: an action that runs in the background, how far it is and how it ended, for whoever began it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from nexus_admin.actions.jobs.background import Background, asked
from nexus_admin.domain.target import Target
from nexus_admin.screens.background_page import background_page
from nexus_admin.screens.lists.query import with_query
from nexus_admin.web.visit import SIGNED_IN, Door, Visit

WHERE = "/background/{id}"
JOBS = Target("nexus", "jobs")
AGAIN = 2
"""Seconds after which a browser without scripts looks again."""


def begin(visit: Visit, action: str, target: Target, data: Mapping[str, Any], back: str) -> Response:
    """Put an action into the background, and go where its progress is shown; from there a link leads *back*."""
    id = visit.perform("job.begin", JOBS, asked(action, target, data))
    return visit.go(with_query(f"/background/{id}", {"back": back}))


def show(visit: Visit) -> Response:
    """GET /background/{id}: how far it is; `?back=` is where the reader came from."""
    seen: Background = visit.perform("job.follow", JOBS, {"id": visit.path["id"]})
    source = seen.target.source if seen.target else ""
    may_undo = bool(source) and visit.kernel.access.decide(visit.actor, "change.undo", source, None).allowed
    back = visit.query.get("back", "")
    return visit.page(
        "background.html",
        page=background_page(seen, may_undo),
        seen=seen,
        again=AGAIN,
        source=source,
        table=_table(visit, seen),
        back=back if back.startswith("/s/") else (seen.target.path if seen.target else "/"),
        path=f"/background/{seen.id}",
        here="",
    )


def _table(visit: Visit, seen: Background) -> str:
    """Return what people call the table that is acted on; "" where there is none, or none any more."""
    schema = visit.kernel.schema_of(seen.target.source) if seen.target else None
    table = schema.resources.get(seen.target.resource or "") if schema and seen.target else None
    return table.title if table else ""


def stop(visit: Visit) -> Response:
    """POST /background/{id}/stop: take it back."""
    id = visit.path["id"]
    visit.perform("job.withdraw", JOBS, {"id": id})
    back = visit.form.get("back", "")
    return visit.go(with_query(f"/background/{id}", {"back": back}))


DOORS = (
    Door(WHERE, show, SIGNED_IN),
    Door(f"{WHERE}/stop", stop, SIGNED_IN, ("POST",)),
)
