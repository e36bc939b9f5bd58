"""/brokers: queues with their dead letters, and what the other brokers are at; holding and emptying a queue."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from nexus_admin.actions.brokers.jobs import JobsSeen
from nexus_admin.actions.brokers.parts import ACT, PAYLOAD, VIEW, brokers_of
from nexus_admin.domain.errors import NexusError, NotFound
from nexus_admin.domain.target import Target
from nexus_admin.screens.brokers import words
from nexus_admin.screens.formats import number, plural, short_number, size
from nexus_admin.web.visit import Door, Visit

HOUSE = Target("nexus")
ROOT = "/brokers"
QUEUE = f"{ROOT}/queues/{{name}}"
DEAD = 50
"""Dead letters that the pane lists."""
PURGED = {"ready": "Ready", "waiting": "Waiting", "done": "Done", "dead": "Dead", "cancelled": "Cancelled"}


def show(visit: Visit) -> Response:
    """GET /brokers: every queue and, of one, its dead letters (`?queue=`, `?job=`); beside them the other brokers."""
    there = brokers_of(visit.kernel.services)
    queues = visit.perform("queue.list", HOUSE) if "queues" in there else ()
    chosen = next((one for one in queues if one.figures.queue == visit.query.get("queue")), None)
    if chosen is None and "queue" not in visit.query:
        chosen = next((one for one in queues if one.dead), None)
    return visit.page(
        "brokers/index.html",
        queues=queues,
        chosen=chosen,
        streams=visit.perform("stream.list", HOUSE) if "streams" in there else None,
        topics=visit.perform("topic.tree", HOUSE) if "topics" in there else None,
        store=visit.perform("store.view", HOUSE) if "store" in there else None,
        keys=visit.perform("store.scan", HOUSE, {"limit": 8}) if "store" in there else None,
        **(_letters(visit, chosen.figures.queue) if chosen else {}),
        **frame(visit, ROOT),
    )


def turn(visit: Visit) -> Response:
    """POST /brokers/queues/{name}: hold it, or let it go on."""
    do = "queue.resume" if visit.form["do"] == "resume" else "queue.pause"
    name = visit.path["name"]
    visit.perform(do, HOUSE, {"queue": name})
    said = f"{name} goes on." if do == "queue.resume" else f"{name} is paused. What runs goes on."
    return visit.go(words.address(ROOT, queue=name), said)


def ask_purge(visit: Visit) -> Response:
    """GET /brokers/queues/{name}/purge: what would be forgotten."""
    return _purge_page(visit)


def purge(visit: Visit) -> Response:
    """POST …/purge: forget jobs in the states that were ticked."""
    name = visit.path["name"]
    try:
        gone = visit.perform("queue.purge", HOUSE, {"queue": name, "states": visit.every("states")})
    except NexusError as error:
        return _purge_page(visit, error.status, "" if visit.every("states") else "Tick what is to go.")
    return visit.go(words.address(ROOT, queue=name), f"Forgot {plural(gone, 'job')} of {name}.")


def frame(visit: Visit, at: str, **more: Any) -> dict[str, Any]:
    """Return what every page of brokers is given: its tabs, what the reader may, and how things are worded."""
    decide = visit.kernel.access.decide

    def may(permission: str) -> bool:
        return decide(visit.actor, permission, "nexus", None).allowed

    return {
        "here": ROOT, "at": at, "tabs": words.tabs(brokers_of(visit.kernel.services)), "words": words,
        "number": number, "short": short_number, "bytes": size, "plural": plural,
        "may_act": may(ACT), "may_see": may(PAYLOAD), "zone": visit.locale.zone, **more,
    }  # fmt: skip


def _letters(visit: Visit, queue: str) -> dict[str, Any]:
    """Return the dead letters of a queue, and the one that is open."""
    asked = {"queue": queue, "states": "dead"}
    found: JobsSeen = visit.perform("queue.jobs", HOUSE, {**asked, "limit": DEAD})
    wanted = visit.query.get("job")
    open_one = next((one for one in found.jobs if one.job.id == wanted), found.jobs[0] if found.jobs else None)
    return {"letters": found.jobs, "letter": open_one, "more_letters": bool(found.next)}


def _purge_page(visit: Visit, status: int = 200, problem: str = "") -> Response:
    name = visit.path["name"]
    found = next((one for one in visit.perform("queue.list", HOUSE) if one.figures.queue == name), None)
    if found is None:
        raise NotFound(f"The queue {name!r} has no jobs, so there is nothing to purge.")
    return visit.page(
        "brokers/purge.html", status, queue=found, states=PURGED, problem=problem, **frame(visit, ROOT)
    )  # fmt: skip


DOORS = (
    Door(ROOT, show, VIEW),
    Door(QUEUE, turn, ACT, ("POST",)),
    Door(f"{QUEUE}/purge", ask_purge, ACT),
    Door(f"{QUEUE}/purge", purge, ACT, ("POST",)),
)
