"""What scripts ask for by an address that stays: the brokers' client as a module, and what fields complain in."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from nexus_admin.domain.errors import NotFound
from nexus_admin.web.visit import PUBLIC, Door, Visit


def module(visit: Visit) -> Response:
    """GET /client.js: leads to the module as it is now; what it asks for, is asked with the session of who runs it."""
    name = visit.pages.assets.get("client.js")
    if name is None:
        raise NotFound("The browser's files are not built.")
    return RedirectResponse(f"{visit.locale.base}/static/{name}", 307, {"Cache-Control": "no-cache"})


def complaints(visit: Visit) -> Response:
    """GET /~complaints: what a field says that keeps its form from being sent; a script asks at the first one."""
    return visit.page("complaints.html")


DOORS = (
    Door("/client.js", module, PUBLIC),
    Door("/~complaints", complaints, PUBLIC),
)
