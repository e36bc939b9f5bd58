"""Pages that extensions add, at /x/<extension>/<path>."""

from __future__ import annotations

from starlette.responses import Response

from nexus_admin.domain.errors import Forbidden, NexusError, NotFound
from nexus_admin.domain.page import Page, PageAnswer, PageRequest
from nexus_admin.web.visit import SIGNED_IN, Door, Visit


def show(visit: Visit) -> Response:
    """GET and POST /x/{extension}/{path}: what the extension's handler answers, within the frame of the house."""
    extension, path = visit.path["extension"], visit.path.get("path", "")
    page = visit.kernel.declared.pages.get((extension, path))
    if page is None:
        raise NotFound(f"There is no page at /x/{extension}/{path}.")
    if not visit.kernel.access.decide(visit.actor, page.permission, "nexus", None).allowed:
        raise Forbidden(f"Your roles do not give you {page.permission}.")
    answer = _answered(visit, page)
    if answer.redirect is not None:
        return visit.go(answer.redirect if answer.redirect.startswith("/") else f"/x/{extension}/{answer.redirect}")
    body = visit.pages.parts.draw(page.owner, answer.template, visit, answer.context)
    return visit.page("extension_page.html", page=page, body=body, here=f"/x/{extension}{path and '/'}{path}")


def _answered(visit: Visit, page: Page) -> PageAnswer:
    request = PageRequest(visit.actor, visit.perform, visit.query, visit.form, visit.path)
    try:
        return page.handle(request)
    except NexusError:
        raise
    except Exception as error:
        raise visit.kernel.blame(error) or error from error


DOORS = (
    Door("/x/{extension}", show, SIGNED_IN),
    Door("/x/{extension}", show, SIGNED_IN, ("POST",)),
    Door("/x/{extension}/{path:path}", show, SIGNED_IN),
    Door("/x/{extension}/{path:path}", show, SIGNED_IN, ("POST",)),
)
