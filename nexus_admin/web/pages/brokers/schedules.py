"""/brokers/schedules: which jobs are declared, when they are due by themselves, how they went; paused, and run now."""

from __future__ import annotations

from starlette.responses import Response

from nexus_admin.actions.brokers.parts import ACT, VIEW
from nexus_admin.domain.errors import BadRequest
from nexus_admin.domain.target import Target
from nexus_admin.screens.brokers.schedules import schedule_rows
from nexus_admin.web.pages.brokers.index import frame
from nexus_admin.web.visit import Door, Visit

HOUSE = Target("nexus")
SCHEDULES = "/brokers/schedules"
DOES = {"pause": "{} is paused.", "resume": "{} goes on.", "run": "{} waits for a worker."}


def show(visit: Visit) -> Response:
    """GET /brokers/schedules: the next one first, then the jobs that run only when they are asked for."""
    rows = schedule_rows(visit.perform("job.list", HOUSE), visit.perform("schedule.list", HOUSE))
    return visit.page("brokers/schedules.html", rows=rows, path=SCHEDULES, **frame(visit, SCHEDULES))


def act(visit: Visit) -> Response:
    """POST /brokers/schedules: pause one, let it go on, or run its job now."""
    do, name = visit.form["do"], visit.form["name"]
    if do not in DOES:
        raise BadRequest("Nothing was chosen to be done. Press one of the buttons.")
    if visit.form.get("kind") == "job":
        visit.perform("job.run", HOUSE, {"job": name})
    else:
        visit.perform(f"schedule.{do}", HOUSE, {"name": name})
    return visit.go(SCHEDULES, DOES[do].format(name))


DOORS = (Door(SCHEDULES, show, VIEW), Door(SCHEDULES, act, ACT, ("POST",)))
