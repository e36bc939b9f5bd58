"""/brokers/projections: how far each is, what making one anew would come to, and making it so."""

from __future__ import annotations

from starlette.responses import Response

from nexus_admin.actions.brokers.parts import VIEW
from nexus_admin.domain.errors import NotFound
from nexus_admin.screens.brokers.projections import ProjectionRow, projection_rows
from nexus_admin.web.pages.brokers.index import HOUSE, ROOT, frame
from nexus_admin.web.visit import Door, Visit

PROJECTIONS = f"{ROOT}/projections"
REBUILD = "projection.rebuild"


def show(visit: Visit) -> Response:
    """GET /brokers/projections: each with its stream and how far it is; a bar while it is made anew."""
    may = visit.kernel.access.decide(visit.actor, REBUILD, "nexus", None).allowed
    return visit.page("brokers/projections.html", rows=_rows(visit), may_rebuild=may, **frame(visit, PROJECTIONS))


def ask(visit: Visit) -> Response:
    """GET …/{name}/rebuild: what would be folded again, and what the stream has forgotten."""
    found = next((one for one in _rows(visit) if one.name == visit.path["name"] and one.begun), None)
    if found is None:
        raise NotFound(f"There is no projection called {visit.path['name']!r}.")
    return visit.page("brokers/rebuild.html", row=found, path=PROJECTIONS, **frame(visit, PROJECTIONS))


def rebuild(visit: Visit) -> Response:
    """POST …/{name}/rebuild: make it anew, beside what is shown until that is done."""
    name = visit.path["name"]
    visit.perform(REBUILD, HOUSE, {"projection": name})
    return visit.go(PROJECTIONS, f"{name} is made anew. What is there is shown until that is done.")


def _rows(visit: Visit) -> tuple[ProjectionRow, ...]:
    events = {one.figures.stream: one.figures.events for one in visit.perform("stream.list", HOUSE)}
    return projection_rows(visit.perform("projection.list", HOUSE), events)


DOORS = (
    Door(PROJECTIONS, show, VIEW),
    Door(f"{PROJECTIONS}/{{name}}/rebuild", ask, REBUILD),
    Door(f"{PROJECTIONS}/{{name}}/rebuild", rebuild, REBUILD, ("POST",)),
)
