"""The one handler: what a page, or a script of a page, is answered when something did not go as asked."""

from __future__ import annotations

import logging
from urllib.parse import quote

from starlette.responses import PlainTextResponse, Response

from nexus_admin.actions.hints import told_to
from nexus_admin.actions.rows.describing import knows_source
from nexus_admin.domain.address import segment, text_of
from nexus_admin.domain.errors import BadRequest, NexusError, SignInNeeded, SourceDown
from nexus_admin.web import rates
from nexus_admin.web.api.problems import problem
from nexus_admin.web.visit import Visit

log = logging.getLogger(__name__)

RETRY = 10
"""Seconds after which a page that a database did not answer is asked for again by itself."""


SECRETS = ("secret", "token")
"""Parts of addresses that let somebody in."""


class Unforeseen(NexusError):
    """Something that nobody thought of; what it was stands in the log, under the id of the request."""

    code = "unforeseen"


def failed(visit: Visit, error: Exception, *, as_json: bool, again: bool) -> Response:
    """Answer a request that could not be done.

    Args:
        visit: Who asked for what.
        error: Why not. What is none of ours is logged, and not told.
        as_json: A program asked.
        again: Asking once more does no harm.
    """
    if not isinstance(error, NexusError):
        log.error("Request %s (%s) failed.", visit.facts.get("id"), _place(visit), exc_info=error)
        error = Unforeseen("Nexus made a mistake. What you asked for was not done; the log has the details.")
    error = told_to(visit.actor, error, visit.kernel.access, visit.kernel.sources)
    if as_json:
        answer: Response = problem(error, visit.facts.get("id", ""))
    elif isinstance(error, SignInNeeded):
        answer = _sign_in(visit, again)
    else:
        answer = _page(visit, error, again)
    wait = getattr(error, "retry_after", None)
    if wait is not None:
        answer.headers.update({"Retry-After": str(wait), **rates.refused(error)})
    return answer


def _place(visit: Visit) -> str:
    """Return what the log may say of where it was: no secret of the address, and nothing that somebody looked for."""
    path = visit.here.partition("?")[0]
    for name in SECRETS:
        path = path.replace(visit.path.get(name) or "\0", "••••")
    return path


def _page(visit: Visit, error: NexusError, again: bool) -> Response:
    """Draw the page of an error; should even that fail, say so in plain words."""
    request = visit.facts.get("id", "")
    try:
        retry = RETRY if again and isinstance(error, SourceDown) else 0
        known = {"request": request, "back": _back(visit), "again": again, "retry": retry, "roles": _roles(visit)}
        return visit.page("error.html", error.status, error=error, **known)
    except Exception:
        log.exception("Request %s: the page of an error could not be drawn.", request)
        return PlainTextResponse(f"{error.title}\n\n{error}\n\nReference: {request}\n", error.status)


def _roles(visit: Visit) -> list[str]:
    """Return what people read for the roles of whoever asked."""
    known = visit.kernel.access.roles.book().roles if visit.actor.roles else {}
    return [known[name].title or name if name in known else name for name in visit.actor.roles]


def _sign_in(visit: Visit, again: bool) -> Response:
    """Show the way in, and from there back to where they were going."""
    access = visit.kernel.access
    if access.setup.open:
        return visit.page("setup_closed.html", 401)
    session = access.sessions.find(visit.cookie) if visit.cookie else None
    waiting = session.stage if session else ""
    path = {"second_factor": "/sign-in/code", "enrol": "/sign-in/set-up"}.get(waiting, "/sign-in")
    onward = quote(visit.here if again else _back(visit)["path"])
    over = "&over=1" if visit.cookie and session is None else ""
    return visit.go(f"{path}?next={onward}{over}")


def _back(visit: Visit) -> dict[str, str]:
    """Return the page that lies nearest: the table's list, the source's page, or home."""
    try:
        source, resource = text_of(visit.path.get("source", "")), text_of(visit.path.get("resource", ""))
    except BadRequest:
        source = resource = ""
    kernel = visit.kernel
    schema = kernel.schema_of(source) if source and visit.actor.signed_in else None
    if schema is None or not knows_source(kernel.access, visit.actor, kernel.sources.get(source)):
        return {"path": "/", "title": "Home"}
    known = schema.resources.get(resource)
    if known is not None and not visit.kernel.access.decide(visit.actor, "row.list", source, known).allowed:
        known = None
    if known is not None and visit.here.partition("?")[0] != f"/s/{segment(source)}/{segment(resource)}":
        return {"path": f"/s/{segment(source)}/{segment(resource)}", "title": known.title}
    return {"path": f"/s/{segment(source)}", "title": source}
